/* fair.h - is honest work safe from the grader? The reference and each accepted solution is graded again and
 * again while a load keeps every core busy; each has to pass each time.
 *
 *     false failure   a verdict other than pass: of these files, the grader's mistake
 *     fault           grader_error: counted apart, for it is nobody's failure
 *
 * Interface: fair_verify
 */
#ifndef SYSLAB_GRADER_FAIR_H
#define SYSLAB_GRADER_FAIR_H

#include "grader/engine.h"

/* Grade rounds times and print what came of it.
 * Returns: 0 without a false failure, 1 with one, 3 where a fault left something ungraded. */
int fair_verify(struct engine *engine, const struct manifest *manifest, const char *course_root,
                unsigned rounds);

#endif
