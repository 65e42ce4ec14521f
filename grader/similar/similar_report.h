/* similar_report.h - look-alikes as an instructor reads them: a table, JSON, and a page that shows both
 * sides of each pair.
 *
 * Interface: struct similar_exercise similar_report, similar_report_print similar_report_json
 *            similar_report_html similar_report_who
 *            similar_report_answers similar_report_pairs
 */
#ifndef SYSLAB_GRADER_SIMILAR_REPORT_H
#define SYSLAB_GRADER_SIMILAR_REPORT_H

#include "grader/base/terminal.h"
#include "grader/base/text.h"
#include "grader/similar/similar_load.h"

enum {
    SIMILAR_REPORT_ROWS = 100, /* a terminal's: of each exercise */
    SIMILAR_REPORT_SIDES = 200 /* a page's: of each exercise, with both sides */
};

struct similar_exercise {
    const char *name;
    struct similar_set set;
};

struct similar_report {
    unsigned min_percent;
    struct similar_exercise *exercises; /* those that somebody of the class answered */
    size_t count;
    struct similar_refusals refusals;
};

/* A table of pairs for each exercise, most shared first, and where the regions lie. */
void similar_report_print(const struct similar_report *report, const struct terminal *terminal);

/* Everything, or the first SIMILAR_REPORT_SIDES pairs of each exercise as a page.
 * Returns: the text, or NULL without memory. Owns: the caller frees it. */
char *similar_report_json(const struct similar_report *report);
char *similar_report_html(const struct similar_report *report);

/* "ann", "ann, earlier class", "the course's solution/arena.c". As it was found: not fit for a terminal
 * or a page. */
void similar_report_who(struct text *out, const struct similar_text *text);

/* The class's texts, and the pairs of all exercises. */
size_t similar_report_answers(const struct similar_set *set);
size_t similar_report_pairs(const struct similar_report *report);

#endif
