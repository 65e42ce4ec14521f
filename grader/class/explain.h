/* explain.h - one grade, accounted for: what was graded, how its points came about, what has changed
 * since, and how to have it again. What an instructor sends to a student who asks.
 *
 * Interface: struct explain, explain_load explain_free explain_rule explain_commands
 *            explain_print explain_json
 */
#ifndef SYSLAB_GRADER_EXPLAIN_H
#define SYSLAB_GRADER_EXPLAIN_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "grader/base/terminal.h"
#include "grader/base/text.h"
#include "grader/course/course.h"
#include "grader/record/record.h"
#include "grader/store/store.h"

/* A record that counted, oldest first; the last one is the grade. */
struct explain_entry {
    struct record *record; /* NULL where a later syslab wrote what this one cannot read */
    char since[40];        /* when it began to count */
    enum verdict verdict;
    double points;
    unsigned max_points;
};

/* Of the file that was graded. */
enum explain_file { EXPLAIN_SAME, EXPLAIN_CHANGED, EXPLAIN_GONE };

struct explain {
    const char *db;                 /* as it was named */
    const char *student, *exercise; /* exercise: the whole name */
    bool has_course;                /* there is a course here, to compare with */
    struct course course;
    struct explain_entry *entries;
    size_t count, capacity;
    const struct record *record; /* of the last entry, never NULL */

    enum explain_file file;
    char path[PATH_MAX]; /* where it lies now, or lay */
    bool kept;           /* the graded text is in the store */

    /* What has changed since it was graded, a line each; known says whether that could be found out. */
    bool suite_known, programs_known;
    struct text suite_changes, program_changes;
};

/* student and exercise are exact names.
 * Returns: 0 and *out; -ENOENT where there is no grade; -EBADMSG where its record cannot be read;
 * another -errno of the store. Owns: explain_free; the strings given stay the caller's. */
int explain_load(struct store *store, const char *db, const char *student, const char *exercise,
                 struct explain *out);
void explain_free(struct explain *explain);

/* The rule that made the verdict, as a sentence or two. Returns: NULL without memory, or the text.
 * Owns: the caller frees it. */
char *explain_rule(const struct record *record);

/* The commands that give the same grade again, a line each. Returns, owns: as explain_rule. */
char *explain_commands(const struct explain *explain);

/* All of it, in the order in which a student asks: what, why, where, and how to have it again. */
void explain_print(const struct explain *explain, const struct terminal *terminal);

/* Returns, owns: as explain_rule. */
char *explain_json(const struct explain *explain);

#endif
