/* similar_load.h - fills a set (similar.h) with what a course and a class have of one exercise.
 *
 *     base       the starter, the header, the handout's and the lessons' code, the chapters' own
 *                sources and demos: all that a student may read and learn from
 *     course     the reference and the labelled submissions, where this copy of the course has them
 *     archive    the answers of earlier classes
 *     class      the answers of this one
 *
 * What grading would refuse (no regular file, too large, not text) is not compared and is listed with
 * the reason.
 *
 * Interface: struct similar_refusal similar_refusals, similar_load_course similar_load_answers
 *            similar_load_fini
 */
#ifndef SYSLAB_GRADER_SIMILAR_LOAD_H
#define SYSLAB_GRADER_SIMILAR_LOAD_H

#include "grader/class/submissions.h"
#include "grader/course/manifest.h"
#include "grader/similar/similar.h"

/* All zero is empty. */
struct similar_refusals {
    struct similar_refusal {
        char *path;
        char *reason; /* in words, naming the file */
    } * all;
    size_t count, capacity;
};

/* The base and the published answers, of the course at `root`.
 * Returns: 0 or -errno of the machine's. */
int similar_load_course(struct similar_set *set, const char *root, const struct manifest *manifest,
                        struct similar_refusals *refusals);

/* What `found` has of the exercise. Returns: 0 or -errno of the machine's. */
int similar_load_answers(struct similar_set *set, enum similar_source source,
                         const struct submissions *found, const struct manifest *manifest,
                         struct similar_refusals *refusals);

void similar_load_fini(struct similar_refusals *refusals);

#endif
