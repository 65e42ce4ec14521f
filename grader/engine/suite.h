/* suite.h - all that can change a verdict and is the course's: an exercise's manifest, headers and kits,
 * by parts.
 *
 *     limits, symbols, ...   the keys of exercise.yaml; a key that is new here is a part as well
 *     points                 what each test is worth
 *     tests                  what else is said of them
 *     arena.h                the exercise's header
 *     course headers         those of the chapters that a submission may include
 *     test_arena.c, ...      what the kits were built from, over all builds
 *     explorer               the program that runs the tests under interleave, if there are any
 *     files                  those that the kit shows to its tests, if there are any
 *
 * Words for people (title, lesson, hints, prerequisites, a test's requirement and section) and YAML's
 * comments change no verdict and are in no part.
 *
 * Interface: suite_read suite_describe
 */
#ifndef SYSLAB_GRADER_SUITE_H
#define SYSLAB_GRADER_SUITE_H

#include <stdbool.h>
#include <stddef.h>

#include "grader/base/hash.h"
#include "grader/course/manifest.h"
#include "grader/record/record.h"

enum { SUITE_PARTS_MAX = 48, SUITE_NAME_BYTES = 64, SUITE_TEXT_BYTES = 400 };

struct suite_part {
    char name[SUITE_NAME_BYTES];
    char hash[HASH_TEXT_BYTES];
    char text[SUITE_TEXT_BYTES]; /* "cpu_s 2, wall_s 10" of a mapping; "" otherwise */
};

struct suite {
    char hash[HASH_TEXT_BYTES]; /* of all parts */
    struct suite_part parts[SUITE_PARTS_MAX];
    size_t count;
};

/* Read and hash the suite of the manifest's exercise as it is now.
 * Returns: 0 and *out; -ENOENT where a kit is not built; -E2BIG for too many parts; another -errno. */
int suite_read(const char *course_root, const char *build_root, const struct manifest *manifest,
               struct suite *out);

/* Put the suite's hash and parts into a record that has none. Returns: false without memory. */
bool suite_describe(const struct suite *suite, struct record *record);

#endif
