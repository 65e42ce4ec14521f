/* desk.h - what every command of a student works on: the course, the workspace, and how far they are.
 *
 * The progress store is opened where it can be; on a read-only or full disk the desk works with one
 * in memory and says that nothing will be remembered: grading is worth more than bookkeeping.
 *
 * Interface: desk_open desk_close desk_warn desk_refresh desk_choose desk_next desk_file desk_state_word
 */
#ifndef SYSLAB_GRADER_DESK_H
#define SYSLAB_GRADER_DESK_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "grader/course/course.h"
#include "grader/course/manifest.h"
#include "grader/desk/work.h"
#include "grader/store/store.h"

enum desk_state { DESK_NOT_STARTED, DESK_FAILING, DESK_PASSED };

struct desk_exercise {
    char *name;
    struct manifest *manifest; /* NULL: its exercise.yaml is wrong, and error says how */
    char error[512];
    enum desk_state state;
    bool gave_up;
    bool graded; /* the next three are those of the latest record */
    enum verdict verdict;
    double points;
    char submission_hash[65];
};

struct desk {
    struct course course;
    struct work workspace;
    struct store *store;
    struct desk_exercise *exercises; /* in the order in which they are taken */
    char **names;                    /* theirs, for lookup */
    size_t count;
    char warning[400]; /* why progress is not remembered; "" where it is */
};

/* remember: keep progress in the workspace; otherwise nothing is written there, and the store is
 * empty. Returns: 0, or an exit status after a complaint. Owns: desk_close. */
int desk_open(struct desk *desk, bool remember);
void desk_close(struct desk *desk);

/* Complain about the warning, if there is one. */
void desk_warn(const struct desk *desk);

/* Read states and points from the store again. */
int desk_refresh(struct desk *desk);

/* The exercise of that name: "03_memory/arena", or "arena" where only one ends so; the next one for
 * NULL. Returns: it, with a manifest; or NULL after a complaint. */
struct desk_exercise *desk_choose(struct desk *desk, const char *name);

/* The first that is not passed, given-up ones last. Returns: NULL when all is passed. */
struct desk_exercise *desk_next(struct desk *desk);

/* The student's file of an exercise. */
void desk_file(const struct desk *desk, const struct desk_exercise *exercise, char out[PATH_MAX]);

/* "not started", "failing", "passed". */
const char *desk_state_word(enum desk_state state);

#endif
