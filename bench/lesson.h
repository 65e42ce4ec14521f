/* lesson.h - the generated tables in a lesson. Internal to bench/.
 *
 * Between a line `<!-- bench: NAME -->` and the next line `<!-- end -->` stands a table made from
 * the committed results: of module NAME, or of the whole chapter when NAME is the chapter's.
 * Nobody types a figure, and a test compares.
 *
 * Interface: lesson_render
 */
#ifndef SYSLAB_BENCH_LESSON_H
#define SYSLAB_BENCH_LESSON_H

#include "bench/results.h"

/* Copy the lesson with its tables made anew. chapter: the name that stands for all rows.
 * Returns: 0 and *out, to be freed; -EINVAL for a marker without an end or without a row, named on
 * stderr; -ENOMEM. */
int lesson_render(const char *lesson, const char *chapter, const struct results *results,
                  char **out);

#endif
