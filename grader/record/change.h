/* change.h - two records of one student and one exercise: what became of the grade, and why.
 *
 * Interface: change_describe change_suite change_lines_to_json change_fini
 */
#ifndef SYSLAB_GRADER_CHANGE_H
#define SYSLAB_GRADER_CHANGE_H

#include <jansson.h>

#include "grader/base/text.h"
#include "grader/record/record.h"

/* Lines of words, each ended by a newline; data is NULL where there are none. */
struct change {
    struct text causes; /* what differs between the gradings: "the tests (test_arena.c)" */
    struct text tests;  /* which test came to another end, or is worth other points */
};

/* Returns: 0 and *out, or -ENOMEM. Owns: change_fini. */
int change_describe(const struct record *before, const struct record *now, struct change *out);
void change_fini(struct change *change);

/* The causes that lie in the suite alone, a line each. */
void change_suite(const struct record *before, const struct record *now, struct text *out);

/* An array of the lines, each a string; lines may be NULL. Returns: NULL without memory. */
json_t *change_lines_to_json(const char *lines);

#endif
