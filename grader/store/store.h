/* store.h - what has been graded, kept in SQLite: a student's progress, or a class.
 *
 *     records     every record, whole, as JSON; written once and never changed
 *     current     which record counts now, for each student and exercise
 *     history     which record counted since when; what is current is each one's last
 *     sources     the files as they were graded, by hash, deflated
 *     students    everyone seen, also those who submitted nothing
 *     progress    hints shown and solutions given up for, of the one student of a workspace
 *
 * Invariant: a change is one transaction, flushed before the call returns. A killed process or a
 * full disk loses at most the change under way, and leaves the rest as it was.
 * The schema has a version (PRAGMA user_version); an older file is brought up to date on opening,
 * and a newer one is refused.
 *
 * Threads: any number may use one store at once. Processes too: write-ahead logging, and a busy
 * file is waited for.
 * Errors: -ENOSPC disk full · -EROFS read-only · -EBUSY another process holds it · -EIO · -ENOMEM ·
 * -EINVAL not a store · -ENOTSUP made by a newer syslab. store_error says it in words.
 *
 * Interface: store_open store_open_reading store_close store_error store_put store_find store_each
 *            store_each_of store_each_change store_tell_changes store_source store_add_student
 *            store_each_student store_passed store_hints store_set_hints store_give_up store_gave_up
 */
#ifndef SYSLAB_GRADER_STORE_H
#define SYSLAB_GRADER_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "grader/record/record.h"

struct store;

/* Open or create. The path ":memory:" is a store that nothing outlives.
 * Returns: 0 and *out, or -errno with the reason in error. Owns: store_close. */
int store_open(const char *path, struct store **out, char *error, size_t error_bytes);
void store_close(struct store *store);

/* The same, to be read only: also from a disk or by a user that cannot write. */
int store_open_reading(const char *path, struct store **out, char *error, size_t error_bytes);

/* What the last failed call met with, in words. Threads: of this thread. */
const char *store_error(void);

/* What identifies a grading: the same again would give the same record. */
struct store_key {
    const char *student; /* "" in a workspace */
    const char *exercise, *submission_hash, *suite_hash, *grader_hash;
    const char *toolchain; /* as records call it: "gcc 12.2.0" */
};

/* Keep a record and make it the current one. An older one with the same key stays: it may have
 * counted. With a student's name its source is kept too: a workspace has its file. */
int store_put(struct store *store, const char *student, const struct record *record);

/* Whether the key has a record that stands: a grader_error does not, nor does one made without a
 * sandbox unless `unsandboxed` says that this is good enough. The last that stands becomes current. */
int store_find(struct store *store, const struct store_key *key, bool unsandboxed, bool *found);

/* A current record. Strings live until the callback returns. */
struct store_row {
    const char *student, *exercise;
    enum verdict verdict;
    double points;
    unsigned max_points;
    const char *submission_hash, *suite_hash, *grader_hash, *layers, *graded_at, *json;
};

/* Visit the current records, ordered by student and exercise; of one student, or of all (NULL).
 * visit must not use the store. It returns 0 to go on; anything else ends the visit and is
 * returned. */
int store_each(struct store *store, const char *student,
               int (*visit)(void *context, const struct store_row *row), void *context);

/* Visit every record that has counted for one student and exercise, each time that it began to, oldest
 * first; graded_at is as in the record, since is when it began to count. The last one is current. */
int store_each_of(struct store *store, const char *student, const char *exercise,
                  int (*visit)(void *context, const struct store_row *row, const char *since),
                  void *context);

/* Visit each current record whose submission had another record when changes were last told, or where
 * there was none by then, before. Ordered as by store_each.
 *
 * A change stays in the list until store_tell_changes; and after it, until there is a newer one: so
 * a list that was lost can be had again. */
int store_each_change(struct store *store,
                      int (*visit)(void *context, const struct store_row *before,
                                   const struct store_row *now),
                      void *context);

/* From now on, a change is what comes after now. Returns: 0 or -errno. */
int store_tell_changes(struct store *store);

/* The graded file of that hash.
 * Returns: 0 and *text, NUL-ended, or -ENOENT where none was kept. Owns: the caller frees *text. */
int store_source(struct store *store, const char *hash, char **text, size_t *size_bytes);

/* The class's students, those who handed in nothing too; a name that is there already is no error.
 * Returns: 0; -errno; or what visit returned, if that is not 0, at once. */
int store_add_student(struct store *store, const char *student);
int store_each_student(struct store *store, int (*visit)(void *context, const char *student),
                       void *context);

/* Whether any record of the exercise passed, for a workspace. */
int store_passed(struct store *store, const char *exercise, bool *passed);

/* How far a workspace is: hints shown of an exercise, 0 where none were, and whether its solution was asked for.
 * Returns: 0 or -errno. */
int store_hints(struct store *store, const char *exercise, unsigned *shown);
int store_set_hints(struct store *store, const char *exercise, unsigned shown);
int store_give_up(struct store *store, const char *exercise);
int store_gave_up(struct store *store, const char *exercise, bool *gave_up);

#endif
