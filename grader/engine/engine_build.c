/* engine_build.c - one build of one submission, from source to verdicts. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/statvfs.h>
#include <time.h>

#include "grader/engine/engine_internal.h"
#include "grader/engine/judge.h"
#include "grader/inspect/assembly.h"
#include "grader/inspect/object.h"
#include "grader/inspect/switch_off.h"

enum { NONCE_DIGITS = 32, MESSAGE_MAX_BYTES = 1200 };

/* Sanitizers cost memory that the manifest's limit does not count. */
static const struct {
    unsigned memory_factor, memory_more_mib;
} allowances[BUILD_COUNT] = {{1, 16}, {2, 256}, {6, 512}};

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

/* What one build works with. */
struct build_work {
    struct grading *grading;
    enum build build;
    struct sandbox *sandbox;
    struct object object;
    uint64_t made_cpu_ns; /* by the steps before the tests */
    bool chooses_section; /* the source does, by an attribute */
};

static void add_cpu(struct grading *grading, uint64_t cpu_ns)
{
    pthread_mutex_lock(&grading->lock);
    grading->record->cpu_ns += cpu_ns;
    pthread_mutex_unlock(&grading->lock);
}

/* A step of the toolchain's is over. */
static void add_step(struct build_work *work, const struct toolchain_result *result)
{
    struct grading *grading = work->grading;
    work->made_cpu_ns += result->cpu_ns;
    pthread_mutex_lock(&grading->lock);
    grading->record->cpu_ns += result->cpu_ns;
    grading->record->messages_cut_bytes += result->cut_bytes;
    pthread_mutex_unlock(&grading->lock);
}

static void stop_for_fault(struct grading *grading, const char *what, int error)
{
    char message[MESSAGE_MAX_BYTES];
    snprintf(message, sizeof(message), "%s: %s", what, strerror(-error));
    engine_stop(grading, VERDICT_GRADER_ERROR, message);
}

/* ---- compile, inspect, link ---- */

/* Of what a build leaves in the work folder: "o" its object. */
static void output_path(const struct build_work *work, const char *suffix, char *out,
                        size_t out_bytes)
{
    snprintf(out, out_bytes, "%s/%s.%s", work->grading->work, manifest_build_name(work->build),
             suffix);
}

/* Whether a tool failed for want of room. Anyone can print the words, in an #error; only a disk that is
 * full has no room. */
static bool is_disk_full(const struct build_work *work, const char *messages)
{
    enum { ENOUGH_BYTES = 64 << 20 }; /* the largest file that a tool may write */
    struct statvfs disk;
    return strstr(messages, "No space left on device") &&
           statvfs(work->grading->work, &disk) == 0 &&
           (uint64_t)disk.f_bavail * disk.f_frsize < ENOUGH_BYTES;
}

/* A tool has failed: the source's doing, unless the machine has no room for what the tool writes. */
static void refuse_source(struct build_work *work, const char *messages)
{
    char message[PATH_MAX + 80];
    if (!is_disk_full(work, messages)) {
        engine_stop(work->grading, VERDICT_COMPILE_ERROR, messages);
        return;
    }
    const char *folder = work->grading->work;
    snprintf(message, sizeof(message), "The grader's disk is full (%.*s; TMPDIR names another): %s",
             (int)(strrchr(folder, '/') - folder), folder, strerror(ENOSPC));
    engine_stop(work->grading, VERDICT_GRADER_ERROR, message);
}

static void refuse_assembly(struct build_work *work, unsigned line)
{
    char message[MESSAGE_MAX_BYTES], at[32] = "";
    if (line)
        snprintf(at, sizeof(at), ":%u", line);
    snprintf(message, sizeof(message), "%s%s: assembly is not allowed here",
             work->grading->manifest->file, at);
    engine_stop(work->grading, VERDICT_COMPILE_ERROR, message);
}

/* A file of the work folder as a string. Returns: NULL, and the fault is told. */
static char *read_output(struct build_work *work, const char *suffix)
{
    char path[PATH_MAX + 16], *text = NULL;
    size_t capacity = 0;
    output_path(work, suffix, path, sizeof(path));
    FILE *file = fopen(path, "re");
    ssize_t length = file ? getdelim(&text, &capacity, '\0', file) : -1;
    if (length < 0)
        stop_for_fault(work->grading, "The compiler's output could not be read", -errno);
    if (file)
        fclose(file);
    if (length >= 0)
        return text;
    free(text);
    return NULL;
}

static void refuse_switch(struct build_work *work, const char *name)
{
    char message[MESSAGE_MAX_BYTES];
    snprintf(message, sizeof(message),
             "%s uses %s, itself or by a header that it includes, which keeps memory out of a "
             "sanitizer's sight. A submission is graded with all of them: leave it out.",
             work->grading->manifest->file, name);
    engine_stop(work->grading, VERDICT_COMPILE_ERROR, message);
}

/* Look at the preprocessed text: labels and attributes put their strings into the assembly as they
 * are, and attributes switch sanitizers off. */
static bool preprocess(struct build_work *work)
{
    char name[80];
    struct toolchain_result result;
    int failed = toolchain_preprocess(&work->grading->engine->toolchain, work->sandbox,
                                      work->grading->manifest, work->build, &result);
    if (failed) {
        stop_for_fault(work->grading, "The compiler could not be run", failed);
        return false;
    }
    add_step(work, &result);
    bool right = result.done;
    if (!result.done)
        refuse_source(work, result.messages.data);
    text_fini(&result.messages);
    char *text = right ? read_output(work, "i") : NULL;
    right = right && text;
    if (text && !work->grading->manifest->assembly && assembly_find_in_names(text)) {
        refuse_assembly(work, 0);
        right = false;
    } else if (text && switch_off_find(text, name, sizeof(name))) {
        refuse_switch(work, name);
        right = false;
    }
    work->chooses_section = text && assembly_chooses_section(text);
    free(text);
    return right;
}

/* What was preprocessed is compiled as it was looked at, not read a second time: __has_include could
 * tell the times apart. */
static bool compile(struct build_work *work)
{
    struct grading *grading = work->grading;
    struct toolchain_result result;
    int failed = toolchain_compile(&grading->engine->toolchain, work->sandbox, grading->manifest,
                                   work->build, grading->preprocess, &result);
    if (failed) {
        stop_for_fault(grading, "The compiler could not be run", failed);
        return false;
    }
    add_step(work, &result);
    if (!result.done)
        refuse_source(work, result.messages.data);
    if (result.done && work->build == BUILD_PLAIN) {
        pthread_mutex_lock(&grading->lock);
        record_set(&grading->record->warnings, result.messages.data);
        pthread_mutex_unlock(&grading->lock);
    }
    text_fini(&result.messages);
    return result.done;
}

/* From the compiler's assembly to the object, unless the submission wrote some of it and may not. */
static bool assemble(struct build_work *work)
{
    struct grading *grading = work->grading;
    struct toolchain_result result;
    char path[PATH_MAX + 16];
    unsigned line;
    output_path(work, "s", path, sizeof(path));
    int found = grading->manifest->assembly ? 0 : assembly_find(path, &line);
    if (found < 0)
        stop_for_fault(grading, "The compiler's assembly could not be read", found);
    if (found > 0)
        refuse_assembly(work, line);
    if (found != 0)
        return false;
    int failed =
        toolchain_assemble(&grading->engine->toolchain, work->sandbox, work->build, &result);
    if (failed) {
        stop_for_fault(grading, "The assembler could not be run", failed);
        return false;
    }
    add_step(work, &result);
    if (!result.done)
        refuse_source(work, result.messages.data);
    text_fini(&result.messages);
    return result.done;
}

static void refuse(struct build_work *work, const struct object_finding *finding)
{
    char message[MESSAGE_MAX_BYTES];
    unsigned line = 0;
    if (finding->section[0])
        toolchain_lines(work->sandbox, work->build, finding->section, &finding->offset, &line, 1);
    if (line)
        snprintf(message, sizeof(message), "%s:%u: %s", work->grading->manifest->file, line,
                 finding->message);
    else
        snprintf(message, sizeof(message), "%s", finding->message);
    engine_stop(work->grading, finding->verdict, message);
}

/* A system call of its own would leave, or forge a record, without a symbol to show for it. */
static void look_for_system_calls(struct build_work *work, struct object_finding *finding)
{
    if (!object_may_call_system(&work->object, finding))
        return;
    int missing =
        toolchain_find_system_call(work->sandbox, work->build, finding->section, &finding->offset);
    if (missing == -ENOENT)
        return;
    if (missing == -EFBIG) {
        finding->verdict = VERDICT_COMPILE_ERROR;
        snprintf(finding->message, sizeof(finding->message),
                 "%s is compiled to more code than the grader can check for system calls (section "
                 "%s). Make it smaller.",
                 work->grading->manifest->file, finding->section);
        finding->section[0] = '\0'; /* a line would take as long to find */
        return;
    }
    if (missing) {
        stop_for_fault(work->grading, "The code could not be disassembled", missing);
        return;
    }
    finding->verdict = VERDICT_FORGED;
    snprintf(finding->message, sizeof(finding->message),
             "%s makes a system call of its own, by assembly. A submission reaches the kernel only "
             "through the functions that its exercise allows.",
             work->grading->manifest->file);
}

/* The compiler wrote the object as the source told it to: one that is malformed, or larger than any
 * honest one, is the source's doing. */
static void refuse_object(struct build_work *work)
{
    char message[MESSAGE_MAX_BYTES];
    snprintf(
        message, sizeof(message),
        "%s is compiled to an object that the grader does not take: it has more than 65,000 "
        "sections, names of more than 64 MiB, or tables that contradict each other. Plain C of a "
        "sensible size does none of this.",
        work->grading->manifest->file);
    engine_stop(work->grading, VERDICT_COMPILE_ERROR, message);
}

/* Some sections that a source can choose are told from a compiler's own by nothing in the object. Those
 * that run code have been found before, and have a verdict of their own. */
static void refuse_section(struct build_work *work)
{
    char message[MESSAGE_MAX_BYTES];
    snprintf(message, sizeof(message),
             "%s puts something into a section of its choice. Leave that to the compiler.",
             work->grading->manifest->file);
    engine_stop(work->grading, VERDICT_COMPILE_ERROR, message);
}

static bool inspect(struct build_work *work)
{
    char path[PATH_MAX + 16];
    struct object_finding finding;
    output_path(work, "o", path, sizeof(path));
    int failed = object_load(path, &work->object);
    if (failed == -EINVAL) {
        refuse_object(work);
        return false;
    }
    if (failed) {
        stop_for_fault(work->grading, "The compiler's object could not be read", failed);
        return false;
    }
    object_inspect(&work->object, work->grading->manifest, work->build, &finding);
    if (finding.verdict == VERDICT_PASS)
        look_for_system_calls(work, &finding);
    if (finding.verdict != VERDICT_PASS) {
        refuse(work, &finding);
        return false;
    }
    if (work->chooses_section) {
        refuse_section(work);
        return false;
    }
    failed = object_hide_names(&work->object, work->grading->manifest);
    if (failed == -EINVAL) {
        refuse_object(work);
        return false;
    }
    if (!failed)
        failed = object_save(&work->object, path);
    if (failed)
        stop_for_fault(work->grading, "The object could not be rewritten", failed);
    return !failed;
}

/* Whether the kit cannot be linked with a subject of its interface's names and nothing else: it was
 * damaged since it was built. The linker's words about a submission say nothing: a source can have it
 * print any. Returns: 1 and the linker's words, which are the caller's; 0; -errno. */
static int is_kit_damaged(struct build_work *work, struct text *words)
{
    const struct grading *grading = work->grading;
    struct toolchain_result result;
    int failed = toolchain_link_kit(&grading->engine->toolchain, work->sandbox, grading->manifest,
                                    work->build, &result);
    if (failed)
        return failed;
    add_step(work, &result);
    *words = result.messages;
    if (!result.done)
        return 1;
    text_fini(words);
    return 0;
}

static void refuse_link(struct build_work *work, const char *messages)
{
    char message[MESSAGE_MAX_BYTES];
    struct text words;
    int damaged = is_disk_full(work, messages) ? 0 : is_kit_damaged(work, &words);
    if (damaged < 0) {
        stop_for_fault(work->grading, "The linker could not be run", damaged);
        return;
    }
    snprintf(message, sizeof(message), "%s:\n%s",
             damaged ? "The kit with the tests is damaged. Build the course again"
                     : "The submission could not be linked with the tests",
             damaged ? words.data : messages);
    if (!damaged) {
        refuse_source(work, message);
        return;
    }
    engine_stop(work->grading, VERDICT_GRADER_ERROR, message);
    text_fini(&words);
}

/* What inspection let pass and the linker refuses is the grader's to explain, not the student's. */
static bool link_subject(struct build_work *work)
{
    struct toolchain_result result;
    int failed =
        toolchain_link(&work->grading->engine->toolchain, work->sandbox, work->build, &result);
    if (failed) {
        stop_for_fault(work->grading, "The linker could not be run", failed);
        return false;
    }
    add_step(work, &result);
    if (!result.done)
        refuse_link(work, result.messages.data);
    text_fini(&result.messages);
    return result.done;
}

/* ---- run ---- */

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
    return build == BUILD_PLAIN  ? plain_variables
           : build == BUILD_TSAN ? tsan_variables
           : test->leaks         ? leak_variables
                                 : asan_variables;
}

static unsigned allow_of(enum build build, const struct manifest *manifest)
{
    bool several = manifest->limits.processes > 1;
    return (manifest->threads || build == BUILD_TSAN ? FILTER_THREADS : 0u) |
           (several && !manifest->threads ? FILTER_PROCESSES | FILTER_THREADS : 0u) |
           (build != BUILD_PLAIN ? FILTER_TRACING : 0u);
}

static struct sandbox_job job_of(const struct build_work *work, const struct manifest_test *test)
{
    const struct manifest *manifest = work->grading->manifest;
    const struct manifest_limits *limits = &manifest->limits;
    uint64_t memory_mib = (uint64_t)limits->memory_mib * allowances[work->build].memory_factor +
                          allowances[work->build].memory_more_mib;
    return (struct sandbox_job){
        .stage = RUNNER_TEST,
        .variables = variables_of(work->build, test),
        .allow = allow_of(work->build, manifest),
        .proc = work->build != BUILD_PLAIN,
        .fixed_layout = work->build != BUILD_PLAIN,
        .watch_deadlock = true,
        .sleepers = work->build == BUILD_TSAN, /* the thread sanitizer's own thread naps */
        .wall_ns = manifest_wall_ns(manifest, test, work->build),
        .cpu_ns = manifest_cpu_ns(manifest, test, work->build),
        .process_count = limits->processes + (work->build != BUILD_PLAIN ? 2u : 0u),
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
        stop_for_fault(grading, "No random numbers", -errno);
        return false;
    }
    int failed = sandbox_run(work->sandbox, &job, &result);
    if (failed) {
        stop_for_fault(grading, "The sandbox broke", failed);
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
        stop_for_fault(grading, "The verdict could not be recorded", -ENOMEM);
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
        stop_for_fault(work->grading, "The verdict could not be recorded", -ENOMEM);
}

/* Whoever only wants to know whether any test fails has seen enough; but a test that was killed from
 * outside has not failed. */
static void end_at_failure(struct build_work *work, size_t index)
{
    char message[MESSAGE_MAX_BYTES];
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

static void run_tests(struct build_work *work)
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

/* ---- the student's line of a test that failed ---- */

/* A wrong result is the doing of the function that the test is about, and so is a leak. Where a program
 * was when it ran out of something, or crashed, is another matter: no line is better than the wrong one. */
static bool lacks_line(const struct build_work *work, size_t index, uint64_t *offset)
{
    const struct manifest_test *test = &work->grading->manifest->tests[index];
    const struct record_run *run = &work->grading->record->tests[index].runs[work->build];
    bool known = run->verdict == VERDICT_FAIL || run->verdict == VERDICT_LEAK;
    return test->builds[work->build] && known && run->student_at[0] == '\0' && test->function &&
           object_function(&work->object, test->function, offset);
}

/* All functions in one call of addr2line: only a submission that failed pays for it. */
static void add_lines(struct build_work *work)
{
    enum { TESTS_MAX = 40 };
    const struct manifest *manifest = work->grading->manifest;
    uint64_t offsets[TESTS_MAX];
    unsigned lines[TESTS_MAX];
    size_t tests[TESTS_MAX], count = 0;
    for (size_t i = 0; i < manifest->test_count && count < TESTS_MAX; i++)
        if (lacks_line(work, i, &offsets[count]))
            tests[count++] = i;
    if (count == 0 ||
        toolchain_lines(work->sandbox, work->build, ".text", offsets, lines, count) != 0)
        return;
    for (size_t i = 0; i < count; i++) {
        char at[400];
        if (!lines[i])
            continue;
        snprintf(at, sizeof(at), "%s:%u in %s", manifest->file, lines[i],
                 manifest->tests[tests[i]].function);
        record_set(&work->grading->record->tests[tests[i]].runs[work->build].student_at, at);
    }
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* From the source to a subject that can be run, and how that was done. */
static bool make_subject(struct build_work *work)
{
    struct grading *grading = work->grading;
    const struct toolchain *toolchain = &grading->engine->toolchain;
    uint64_t start = now_ns();
    bool looked_at = !grading->preprocess || preprocess(work);
    bool made = looked_at && compile(work) && assemble(work) && inspect(work) && link_subject(work);
    pthread_mutex_lock(&grading->lock);
    struct record_build *build = &grading->record->builds[work->build];
    bool noted = record_set(&build->toolchain, toolchain->name) &&
                 record_set(&build->flags, toolchain->flags_told[work->build]);
    build->build = work->build;
    build->wall_ns = now_ns() - start;
    build->cpu_ns = work->made_cpu_ns;
    pthread_mutex_unlock(&grading->lock);
    if (!noted)
        stop_for_fault(grading, "The build could not be recorded", -ENOMEM);
    return made && noted;
}

void engine_build(struct grading *grading, enum build build)
{
    struct build_work work = {.grading = grading, .build = build};
    char error[MESSAGE_MAX_BYTES] = "";
    if (engine_is_stopped(grading))
        return;
    int failed = sandbox_open(&grading->engine->sandbox, grading->work, grading->kit, &work.sandbox,
                              error, sizeof(error));
    if (failed) {
        stop_for_fault(grading, error[0] ? error : "The sandbox could not be made", failed);
        return;
    }
    if (make_subject(&work)) {
        run_tests(&work);
        if (!engine_is_stopped(grading))
            add_lines(&work);
    }
    object_fini(&work.object);
    pthread_mutex_lock(&grading->lock);
    grading->layers &= sandbox_layers(work.sandbox);
    pthread_mutex_unlock(&grading->lock);
    sandbox_close(work.sandbox);
}
