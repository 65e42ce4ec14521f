/* regrade.h - which grades a change of the course touches, and what became of them.
 *
 * A grade is touched when the suite that it was given by is not the suite of today (suite.h); where it
 * is asked for, also when the grader's own programs or the compiler are not. What is graded again is
 * the file as it was graded, from the store, wherever the student's folder is by now.
 *
 * Invariant: what changed is read from the store alone, old record beside new, so that a regrade that was
 * stopped and started again lists the same changes as one that was not.
 *
 * Interface: struct regrade, regrade_plan regrade_prepare regrade_free regrade_list_*
 */
#ifndef SYSLAB_GRADER_REGRADE_H
#define SYSLAB_GRADER_REGRADE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "grader/base/terminal.h"
#include "grader/base/text.h"
#include "grader/class/unit.h"
#include "grader/desk/desk.h"
#include "grader/store/store.h"

/* A grade that is touched. */
struct regrade_item {
    char *student;
    const struct desk_exercise *exercise;
    char submission_hash[65];
    char *handed_in; /* the file's path in the record */
    char *path;      /* a file with the graded text, after regrade_prepare; NULL: there is none */
    struct text causes; /* a line each */
};

struct regrade {
    const struct desk *desk;
    const char *folder; /* of submissions */
    bool grader_too;
    char grader_hash[65], toolchain[64];
    struct record *
        *suites; /* one for each exercise of the desk: its hash and parts as they are now */
    struct regrade_item *items;
    size_t count, capacity;
    size_t total;           /* current grades */
    size_t other_grader;    /* not touched, and made by another grader or compiler */
    size_t not_here;        /* of exercises that the course does not have */
    char scratch[PATH_MAX]; /* where the kept texts are; "" before regrade_prepare */
    int scratch_lock;
};

/* Find what is touched.
 * Returns: 0 and *out, or -errno with the reason in error. Owns: regrade_free, which also removes the
 * scratch folder. */
int regrade_plan(struct store *store, const struct desk *desk, const char *folder, bool grader_too,
                 struct regrade *out, char *error, size_t error_bytes);
void regrade_free(struct regrade *regrade);

/* Lay out the files that are to be graded again, and list them as units; an item without any stays
 * out. Returns: 0 and *out, which borrows from the plan, or -errno with the reason in error.
 * Owns: units_free. */
int regrade_prepare(struct regrade *regrade, struct store *store, struct units *out, char *error,
                    size_t error_bytes);

/* A grade before and now. */
struct regrade_change {
    char *student, *exercise;
    enum verdict verdicts[2];
    double points[2];
    unsigned max_points[2];
    char *causes, *tests; /* a line each */
};

/* What became of the grades since changes were told last. */
struct regrade_list {
    struct regrade_change *all;
    size_t count, capacity;
    size_t same; /* graded again, and the same */
};

/* Returns: 0 and *out, or -errno of the store. Owns: regrade_list_free. */
int regrade_list_read(struct store *store, struct regrade_list *out);
void regrade_list_free(struct regrade_list *list);

/* Each change with its causes, a line for each test that came out otherwise, and the count. */
void regrade_list_print(const struct regrade_list *list, const struct terminal *terminal);

#endif
