/* engine_tests.c - the tests of one build, each run in the sandbox and judged. */
#include <errno.h>
#include <stdio.h>
#include <sys/random.h>

#include "grader/engine/engine_internal.h"
#include "grader/engine/judge.h"

enum { NONCE_DIGITS = 32 };

/* Sanitizers, and what interleave knows of executions, cost memory that the manifest's limit does not count. */
static const struct {
    unsigned memory_factor, memory_more_mib;
} allowances[BUILD_COUNT] = {{1, 16}, {2, 256}, {6, 512}, {1, 512}};

#define COMMON_OPTIONS "exitcode=101:color=never:symbolize=1:external_symbolizer_path=:"
#define ASAN_OPTIONS                                                                               \
    "ASAN_OPTIONS=" COMMON_OPTIONS                                                                 \
    "allocator_may_return_null=1:detect_odr_violation=0:print_legend=0:"                           \
    "malloc_context_size=8:quarantine_size_mb=16:strip_path_prefix=" RUNNER_WORK "/:detect_leaks="

static const char *const leak_variables[] = {ASAN_OPTIONS "1",
                                             "LSAN_OPTIONS=" COMMON_OPTIONS "report_objects=0",
                                             "UBSAN_OPTIONS=" COMMON_OPTIONS "print_stacktrace=1",
                                             "LC_ALL=C",
                                             "TMPDIR=" RUNNER_SCRATCH,
                                             NULL};
static const char *const asan_variables[] = {ASAN_OPTIONS "0",
                                             "UBSAN_OPTIONS=" COMMON_OPTIONS "print_stacktrace=1",
                                             "LC_ALL=C", "TMPDIR=" RUNNER_SCRATCH, NULL};
static const char *const tsan_variables[] = {"TSAN_OPTIONS=" COMMON_OPTIONS
                                             "halt_on_error=1:second_deadlock_stack=1",
                                             "LC_ALL=C", "TMPDIR=" RUNNER_SCRATCH, NULL};
static const char *const plain_variables[] = {"LC_ALL=C", "TMPDIR=" RUNNER_SCRATCH, NULL};

static void add_cpu(struct grading *grading, uint64_t cpu_ns)
{
    pthread_mutex_lock(&grading->lock);
    grading->record->cpu_ns += cpu_ns;
    pthread_mutex_unlock(&grading->lock);
}

static bool draw_nonce(char nonce[NONCE_DIGITS + 1])
{
    unsigned char bytes[NONCE_DIGITS / 2];
    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
        return false;
    for (size_t i = 0; i < sizeof(bytes); i++)
        snprintf(nonce + 2 * i, 3, "%02x", bytes[i]);
    return true;
}

static const char *const *variables_of(enum build build, const struct manifest_test *test)
{
    return build == BUILD_PLAIN || build == BUILD_INTERLEAVE ? plain_variables
           : build == BUILD_TSAN                             ? tsan_variables
           : test->leaks                                     ? leak_variables
                                                             : asan_variables;
}

static unsigned allow_of(enum build build, const struct manifest *manifest)
{
    bool several = manifest->limits.processes > 1;
    if (build == BUILD_INTERLEAVE) /* its threads are the explorer's own */
        return 0;
    return (manifest->threads || build == BUILD_TSAN ? FILTER_THREADS : 0u) |
           (several && !manifest->threads ? FILTER_PROCESSES | FILTER_THREADS : 0u) |
           (build != BUILD_PLAIN ? FILTER_TRACING : 0u);
}

static struct sandbox_job job_of(const struct build_work *work, const struct manifest_test *test)
{
    const struct manifest *manifest = work->grading->manifest;
    const struct manifest_limits *limits = &manifest->limits;
    bool sanitized = work->build == BUILD_ASAN || work->build == BUILD_TSAN;
    uint64_t memory_mib = (uint64_t)limits->memory_mib * allowances[work->build].memory_factor +
                          allowances[work->build].memory_more_mib;
    return (struct sandbox_job){
        .stage = RUNNER_TEST,
        .variables = variables_of(work->build, test),
        .allow = allow_of(work->build, manifest),
        .proc = sanitized,
        .fixed_layout =
            work->build != BUILD_PLAIN, /* interleave: the same addresses, the same trace */
        .explored = work->build == BUILD_INTERLEAVE,
        .watch_deadlock = true,
        .sleepers = work->build == BUILD_TSAN, /* the thread sanitizer's own thread naps */
        .wall_ns = manifest_wall_ns(manifest, test, work->build),
        .cpu_ns = manifest_cpu_ns(manifest, test, work->build),
        .process_count = limits->processes + (sanitized ? 2u : 0u),
        .file_bytes = (uint64_t)limits->file_kib << 10,
        /* Threads reserve far more addresses than memory, and so do sanitizers. */
        .address_space_bytes =
            work->build == BUILD_PLAIN && !manifest->threads ? memory_mib << 20 : 0,
        .resident_bytes = memory_mib << 20,
        .output_bytes = (size_t)limits->output_kib << 10,
    };
}

static void tell_others(struct grading *grading, size_t index, const struct record_run *run)
{
    bool late = run->verdict == VERDICT_TIMEOUT_CPU || run->verdict == VERDICT_TIMEOUT_WALL ||
                run->verdict == VERDICT_DEADLOCK;
    pthread_mutex_lock(&grading->lock);
    grading->plain[index] = late ? PLAIN_TIMED_OUT : PLAIN_ENDED;
    pthread_cond_broadcast(&grading->changed);
    pthread_mutex_unlock(&grading->lock);
}

/* Whether the sanitizer itself does its work here: the subject without a test's name lists its tests,
 * under the same limits, and nothing of the submission runs. */
static bool sanitizer_works(struct build_work *work, struct sandbox_job job)
{
    struct sandbox_result result;
    job.arguments = (const char *const[]){job.arguments[0], NULL};
    int failed = sandbox_run(work->sandbox, &job, &result);
    bool works = !failed && result.end == RUNNER_END_ITSELF && result.status == 0;
    sandbox_result_fini(&result);
    return works;
}

static bool run_test(struct build_work *work, size_t index)
{
    struct grading *grading = work->grading;
    const struct manifest_test *test = &grading->manifest->tests[index];
    struct record_run *run = &grading->record->tests[index].runs[work->build];
    char nonce[NONCE_DIGITS + 1], subject[32], seed[24];
    struct sandbox_result result;
    struct sandbox_job job = job_of(work, test);
    snprintf(subject, sizeof(subject), "subject_%s", manifest_build_name(work->build));
    snprintf(seed, sizeof(seed), "%llu", (unsigned long long)grading->record->seed);
    job.arguments = (const char *const[]){subject, test->name, seed, NULL};
    job.nonce = nonce;
    if (!draw_nonce(nonce)) {
        engine_stop_for_fault(grading, "No random numbers", -errno);
        return false;
    }
    int failed = sandbox_run(work->sandbox, &job, &result);
    if (failed) {
        engine_stop_for_fault(grading, "The sandbox broke", failed);
        sandbox_result_fini(&result);
        return false;
    }
    struct judge_case one = {grading->manifest, test, work->build, &job, &result, false};
    bool judged = judge_run(&one, run);
    if (judged && run->verdict == VERDICT_GRADER_ERROR && result.end == RUNNER_END_ITSELF) {
        one.sanitizer_works = sanitizer_works(work, job);
        judged = judge_run(&one, run);
    }
    add_cpu(grading, result.cpu_ns);
    sandbox_result_fini(&result);
    if (!judged)
        engine_stop_for_fault(grading, "The verdict could not be recorded", -ENOMEM);
    else if (work->build == BUILD_PLAIN)
        tell_others(grading, index, run);
    return judged;
}

/* In the plain build every test is run, however many before it ran out of time: a test that was not run
 * was not failed, and its points could not be refused in good conscience. The limits, which derive from
 * the slowest accepted solution, keep that short.
 *
 * A test that ran out of time costs its limit again in every build. So once a sanitizer build has met
 * one, it waits for the plain build's word on the tests that follow, and leaves out those that did not
 * end there. */
static bool is_hopeless(struct build_work *work, size_t index, bool met_one)
{
    struct grading *grading = work->grading;
    if (work->build == BUILD_PLAIN || !grading->manifest->tests[index].builds[BUILD_PLAIN])
        return false;
    pthread_mutex_lock(&grading->lock);
    while (met_one && grading->plain[index] == PLAIN_UNKNOWN && !grading->done[BUILD_PLAIN] &&
           !grading->stopped)
        pthread_cond_wait(&grading->changed, &grading->lock);
    bool hopeless = grading->plain[index] == PLAIN_TIMED_OUT;
    pthread_mutex_unlock(&grading->lock);
    return hopeless;
}

static void skip_test(struct build_work *work, size_t index)
{
    struct record_run *run = &work->grading->record->tests[index].runs[work->build];
    run->build = work->build;
    run->verdict = VERDICT_SKIPPED;
    if (!record_set(&run->detail, "Not run: it did not end in the plain build."))
        engine_stop_for_fault(work->grading, "The verdict could not be recorded", -ENOMEM);
}

/* Whoever only wants to know whether any test fails has seen enough; but a test that was killed from
 * outside has not failed. */
static void end_at_failure(struct build_work *work, size_t index)
{
    char message[ENGINE_MESSAGE_BYTES];
    const struct record_test *test = &work->grading->record->tests[index];
    const struct record_run *run = &test->runs[work->build];
    if (!work->grading->engine->first_failure_ends || run->verdict == VERDICT_PASS)
        return;
    bool killed = judge_says_killed(run);
    snprintf(message, sizeof(message), "%s%s, %s",
             killed ? "killed with SIGKILL, and not by the grader: " : "", test->name,
             manifest_build_name(work->build));
    engine_stop(work->grading, killed ? VERDICT_GRADER_ERROR : run->verdict, message);
}

void engine_lack_explorer(struct grading *grading)
{
    for (size_t i = 0; i < grading->manifest->test_count; i++) {
        struct record_run *run = &grading->record->tests[i].runs[BUILD_INTERLEAVE];
        if (!grading->manifest->tests[i].builds[BUILD_INTERLEAVE])
            continue;
        run->build = BUILD_INTERLEAVE;
        run->verdict = VERDICT_GRADER_ERROR;
        if (!record_set(&run->detail,
                        "This machine's course was built without interleave, which needs libdw "
                        "(apt-get install libdw-dev, then ./syslab start): tests that run in every "
                        "way that threads can meet cannot be run."))
            engine_stop_for_fault(grading, "The verdict could not be recorded", -ENOMEM);
    }
}

void engine_run_tests(struct build_work *work)
{
    const struct manifest *manifest = work->grading->manifest;
    bool met_one = false;
    for (size_t i = 0; i < manifest->test_count; i++) {
        const struct record_run *run = &work->grading->record->tests[i].runs[work->build];
        if (!manifest->tests[i].builds[work->build])
            continue;
        if (engine_is_stopped(work->grading))
            return;
        if (is_hopeless(work, i, met_one))
            skip_test(work, i);
        else if (!run_test(work, i))
            return;
        end_at_failure(work, i);
        met_one = met_one || run->verdict == VERDICT_TIMEOUT_CPU ||
                  run->verdict == VERDICT_TIMEOUT_WALL || run->verdict == VERDICT_DEADLOCK;
    }
}
