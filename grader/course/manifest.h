/* manifest.h - exercise.yaml, read with libcyaml into what the grader works with.
 *
 *     title: A bump allocator
 *     file: arena.c                    the one file that a student writes
 *     lesson: 03_memory/README.md
 *     prerequisites: []                other exercises, "03_memory/arena"
 *     interface: [arena_create, ...]   the functions that the file must define
 *     symbols: [memcpy, memset]        what else it may refer to
 *     threads: false                   true adds the tsan build
 *     assembly: false                  optional: true lets the file have assembly: see assembly.h
 *     limits: {slowest_cpu_ms: {plain: 20, asan: 80}, margin: 20, memory_mib: 256, processes: 1, ...}
 *         slowest_cpu_ms  CPU time of the slowest test of the slowest accepted solution, for each build
 *                         (tsan where threads is true, interleave where a test has it), as `syslab verify` measures it
 *         margin          a test may use so many times that much CPU time, 0.5 s in any case; and on
 *                         the clock it may take ten times as long, 5 s in any case
 *         memory_mib, processes, file_kib (one file it writes, and the source), output_kib
 *         compile_s       optional: CPU time of the compiler, 20
 *     hints:                           three, each saying more than the one before
 *       - ...
 *     tests:
 *       - name: alloc_respects_alignment
 *         points: 5
 *         requirement: Every block is aligned as it was asked for.
 *         function: arena_alloc        optional: whose line in the student's file is shown
 *         section: alignment           optional: anchor in the lesson
 *         leaks: true                  optional: run the leak check at exit in the asan build
 *         builds: [plain]              optional: only these; otherwise plain, asan, and tsan with threads
 *         builds: [interleave]         the test is in tests/interleave_<name>.c, and passes when each of its
 *                                      executions does: subject.h, CONTRIBUTING.md
 *         hidden: true                 optional: its source lies in tests/hidden/ and its points are
 *                                      earned at the instructor's only
 *         slowest_cpu_ms: {plain: 900} optional: of a test that takes far longer than the others
 *
 * A wrong key, type or value is an error with file, line and what was expected.
 * Points: a test earns its points when it passes in every build that it runs in.
 *
 * Interface: manifest_load manifest_free manifest_test manifest_build_name manifest_has_build
 *            manifest_cpu_ns manifest_wall_ns
 */
#ifndef SYSLAB_GRADER_MANIFEST_H
#define SYSLAB_GRADER_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum build { BUILD_PLAIN, BUILD_ASAN, BUILD_TSAN, BUILD_INTERLEAVE, BUILD_COUNT };

enum { MANIFEST_TESTS_MAX = 200 };

/* One figure for each build. */
struct manifest_times {
    unsigned ms[BUILD_COUNT];
};

struct manifest_limits {
    struct manifest_times slowest_cpu;
    unsigned margin, memory_mib, processes, file_kib, output_kib, compile_s;
};

struct manifest_test {
    char *name;
    unsigned points;
    char *requirement;
    char *function; /* NULL: none */
    char *section;  /* NULL: the lesson as a whole */
    bool leaks, hidden;
    bool builds[BUILD_COUNT];
    bool slow;                         /* states times of its own */
    struct manifest_times slowest_cpu; /* its own, or the exercise's */
};

struct manifest {
    char *exercise; /* "03_memory/arena" */
    char *title, *file, *lesson;
    char **prerequisites;
    size_t prerequisite_count;
    char **interface;
    size_t interface_count;
    char **symbols;
    size_t symbol_count;
    bool threads, assembly;
    struct manifest_limits limits;
    char **hints;
    size_t hint_count;
    struct manifest_test *tests;
    size_t test_count;
    unsigned max_points;
    unsigned instructor_points; /* of the hidden tests that a student's tree lacks; not in tests */
};

/* Read <course root>/exercises/<exercise>/exercise.yaml.
 * Returns: 0 and *out, or -errno (-EINVAL for a wrong manifest) and a message in error, which says
 * file, line and what was expected. Owns: free with manifest_free. */
int manifest_load(const char *root, const char *exercise, struct manifest **out, char *error,
                  size_t error_bytes);
void manifest_free(struct manifest *manifest);

/* The test of that name, or NULL. */
const struct manifest_test *manifest_test(const struct manifest *manifest, const char *name);

/* "plain", "asan", "tsan", "interleave". */
const char *manifest_build_name(enum build build);

/* Whether the exercise is graded in that build: tsan only with threads, interleave only where a test has it. */
bool manifest_has_build(const struct manifest *manifest, enum build build);

/* The limits on one test in that build: slowest_cpu_ms times margin, at least 0.5 s, rounded up to a
 * tenth of a second; and ten times that on the clock, at least 5 s, for the machine may be busy. */
uint64_t manifest_cpu_ns(const struct manifest *manifest, const struct manifest_test *test,
                         enum build build);
uint64_t manifest_wall_ns(const struct manifest *manifest, const struct manifest_test *test,
                          enum build build);

#endif
