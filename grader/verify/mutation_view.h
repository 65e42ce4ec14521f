/* mutation_view.h - a run over an exercise's mutants as a person reads it, as JSON, and as the table in
 * a page.
 *
 * Between the lines `<!-- mutants -->` and `<!-- end -->` of the page stands one row for each exercise.
 *
 * Interface: mutation_view_print mutation_view_json mutation_view_row mutation_view_page
 */
#ifndef SYSLAB_GRADER_MUTATION_VIEW_H
#define SYSLAB_GRADER_MUTATION_VIEW_H

#include <jansson.h>

#include "grader/base/terminal.h"
#include "grader/base/text.h"
#include "grader/verify/mutation.h"

/* Survivors, what is stale, equivalents with their reasons; how many of each operator; the rate. */
void mutation_view_print(const struct terminal *terminal, const struct mutation *mutation);

/* Returns: a new object, or NULL without memory. */
json_t *mutation_view_json(const struct mutation *mutation);

/* Append the exercise's row of the page's table. */
void mutation_view_row(const struct mutation *mutation, struct text *rows);

/* Put the rows into the page, in place of those that it has of the same exercises; with rows NULL find
 * out whether it could be done. Returns: 0, or -errno (-EINVAL: no markers). */
int mutation_view_page(const char *path, const char *rows);

#endif
