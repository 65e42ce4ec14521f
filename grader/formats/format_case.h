/* format_case.h - a record as a list of cases with an outcome and a message each: the shape that
 * other programs know results in.
 *
 *     submission      first, and only where the whole was refused: the compiler's words, a symbol
 *                     that is not allowed, a test that was forged
 *     grading         first, and only after a fault of the grader's: there is no grade
 *     test ...        the exercise's tests, in the manifest's order
 *
 * The first two are worth no points; they make sure that a submission which did not pass has a case
 * that says so, also where no test has run.
 *
 * Interface: format_cases format_cases_for_student format_cases_fini format_seconds format_stop
 *            format_json_text
 */
#ifndef SYSLAB_GRADER_FORMAT_CASE_H
#define SYSLAB_GRADER_FORMAT_CASE_H

#include <jansson.h>

#include "grader/base/text.h"
#include "grader/record/record.h"

struct format_case {
    const char *name;
    enum verdict verdict;
    double points;
    unsigned max_points;
    bool hidden; /* a student is not to read more than name, outcome and points for now */
    const char *requirement;      /* what has to hold for a pass, in words */
    struct text message;          /* why it is no pass, or cost points; data is never NULL */
    struct text output;           /* what the program printed in that run; data is never NULL */
    const struct record_run *run; /* the one told of; NULL where none ran */
    uint64_t wall_ns;             /* of all its runs */
};

struct format_cases {
    struct format_case *all;
    size_t count;
};

/* Strings that are no struct text live as long as the record.
 * Returns: 0 and *out, or -ENOMEM. Owns: format_cases_fini. */
int format_cases(const struct record *record, struct format_cases *out);

/* The same for a reader who is the student, in a format that cannot publish later: of the hidden ones there
 * are name, outcome, points and time. */
int format_cases_for_student(const struct record *record, struct format_cases *out);
void format_cases_fini(struct format_cases *cases);

/* A time as these formats have it. Units: seconds, to the millisecond. */
double format_seconds(uint64_t ns);

/* What ends a sentence of these words: a full stop, or nothing after a question. */
const char *format_stop(const char *words);

/* A JSON string, whatever is in the text: what is not UTF-8 is spelt out. NULL without memory. */
json_t *format_json_text(const char *text);

#endif
