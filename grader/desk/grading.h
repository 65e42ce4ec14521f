/* grading.h - what the grading commands share: the engine beside the desk.
 *
 * Interface: grading_open grading_open_bulk grading_run grading_status grading_check_db grading_find_db
 *            grading_find_db_here grading_lock_db grading_shield
 */
#ifndef SYSLAB_GRADER_GRADING_H
#define SYSLAB_GRADER_GRADING_H

#include "grader/desk/desk.h"
#include "grader/engine/engine.h"

/* Create an engine for the course on the desk; seed as in struct engine_options.
 * Returns: 0, or an exit status after a complaint. Owns: engine_destroy. */
int grading_open(const struct desk *desk, bool no_sandbox, const uint64_t *seed,
                 struct engine **out);

/* The same for many submissions side by side. */
int grading_open_bulk(const struct desk *desk, bool no_sandbox, struct engine **out);

/* Grade `file`; where it is the workspace's own, keep the record. A store that cannot take it
 * leaves a warning on the desk, and the verdict is given all the same.
 * Returns: 0 and *out, or an exit status after a complaint. Owns: record_destroy. */
int grading_run(struct engine *engine, struct desk *desk, const struct desk_exercise *exercise,
                const char *file, const struct engine_progress *progress, struct record **out);

/* The exit status that tells a record: 0 passed, 1 failed, 3 the grader's own fault. */
int grading_status(const struct record *record);

/* Whether a database of grades can be kept there: in a regular file, or in none yet. To be asked
 * before anything is opened or made beside it. Returns: 0, or an exit status after a complaint. */
int grading_check_db(const char *path);

/* The database of grades that is meant by a folder of submissions, or by the database's own name.
 * Returns: 0 and its path in out, PATH_MAX bytes; or an exit status after a complaint: it is not
 * there. */
int grading_find_db(const char *source, char *out);

/* The same where none was named: grades.sqlite in the current folder. `how` says how one is named. */
int grading_find_db_here(const char *how, char *out);

/* Keep every other run that grades into the database out, until *lock_fd is closed.
 * Returns: 0 and *lock_fd, or an exit status after a complaint. */
int grading_lock_db(const char *path, int *lock_fd);

/* Keep the keys of a terminal away from what the calling thread starts from now on: Ctrl-C goes to
 * every process of the group, and a compiler that it kills would look like a student's mistake. */
void grading_shield(void);

#endif
