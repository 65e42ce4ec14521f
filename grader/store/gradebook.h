/* gradebook.h - a class's current grades as a table: students by exercises.
 *
 * Rows and columns are in the order of their bytes, so the same grades give the same text.
 * A cell is blank where nothing was submitted. A grader_error is no grade: it is marked, has no
 * points, and counts for nothing in the total.
 *
 * Interface: gradebook_load gradebook_free gradebook_restrict gradebook_cell
 *            gradebook_record gradebook_total gradebook_print gradebook_csv gradebook_json
 *            gradebook_explain
 */
#ifndef SYSLAB_GRADER_GRADEBOOK_H
#define SYSLAB_GRADER_GRADEBOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "grader/base/terminal.h"
#include "grader/store/store.h"

struct gradebook_cell {
    size_t student, exercise; /* indices */
    enum verdict verdict;
    double points;
    unsigned max_points;
    char submission_hash[65], suite_hash[65], grader_hash[65];
    char graded_at[40];
    bool unsandboxed;
    char *json; /* the record, whole */
};

struct gradebook {
    char **students;
    size_t student_count;
    char **exercises;
    unsigned *max_points; /* of each exercise */
    size_t exercise_count;
    struct gradebook_cell *cells; /* sorted by student, then exercise; absent ones are not there */
    size_t cell_count;
};

/* student NULL: all of them. Returns: 0 and *out, or -errno. Owns: gradebook_free. */
int gradebook_load(struct store *store, const char *student, struct gradebook *out);
void gradebook_free(struct gradebook *book);

/* Leave only one exercise: "03_memory/arena", or "arena" where only one ends so.
 * Returns: false if no grade is in one of that name; nothing is changed then. */
bool gradebook_restrict(struct gradebook *book, const char *exercise);

/* NULL where nothing was submitted. */
const struct gradebook_cell *gradebook_cell(const struct gradebook *book, size_t student,
                                            size_t exercise);

/* The record of a cell, with its student's name in neutral form. One that this syslab cannot read,
 * being another's, is made anew of what the table knows, and its message says so.
 * Returns: the record, or NULL without memory. Owns: record_destroy. */
struct record *gradebook_record(const struct gradebook *book, const struct gradebook_cell *cell);

/* A student's points over all exercises; a grader_error counts for nothing. */
double gradebook_total(const struct gradebook *book, size_t student);

/* The table, as wide as the terminal needs it, and how many have which verdict. */
void gradebook_print(const struct gradebook *book, const struct terminal *terminal);

/* RFC 4180. A cell that a spreadsheet would take for a formula gets an apostrophe in front.
 * Returns: the text, or NULL without memory. Owns: the caller frees it. */
char *gradebook_csv(const struct gradebook *book);

/* Every student with every grade and each test's outcome. Returns, owns: as above. */
char *gradebook_json(const struct gradebook *book);

/* For each grade the verdict and every test that lost points, in words. */
void gradebook_explain(const struct gradebook *book, const struct terminal *terminal);

#endif
