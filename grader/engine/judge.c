#include "grader/engine/judge.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "grader/base/text.h"
#include "grader/engine/end_record.h"
#include "grader/engine/report.h"

/* What a verdict is made of, under construction. */
struct judgement {
    const struct judge_case *one;
    struct record_run *run;
    struct text detail;
};

static void decide(struct judgement *judgement, enum verdict verdict)
{
    judgement->run->verdict = verdict;
}

/* ---- limits ---- */

/* Whether a failure came with memory nearly used up: malloc failed, and what followed is its doing. */
static bool used_up_memory(const struct judge_case *one)
{
    uint64_t limit = one->job->address_space_bytes;
    return limit > 0 && one->result->peak_bytes >= limit / 10 * 8;
}

static bool judge_limits(struct judgement *judgement)
{
    const struct judge_case *one = judgement->one;
    const struct sandbox_result *result = one->result;
    struct text *detail = &judgement->detail;
    if (result->over_output) {
        decide(judgement, VERDICT_OUTPUT_LIMIT);
        text_append(detail, "It printed more than %zu KiB.", one->job->output_bytes / 1024);
    } else if (result->over_record) {
        decide(judgement, VERDICT_FORGED);
        text_append(detail, "It filled the channel on which only the test's own record belongs.");
    } else if (result->end == RUNNER_END_DEADLOCK) {
        decide(judgement, VERDICT_DEADLOCK);
        text_append(detail, "Every thread waited for another one, and none could ever go on.");
    } else if (result->end == RUNNER_END_MEMORY) {
        decide(judgement, VERDICT_MEMORY_LIMIT);
        text_append(detail, "It used more than %u MiB of memory.",
                    one->manifest->limits.memory_mib);
    } else if (result->end == RUNNER_END_CPU) {
        decide(judgement, VERDICT_TIMEOUT_CPU);
        text_append(detail, "It used more than %g s of CPU time: does a loop never end?%s",
                    (double)one->job->cpu_ns / 1e9,
                    one->build == BUILD_INTERLEAVE
                        ? " Or are there far more ways for the threads to meet than there need be?"
                        : "");
    } else if (result->over_wall) {
        decide(judgement, VERDICT_TIMEOUT_WALL);
        text_append(detail, "It was not done after %g s, %.1f s of them at work: is it waiting?",
                    (double)one->job->wall_ns / 1e9, (double)result->cpu_ns / 1e9);
    } else {
        return false;
    }
    return true;
}

/* ---- a sanitizer's report ---- */

static bool judge_report(struct judgement *judgement, struct text *output)
{
    const struct judge_case *one = judgement->one;
    struct report report;
    int status = one->result->status;
    if (one->build == BUILD_PLAIN || one->build == BUILD_INTERLEAVE || !WIFEXITED(status) ||
        WEXITSTATUS(status) == 0)
        return false;
    const char *fault = report_of_fault(output->data);
    if (fault && one->sanitizer_works) {
        /* Printed by the submission, or by a sanitizer whose memory it overwrote. */
        decide(judgement, VERDICT_FAIL);
        text_append(&judgement->detail,
                    "The program ended with exit(%d) before the test was over, and with words that "
                    "a sanitizer uses only for its own failure: %.*s",
                    WEXITSTATUS(status), (int)strcspn(fault, "\n"), fault);
        return true;
    }
    if (fault) {
        decide(judgement, VERDICT_GRADER_ERROR);
        text_append(&judgement->detail, "A sanitizer does not work on this machine: %.*s",
                    (int)strcspn(fault, "\n"), fault);
        return true;
    }
    if (WEXITSTATUS(status) != JUDGE_SANITIZER_EXIT)
        return false;
    if (!report_parse(output->data, one->manifest->file, &report))
        return false;
    decide(judgement, report.verdict);
    text_append_bytes(&judgement->detail, report.detail.data, report.detail.length);
    bool done = record_set(&judgement->run->student_at, report.student_at);
    judgement->detail.failed = judgement->detail.failed || report.detail.failed || !done;
    /* The report is in the detail: the output keeps what the program itself printed. */
    memmove(output->data + report.begin, output->data + report.end,
            output->length - report.end + 1);
    output->length -= report.end - report.begin;
    report_fini(&report);
    return true;
}

/* ---- signals ---- */

static bool judge_signal(struct judgement *judgement)
{
    const struct judge_case *one = judgement->one;
    int status = one->result->status;
    if (!WIFSIGNALED(status))
        return false;
    int number = WTERMSIG(status);
    const char *name = sigabbrev_np(number);
    const char *words = number == SIGSEGV   ? "an access to memory that is not there"
                        : number == SIGABRT ? "abort, perhaps by a failed assert or a broken heap"
                        : number == SIGFPE  ? "a division by zero"
                        : number == SIGXFSZ ? "a file larger than the limit"
                        : number == SIGBUS  ? "an access to memory that cannot be reached"
                        : number == SIGILL  ? "an instruction that is not one"
                        : number == SIGTRAP ? "a trap"
                                            : sigdescr_np(number);
    if (number == SIGSYS) { /* the harness's guard, or the sandbox's filter */
        decide(judgement, VERDICT_FORGED);
        text_append(&judgement->detail,
                    "It made a system call of its own, or touched the channel on which the test's "
                    "record goes out. A submission leaves both to the functions that it may call.");
        return true;
    }
    decide(judgement, used_up_memory(one) ? VERDICT_MEMORY_LIMIT : VERDICT_SIGNAL);
    text_append(&judgement->detail, "Killed by SIG%s: %s.", name ? name : "?", words ? words : "?");
    if (judgement->run->verdict == VERDICT_MEMORY_LIMIT)
        text_append(&judgement->detail, " Its memory was used up before: the limit is %u MiB.",
                    one->manifest->limits.memory_mib);
    return true;
}

bool judge_says_killed(const struct record_run *run)
{
    static const char words[] = "Killed by SIGKILL:"; /* as above */
    return run->verdict == VERDICT_SIGNAL && strncmp(run->detail, words, strlen(words)) == 0;
}

/* ---- interleave's trace ---- */

/* The first of the student's lines in the sentence that says what failed: "stack.c:41". */
static bool take_line(struct judgement *judgement, const char *trace)
{
    char at[300];
    const char *file = judgement->one->manifest->file;
    const char *end = trace + strcspn(trace, "\n"), *found = trace;
    size_t length = strlen(file);
    while ((found = strstr(found, file)) && found < end) {
        size_t digits = found[length] == ':' ? strspn(found + length + 1, "0123456789") : 0;
        if (digits > 0 && (found == trace || found[-1] == ' ')) {
            snprintf(at, sizeof(at), "%.*s", (int)(length + 1 + digits), found);
            return record_set(&judgement->run->student_at, at);
        }
        found += length;
    }
    return true;
}

/* What happened, and how to see it again. */
static bool take_trace(struct judgement *judgement, const struct end_record *record)
{
    const struct judge_case *one = judgement->one;
    if (!record->trace)
        return true;
    text_append_bytes(&judgement->detail, record->trace, strlen(record->trace));
    if (record->replay[0])
        text_append(&judgement->detail,
                    "again: ./syslab interleave --exercise %s --test %s --replay %s\n",
                    one->manifest->exercise, one->test->name, record->replay);
    return take_line(judgement, record->trace);
}

/* Only the explorer tells apart what else can become of a test. */
static bool may_say(const struct judge_case *one, const char *verdict)
{
    return one->build == BUILD_INTERLEAVE || strcmp(verdict, "pass") == 0 ||
           strcmp(verdict, "fail") == 0 || strcmp(verdict, "leak") == 0;
}

/* ---- the end record ---- */

static bool take_record(struct judgement *judgement, const struct end_record *record)
{
    struct record_run *run = judgement->run;
    return record_set(&run->measured, record->measured) && record_set(&run->test_at, record->at) &&
           record_set(&run->requirement, record->requirement) &&
           record_set(&run->expected, record->expected) && record_set(&run->actual, record->actual);
}

static void describe_end(struct judgement *judgement, const char *wrong)
{
    const struct sandbox_result *result = judgement->one->result;
    int status = WEXITSTATUS(result->status);
    if (result->record_length == 0)
        text_append(&judgement->detail,
                    "The program ended with exit(%d) before the test was over: a submission has to "
                    "return to whoever called it.",
                    status);
    else
        text_append(&judgement->detail, "It ended with status %d and left %s.", status, wrong);
}

static void decide_failure(struct judgement *judgement, const struct end_record *record)
{
    enum verdict verdict;
    if (!verdict_parse(record->verdict, &verdict))
        verdict = VERDICT_FAIL;
    if (verdict == VERDICT_FAIL && used_up_memory(judgement->one))
        verdict = VERDICT_MEMORY_LIMIT;
    decide(judgement, verdict);
}

/* verdict pass goes with exit status 0, all others with 1. */
static void judge_record(struct judgement *judgement)
{
    const struct judge_case *one = judgement->one;
    struct end_record record;
    const char *wrong = end_record_parse(one->result->record, one->result->record_length,
                                         one->job->nonce, one->test->name, &record);
    bool pass = strcmp(record.verdict, "pass") == 0;
    if (!wrong && WEXITSTATUS(one->result->status) != (pass ? 0 : 1))
        wrong = "a record that does not go with it";
    if (!wrong && !may_say(one, record.verdict))
        wrong = "an end record of the wrong shape";
    if (wrong) {
        decide(judgement, VERDICT_FORGED);
        describe_end(judgement, wrong);
    } else if (pass) {
        decide(judgement, VERDICT_PASS);
        judgement->run->score = record.score;
    } else {
        decide_failure(judgement, &record);
    }
    if (!wrong && !(take_record(judgement, &record) && take_trace(judgement, &record)))
        judgement->detail.failed = true;
    end_record_fini(&record);
}

static void judge_fault(struct judgement *judgement)
{
    decide(judgement, VERDICT_GRADER_ERROR);
    text_append(&judgement->detail, "The test could not be run: %s.",
                judgement->one->result->fault);
}

bool judge_run(const struct judge_case *one, struct record_run *run)
{
    struct judgement judgement = {.one = one, .run = run};
    const struct sandbox_result *result = one->result;
    struct text output = {NULL, 0, 0, false};
    char *clean = text_clean(result->output ? result->output : "", result->output_length);
    text_append(&output, "%s", clean ? clean : "");
    text_append(&judgement.detail, "%s", "");
    bool done = clean && !output.failed && !judgement.detail.failed;
    free(clean);
    run->build = one->build;
    run->score = 0;
    run->output_cut_bytes = result->output_cut_bytes;
    run->wall_ns = result->wall_ns;
    run->cpu_ns = result->cpu_ns;
    run->memory_peak_bytes = result->peak_bytes;
    if (done && result->end == RUNNER_END_FAULT)
        judge_fault(&judgement);
    else if (done && !judge_limits(&judgement) && !judge_report(&judgement, &output) &&
             !judge_signal(&judgement))
        judge_record(&judgement);
    done = done && !judgement.detail.failed && record_set(&run->detail, judgement.detail.data) &&
           record_set(&run->output, output.data);
    text_fini(&judgement.detail);
    text_fini(&output);
    return done;
}
