/* update.h - brings a new version of the course into a student's tree and workspace.
 *
 * Everything is planned first, then copied aside, then changed; nothing that a student wrote is changed before
 * a copy of it is on the disk:
 *
 *     plan       reads the tree, the workspace and the new version; decides for each file; merges in memory
 *     back up    each file that will change and is a student's, to work/.syslab/backup/<time>/, and a note of
 *                what there is to tell
 *     apply      the workspace's files first, the course's then, release.json last
 *
 * Each file changes by one rename, after a look whether it is still what was planned for. So whatever ends an
 * update half-way (a kill, a full disk), each file is the old one or the new one, and the next update goes on:
 * until release.json is written, the tree is a changed tree of the old version. It tells what the stopped one
 * had to tell: the note goes last of all.
 *
 * What a file becomes:
 *
 *                                  the workspace's                    the course's
 *     the student did not edit     the new one                        the new one
 *     only the student did         stays                              stays
 *     both, in different lines     git's merge                        git's merge
 *     both, in the same lines      stays; the new one beside it,      the new one; the student's
 *                                  as arena.c.new                     is in the backup
 *     not in the new version       stays                              goes, if it was not edited
 *
 * Both are merged from what the student's began as: for the workspace's the copy that `init` keeps, for the
 * course's the old version out of the git clone. Without it (a tree that is no clone) both edited is a conflict.
 * Whether a file of the course's can be run is the new version's to say, even of an edited one.
 *
 * Interface: update_init update_fini update_plan update_back_up update_apply update_note_remove
 *            update_outcome_word
 */
#ifndef SYSLAB_GRADER_UPDATE_H
#define SYSLAB_GRADER_UPDATE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "grader/desk/work.h"
#include "grader/release/release.h"
#include "grader/release/update_merge.h"

enum update_outcome {
    UPDATE_UNCHANGED,
    UPDATE_UPDATED,
    UPDATE_NEW,
    UPDATE_MERGED,
    UPDATE_CONFLICT,
    UPDATE_REMOVED,
    UPDATE_KEPT,   /* the student's edit of what the course left alone or has no longer */
    UPDATE_ABSENT, /* of the workspace: the student removed it or named it otherwise */
    UPDATE_LEFT,   /* no regular file, or cannot be read: error says why */
    UPDATE_OUTCOMES,
};

/* What is planned for one file. */
struct update_change {
    char *name; /* in its tree: "03_memory/arena/arena.c", "grader/main.c" */
    char *path; /* where it lies, links followed */
    char *
        base_path; /* of the workspace: where the new starter is kept for the next time; NULL otherwise */
    bool of_course, existed, executable, set_mode, write;
    enum update_outcome outcome;
    int error;
    struct update_text before, after; /* after: what is written, if write */
    struct update_text theirs;        /* of the workspace: the new starter */
};

struct update {
    char root[PATH_MAX]; /* the student's tree */
    const struct work *workspace;
    const char *from;       /* the new version, a folder; the same as root in a checkout */
    char scratch[PATH_MAX]; /* for git's input */
    const struct release *old, *next; /* NULL in a checkout: only the workspace is updated */
    struct update_change *changes;
    size_t count, capacity;
    char backup[PATH_MAX]; /* the folder; "" while nothing had to be kept */
    char **earlier;        /* beside it, those of updates that were stopped */
    size_t earlier_count, earlier_capacity;
    char where[PATH_MAX]; /* the file that an error is about */
};

/* Returns: 0 or -ENAMETOOLONG. Owns: update_fini. */
int update_init(struct update *update, const struct work *workspace, const char *from);
void update_fini(struct update *update);

/* Decide what becomes of each file; then copy what will change. In this order.
 * Returns: 0 or -errno; nothing is changed but work/.syslab/. */
int update_plan(struct update *update);
int update_back_up(struct update *update);

/* Returns: 0, or -errno: what was done stands. -EAGAIN: the file changed meanwhile. */
int update_apply(struct update *update);

/* Once everything is told: until then, an update after one that was stopped tells it all again. */
int update_note_remove(struct update *update);

/* "merged", "conflict", ... */
const char *update_outcome_word(enum update_outcome outcome);

#endif
