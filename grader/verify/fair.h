/* fair.h - is honest work safe from the grader? The reference and each accepted solution is graded again and
 * again while a load keeps every core busy; each has to pass each time.
 *
 *     false failure   a verdict other than pass: of these files, the grader's mistake
 *     points lost     a test that did not earn all its points under load, and earns them when the load is gone
 *     fault           grader_error: counted apart, for it is nobody's failure
 *
 * Half a point is no loss: that is rounding. Where a figure that was measured earned less than all points
 * at rest (a throughput of half the reference's), they follow the figure, and a busy machine moves both:
 * such a score is shown with its range and held to nothing. That is why a measured test has to give all
 * points well below the reference's own figure.
 *
 * Interface: fair_verify fair_lost
 */
#ifndef SYSLAB_GRADER_FAIR_H
#define SYSLAB_GRADER_FAIR_H

#include "grader/engine/engine.h"

/* Grade rounds times and print what came of it.
 * Returns: 0 without a false failure or points lost, 1 with one, 3 where a fault left something ungraded. */
int fair_verify(struct engine *engine, const struct manifest *manifest, const char *course_root,
                unsigned rounds);

/* Two gradings of one file by one suite.
 * Returns: the test that lost most points under load of those that had all of them at rest, or NULL. */
const struct record_test *fair_lost(const struct record *at_rest, const struct record *loaded);

#endif
