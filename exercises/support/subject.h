/* subject.h - what a graded test is written in.
 *
 * A subject is one program: a submission, one exercise's tests, and this harness. The grader runs it
 * once for each test, in a sandbox of its own, and believes only an end record with its nonce.
 *
 *     #include "subject.h"
 *     #include "arena.h"
 *
 *     static void alloc_respects_alignment(void)
 *     {
 *         ...
 *         expect_aligned(block, 64, "arena_alloc(a, 10, 64) is aligned to 64 bytes");
 *         subject_done();
 *     }
 *
 *     const struct subject_test subject_tests[] = {
 *         {"alloc_respects_alignment", alloc_respects_alignment},
 *         {NULL, NULL},
 *     };
 *
 * Every name in the table is a test of exercise.yaml, and the other way round. An expectation that
 * does not hold writes the record (what was required in words, expected, actual) and ends the
 * process; the manifest's `function` lets the grader add the student's line.
 *
 * subject_done() is every test's last statement, and stands before each early return: a submission
 * that finds its way out of a test without it leaves no record, and gets the verdict `forged`.
 *
 * A test that wants chance begins its own generator with subject_seed(), which the grade's record
 * keeps, so that the same grade can be had again.
 *
 * tests/interleave_<name>.c has the tests of the build `interleave`, which are run in every way that their threads can
 * meet: small programs on pthreads, with a table of their own. There subject_done is called in each execution, and
 * expectations may stand on any thread. CONTRIBUTING.md, "A test under interleave".
 *
 * By hand: `subject` lists its tests, `subject NAME [SEED]` runs one and explains itself on stderr.
 *
 * Threads: expectations only on the test's own thread; workers record, are joined, then are judged.
 * Interface: subject_tests subject_hidden_tests subject_done subject_score subject_seed
 *            subject_executions_at_most subject_executions_within subject_has_to_fail
 *            subject_operations expect_*
 */
#ifndef SYSLAB_EXERCISES_SUBJECT_H
#define SYSLAB_EXERCISES_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum subject_fd {
    SUBJECT_RECORD_FD = 3, /* the end record is written here */
    SUBJECT_NONCE_FD = 4,  /* and carries the nonce that is read here, after the test is over */
};

struct subject_test {
    const char *name;
    void (*run)(void);
};

/* The tests of this exercise, ended by {NULL, NULL}. */
extern const struct subject_test subject_tests[];

/* Those of tests/hidden/, where the exercise has that folder and this is the instructor's tree. */
extern const struct subject_test subject_hidden_tests[];

/* The test has come to its end: without it, there is no pass. */
void subject_done(void);

/* What a test's random numbers are to begin with: of the submission, so the same in every run of the same
 * file, and not the same for every student. Below 2 to the 53. */
uint64_t subject_seed(void);

/* Set what part of the test's points a passed test earns, for tests that measure; 1 if never called.
 * format: the figure in words, shown beside the points, for example "utilisation 0.87". */
void subject_score(double zero_to_one, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Under interleave: so many executions are enough for a pass. Without it every one is looked at, and a test that is
 * not through within its time fails. Say it in the handout, too. */
void subject_executions_at_most(unsigned long count);

/* Under interleave: more executions than that are a failure. Say it in the handout, too. */
void subject_executions_within(unsigned long count);

/* Under interleave, for a test of a test. Called at its begin, it has the test searched twice.
 * Returns: false in the first search, in which no execution may fail, as in any other test; true in the second, in which
 * one has to, by an expectation, a race, a deadlock, a loop without end, memory or a mutex misused, a leak. */
bool subject_has_to_fail(void);

/* Under interleave, in a test with one thread: the atomic operations since its begin, in their order. */
struct subject_operation {
    enum { SUBJECT_LOAD, SUBJECT_STORE, SUBJECT_UPDATE, SUBJECT_FENCE } kind;
    int order; /* a memory_order, as it was asked for: of a compare-and-exchange, the one for success */
};

/* Returns: how many there are; *out: the first max of them. */
size_t subject_operations(struct subject_operation *out, size_t max);

/* The steps behind the macros. They do not return when the expectation does not hold.
 * requirement: what was required, in words, printf-style; it reads as a statement that is true of a
 * right answer: "two live blocks never overlap". */
struct subject_where {
    const char *file;
    int line;
    bool leak; /* the failure is a leak and gets the verdict `leak` */
};
void subject_expect(bool holds, struct subject_where where, const char *expected,
                    const char *actual, const char *requirement, ...)
    __attribute__((format(printf, 5, 6)));
const char *subject_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *subject_quote(const char *text);

/* Where address is, seen from another: "NULL", "16 bytes behind it", "another". Never in digits: an address is
 * another one in each run, and two gradings of one file are to be the same, byte for byte. */
const char *subject_address(const void *address, const void *from);
const char *subject_hex(const void *data, size_t size_bytes);

#define SUBJECT_HERE ((struct subject_where){__FILE__, __LINE__, false})

#define expect_true(condition, ...)                                                                \
    subject_expect((condition), SUBJECT_HERE, #condition, "not so", __VA_ARGS__)

/* Any integer type, shown signed. */
#define expect_int(actual, expected, ...)                                                          \
    do {                                                                                           \
        long long subject_a = (long long)(actual), subject_e = (long long)(expected);              \
        if (subject_a != subject_e)                                                                \
            subject_expect(false, SUBJECT_HERE, subject_format("%lld", subject_e),                 \
                           subject_format("%lld", subject_a), __VA_ARGS__);                        \
    } while (0)

#define expect_size(actual, expected, ...)                                                         \
    do {                                                                                           \
        size_t subject_a = (actual), subject_e = (expected);                                       \
        if (subject_a != subject_e)                                                                \
            subject_expect(false, SUBJECT_HERE, subject_format("%zu", subject_e),                  \
                           subject_format("%zu", subject_a), __VA_ARGS__);                         \
    } while (0)

#define expect_at_most(actual, limit, ...)                                                         \
    do {                                                                                           \
        size_t subject_a = (actual), subject_e = (limit);                                          \
        if (subject_a > subject_e)                                                                 \
            subject_expect(false, SUBJECT_HERE, subject_format("at most %zu", subject_e),          \
                           subject_format("%zu", subject_a), __VA_ARGS__);                         \
    } while (0)

#define expect_pointer(actual, expected, ...)                                                      \
    do {                                                                                           \
        const void *subject_a = (actual), *subject_e = (expected);                                 \
        if (subject_a != subject_e)                                                                \
            subject_expect(false, SUBJECT_HERE, subject_e ? "that address" : "NULL",               \
                           subject_address(subject_a, subject_e), __VA_ARGS__);                    \
    } while (0)

#define expect_null(actual, ...)                                                                   \
    do {                                                                                           \
        const void *subject_a = (actual);                                                          \
        if (subject_a)                                                                             \
            subject_expect(false, SUBJECT_HERE, "NULL", "not NULL", __VA_ARGS__);                  \
    } while (0)

#define expect_not_null(actual, ...)                                                               \
    subject_expect((actual) != NULL, SUBJECT_HERE, "not NULL", "NULL", __VA_ARGS__)

#define expect_aligned(pointer, align, ...)                                                        \
    do {                                                                                           \
        uintptr_t subject_a = (uintptr_t)(pointer);                                                \
        if (subject_a % (align) != 0)                                                              \
            subject_expect(                                                                        \
                false, SUBJECT_HERE, subject_format("a multiple of %zu", (size_t)(align)),         \
                subject_format("%zu past one", (size_t)(subject_a % (align))), __VA_ARGS__);       \
    } while (0)

#define expect_string(actual, expected, ...)                                                       \
    do {                                                                                           \
        const char *subject_a = (actual), *subject_e = (expected);                                 \
        if (!subject_a || __builtin_strcmp(subject_a, subject_e) != 0)                             \
            subject_expect(false, SUBJECT_HERE, subject_quote(subject_e),                          \
                           subject_quote(subject_a), __VA_ARGS__);                                 \
    } while (0)

#define expect_bytes(actual, expected, size_bytes, ...)                                            \
    do {                                                                                           \
        const void *subject_a = (actual), *subject_e = (expected);                                 \
        size_t subject_n = (size_bytes);                                                           \
        if (subject_n && (!subject_a || __builtin_memcmp(subject_a, subject_e, subject_n) != 0))   \
            subject_expect(false, SUBJECT_HERE, subject_hex(subject_e, subject_n),                 \
                           subject_hex(subject_a, subject_n), __VA_ARGS__);                        \
    } while (0)

/* live_bytes: what is still allocated when everything should be freed; zero holds. */
#define expect_no_leak(live_bytes, ...)                                                            \
    do {                                                                                           \
        size_t subject_a = (live_bytes);                                                           \
        if (subject_a)                                                                             \
            subject_expect(false, (struct subject_where){__FILE__, __LINE__, true},                \
                           "0 bytes still allocated",                                              \
                           subject_format("%zu bytes still allocated", subject_a), __VA_ARGS__);   \
    } while (0)

#endif
