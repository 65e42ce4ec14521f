/* slowest.h - the slowest tests of accepted solutions, from which the time limits derive.
 *
 * A limit is right when no honest answer comes near it and a loop that never ends is stopped soon. So the
 * manifest states what the slowest accepted solution takes (slowest_cpu_ms) and the margin above it.
 * Machines differ, and a core that is shared is slower: a stated time stands while it is within four
 * times of the measured one, of which a margin of 20 still leaves an honest answer five times its need.
 *
 * Interface: slowest_note slowest_stands slowest_print
 */
#ifndef SYSLAB_GRADER_SLOWEST_H
#define SYSLAB_GRADER_SLOWEST_H

#include <stdbool.h>

#include "grader/record/record.h"

/* By the manifest's tests, in their order; zero where none has run. */
struct slowest {
    struct {
        uint64_t cpu_ns[BUILD_COUNT], wall_ns[BUILD_COUNT];
    } tests[MANIFEST_TESTS_MAX];
};

/* Take in a record's runs that passed. */
void slowest_note(struct slowest *slowest, const struct record *record);

/* Whether the manifest states what was measured, its tests with times of their own included. Where it
 * does not, a line on stdout for each says so, with what should stand there. */
bool slowest_stands(const struct slowest *slowest, const struct manifest *manifest);

/* On stdout, for each build, and each test with times of its own: CPU and wall time, the share of the
 * limit, the test. */
void slowest_print(const struct slowest *slowest, const struct manifest *manifest);

#endif
