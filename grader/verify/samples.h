/* samples.h - files whose verdict is known beforehand, graded side by side on all cores.
 *
 * The folder that a file lies in names its verdict: see verdict_matches_folder.
 *
 * Interface: samples_add samples_grade samples_fini samples_print_reason
 */
#ifndef SYSLAB_GRADER_SAMPLES_H
#define SYSLAB_GRADER_SAMPLES_H

#include <stddef.h>

#include "grader/engine/engine.h"

/* One file with what is known about it, and what came of it. */
struct sample {
    char *path;
    const char *shown; /* into path: "wrong/no_merging.c" */
    char folder[64];
    struct record *record; /* of the latest grading; NULL before, and where failed is not 0 */
    int failed;
};

struct samples {
    struct sample *all;
    size_t count;
    unsigned per_core; /* files graded at a time for each core; 0 is 1 */
};

/* Add the files below the folder that match the pattern, in the order of their names; none is not an error.
 * Returns: 0, or -errno where a folder cannot be read. */
int samples_add(struct samples *samples, const char *folder, const char *pattern);

/* Grade each file once, in the place of an earlier grading. Blocks: until all are graded. */
void samples_grade(struct samples *samples, struct engine *engine, const struct manifest *manifest);

void samples_fini(struct samples *samples);

/* One line on stdout, in which the record's verdict is explained; nothing for a pass. */
void samples_print_reason(const struct record *record);

#endif
