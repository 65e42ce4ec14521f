/* format_html_grade.c - one grade of the HTML page: its verdict, each test that cost points in
 * words, and what it was graded with. */
#include <errno.h>
#include <string.h>

#include "grader/base/html.h"
#include "grader/formats/format_case.h"
#include "grader/formats/format_html_internal.h"
#include "grader/record/view.h"

static void put_text(struct text *page, const char *text)
{
    html_text(page, text, strlen(text));
}

void format_html_verdict(struct text *page, enum verdict verdict)
{
    const char *class = verdict == VERDICT_PASS           ? "good"
                        : verdict == VERDICT_GRADER_ERROR ? "warn"
                        : verdict == VERDICT_SKIPPED      ? "faint"
                                                          : "bad";
    const char *mark = verdict == VERDICT_PASS           ? "\u2713"
                       : verdict == VERDICT_GRADER_ERROR ? "?"
                       : verdict == VERDICT_SKIPPED      ? "\u2013"
                                                         : "\u2717";
    text_append(page, "<span class=\"%s\"><span aria-hidden=\"true\">%s</span> %s</span>", class,
                mark, verdict_name(verdict));
}

static void put_row(struct text *page, const char *name, const char *value)
{
    if (*value == '\0')
        return;
    text_append(page, "<dt>%s</dt><dd>", name);
    put_text(page, value);
    text_append(page, "</dd>\n");
}

static void put_block(struct text *page, const char *words, const char *text)
{
    if (*text == '\0')
        return;
    text_append(page, "%s<pre>", words);
    put_text(page, text);
    text_append(page, "</pre>\n");
}

static bool has_facts(const struct record_run *run)
{
    return run && (run->requirement[0] || run->expected[0] || run->actual[0] || run->measured[0] ||
                   run->student_at[0] || run->test_at[0]);
}

static void put_run(struct text *page, const struct format_case *one)
{
    const struct record_run *run = one->run;
    bool same = strcmp(run->requirement, one->requirement) == 0;
    if (has_facts(run)) {
        text_append(page, "<dl>\n");
        put_row(page, "required", same ? "" : run->requirement);
        put_row(page, "expected", run->expected);
        put_row(page, "actual", run->actual);
        put_row(page, "measured", run->measured);
        put_row(page, "build", manifest_build_name(run->build));
        put_row(page, "the code", run->student_at);
        put_row(page, "the test", run->test_at);
        text_append(page, "</dl>\n");
    }
    put_block(page, "", run->detail);
    put_block(page, "<p class=\"faint\">it printed</p>", one->output.data);
}

/* A case that cost points, or told of the whole. Each can be folded away: mostly the first one is
 * the mistake, and the others follow from it. */
static void put_case(struct text *page, const struct format_case *one, bool open)
{
    const char *words = view_verdict(one->verdict);
    text_append(page, "<details class=\"test\"%s><summary>", open ? " open" : "");
    format_html_verdict(page, one->verdict);
    text_append(page, " ");
    html_name(page, one->name);
    if (one->hidden)
        text_append(page, " <span class=\"faint\">hidden</span>");
    if (one->max_points)
        text_append(page, "<span class=\"number\">%g of %u</span>", one->points, one->max_points);
    text_append(page, "</summary>\n<p>");
    put_text(page, one->requirement);
    if (one->verdict != VERDICT_FAIL && one->verdict != VERDICT_PASS)
        text_append(page, " <span class=\"faint\">It %s%s</span>", words, format_stop(words));
    text_append(page, "</p>\n");
    if (one->run)
        put_run(page, one);
    else
        put_block(page, "", one->message.data);
    text_append(page, "</details>\n");
}

static bool cost_points(const struct format_case *one)
{
    return one->verdict != VERDICT_SKIPPED &&
           (one->verdict != VERDICT_PASS || one->points < one->max_points);
}

/* The rest in one line each, folded away: they need no defence. */
static void put_folded(struct text *page, const struct format_cases *cases, enum verdict verdict)
{
    size_t count = 0;
    for (size_t i = 0; i < cases->count; i++)
        count += cases->all[i].verdict == verdict && !cost_points(&cases->all[i]);
    if (count == 0)
        return;
    text_append(page, "<details><summary>%zu test%s %s</summary>\n<ul>\n", count,
                count == 1 ? "" : "s",
                verdict == VERDICT_SKIPPED ? "not run"
                : count == 1               ? "passes"
                                           : "pass");
    for (size_t i = 0; i < cases->count; i++) {
        const struct format_case *one = &cases->all[i];
        if (one->verdict != verdict || cost_points(one))
            continue;
        text_append(page, "<li>");
        html_name(page, one->name);
        text_append(page, " <span class=\"faint\">%g of %u</span></li>\n", one->points,
                    one->max_points);
    }
    text_append(page, "</ul></details>\n");
}

static void put_origin(struct text *page, const struct record *record)
{
    char seed[32], times[80];
    uint64_t cut = 0;
    for (size_t i = 0; i < record->test_count; i++)
        for (unsigned run = 0; run < record->tests[i].run_count; run++)
            cut += record->tests[i].runs[run].output_cut_bytes;
    snprintf(seed, sizeof(seed), "%llu", (unsigned long long)record->seed);
    snprintf(times, sizeof(times), "%.3f s, %.3f s of them on a processor",
             format_seconds(record->wall_ns), format_seconds(record->cpu_ns));
    text_append(page, "<details><summary>How it was graded</summary>\n<dl>\n");
    put_row(page, "graded at", record->graded_at);
    put_row(page, "took", times);
    put_row(page, "sandbox", record->layers);
    put_row(page, "toolchain", record->toolchain);
    put_row(page, "seed", seed);
    put_row(page, "submission", record->submission_hash);
    put_row(page, "suite", record->suite_hash);
    put_row(page, "grader", record->grader_hash);
    if (cut)
        text_append(page, "<dt>output cut</dt><dd>%llu bytes</dd>\n", (unsigned long long)cut);
    text_append(page, "</dl></details>\n");
}

static void put_heading(struct text *page, const struct record *record)
{
    text_append(page, "<h3>");
    html_name(page, record->exercise);
    text_append(page, " ");
    format_html_verdict(page, record->verdict);
    if (record->verdict == VERDICT_GRADER_ERROR)
        text_append(page, "<span class=\"number\">no grade</span>");
    else
        text_append(page, "<span class=\"number\">%g of %u points</span>", record->points,
                    record->max_points);
    text_append(page, "</h3>\n");
    put_block(page, "<p>The compiler's warnings, which cost no points:</p>", record->warnings);
}

int format_html_grade(struct text *page, const struct gradebook *book,
                      const struct gradebook_cell *cell)
{
    struct format_cases cases = {0};
    struct record *record = gradebook_record(book, cell);
    int failed = record ? format_cases(record, &cases) : -ENOMEM;
    if (failed) {
        record_destroy(record);
        return failed;
    }
    text_append(page, "<article id=\"g%zu-%zu\">\n", cell->student, cell->exercise);
    put_heading(page, record);
    for (size_t i = 0, shown = 0; i < cases.count; i++)
        if (cost_points(&cases.all[i]))
            put_case(page, &cases.all[i], shown++ == 0);
    put_folded(page, &cases, VERDICT_PASS);
    put_folded(page, &cases, VERDICT_SKIPPED);
    put_origin(page, record);
    text_append(page, "</article>\n");
    format_cases_fini(&cases);
    record_destroy(record);
    return 0;
}
