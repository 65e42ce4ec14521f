/* update_merge.h - merges what a student wrote with what the course changed, by `git merge-file`.
 *
 * Invariant: a merge that is called clean has every line that the student added. That is git's work, and it is
 * counted afterwards; a merge that lost one is called a conflict.
 *
 * A file in which every line ends as on Windows is merged in its own line ends.
 *
 * Interface: struct update_text, update_merge update_text_same update_text_fini
 */
#ifndef SYSLAB_GRADER_UPDATE_MERGE_H
#define SYSLAB_GRADER_UPDATE_MERGE_H

#include <stdbool.h>
#include <stddef.h>

struct update_text {
    char *data; /* any bytes */
    size_t size;
};

struct update_sides {
    struct update_text base;   /* what both began as */
    struct update_text ours;   /* the student's */
    struct update_text theirs; /* the course's */
};

/* Merge, with git's input written into the folder `scratch`.
 * Returns: 0 and *clean; *out is the merged text if clean, and empty otherwise: both sides changed the same
 * lines, or it is no text. -errno, -ENOENT without git. Owns: update_text_fini. */
int update_merge(const char *scratch, const struct update_sides *sides, struct update_text *out,
                 bool *clean);

/* Whether both are the same, or would be with the same line ends. */
bool update_text_same(const struct update_text *a, const struct update_text *b);
void update_text_fini(struct update_text *text);

#endif
