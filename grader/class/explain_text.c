/* explain_text.c - a grade's account for a person who reads it: see explain.h. */
#include <stdlib.h>
#include <string.h>

#include "grader/base/files.h"
#include "grader/base/prose.h"
#include "grader/class/explain.h"
#include "grader/record/change.h"
#include "grader/record/view.h"

enum { LABEL_COLUMNS = 14, NAME_COLUMNS_MAX = 40, HASH_DIGITS = 12 };

/* What a screen is printed with. */
struct account {
    const struct explain *explain;
    const struct record *record;
    const struct terminal *terminal;
    FILE *out;
};

static const char *style(const struct account *account, enum style which)
{
    return terminal_style(account->terminal, which);
}

static void section(const struct account *account, const char *title)
{
    fprintf(account->out, "\n%s%s%s\n", style(account, STYLE_STRONG), title,
            style(account, STYLE_PLAIN));
}

static void wrapped(const struct account *account, unsigned indent, const char *text)
{
    const struct terminal *terminal = account->terminal;
    prose_wrap(account->out, text,
               (struct prose_layout){indent, terminal->columns, terminal->utf8});
}

static void labelled(const struct account *account, const char *label, const char *text)
{
    fprintf(account->out, "  %s%-*s%s", style(account, STYLE_FAINT), LABEL_COLUMNS - 2, label,
            style(account, STYLE_PLAIN));
    wrapped(account, LABEL_COLUMNS, text);
}

/* Each line of a text as a paragraph with a dash. */
static void dashed(const struct account *account, unsigned indent, const struct text *lines)
{
    for (const char *at = lines->data; at && *at;) {
        char line[1000];
        size_t length = strcspn(at, "\n");
        snprintf(line, sizeof(line), "- %.*s", (int)length, at);
        fprintf(account->out, "%*s", (int)indent, "");
        wrapped(account, indent + 2, line);
        at += length + (at[length] == '\n');
    }
}

static void points_of(enum verdict verdict, double points, unsigned max_points, char *out,
                      size_t out_bytes)
{
    if (verdict == VERDICT_GRADER_ERROR)
        snprintf(out, out_bytes, "no grade");
    else
        snprintf(out, out_bytes, "%g of %u points", points, max_points);
}

static void headline(const struct account *account)
{
    const struct record *record = account->record;
    char points[64];
    points_of(record->verdict, record->points, record->max_points, points, sizeof(points));
    fputs(style(account, STYLE_STRONG), account->out);
    prose_put_name(account->out, account->explain->student, account->terminal->utf8);
    fprintf(account->out, ", %s: %s%s\n", account->explain->exercise, points,
            style(account, STYLE_PLAIN));
    terminal_bar(account->terminal, record->points, record->max_points, account->terminal->columns);
    fputc('\n', account->out);
}

/* ---- what was graded ---- */

/* For the student, who has no business with the folders above the class's: "ann/03_memory/arena/arena.c". */
static const char *shown(const struct explain *explain)
{
    char below[PATH_MAX];
    const char *slash = strrchr(explain->path, '/');
    int length = snprintf(below, sizeof(below), "/%s/%s%s", explain->student, explain->exercise,
                          slash ? slash : "/");
    size_t path_length = strlen(explain->path);
    if (length >= (int)sizeof(below) || path_length < (size_t)length ||
        strcmp(explain->path + path_length - (size_t)length, below) != 0)
        return files_display_path(explain->path);
    return explain->path + path_length - (size_t)length + 1;
}

static void print_file(const struct account *account)
{
    static const char *const states[] = {
        [EXPLAIN_SAME] = "The file is still the one that was graded.",
        [EXPLAIN_CHANGED] = "The file has changed since; this is about the one graded.",
        [EXPLAIN_GONE] = "The file is not there any more.",
    };
    const struct explain *explain = account->explain;
    char text[400];
    fprintf(account->out, "  %s%-*s%s", style(account, STYLE_FAINT), LABEL_COLUMNS - 2, "file",
            style(account, STYLE_PLAIN));
    prose_put_name(account->out, shown(explain), account->terminal->utf8);
    snprintf(text, sizeof(text), "%s%s", states[explain->file],
             explain->kept ? " Its text is kept with the grade."
             : explain->file == EXPLAIN_SAME
                 ? ""
                 : " Its text was not kept, so this grade cannot be had again.");
    fprintf(account->out, "\n%*s", LABEL_COLUMNS, "");
    wrapped(account, LABEL_COLUMNS, text);
    labelled(account, "SHA-256",
             account->record->submission_hash[0] ? account->record->submission_hash
                                                 : "none: there was no file that could be read");
}

static void print_builds(const struct account *account)
{
    static const char *const ways[BUILD_COUNT] = {
        [BUILD_PLAIN] = "plain: as anyone would build it",
        [BUILD_ASAN] = "asan: with every use of memory checked",
        [BUILD_TSAN] = "tsan: with everything that threads share checked",
        [BUILD_INTERLEAVE] = "interleave: run in every way that its threads can meet",
    };
    for (unsigned i = 0; i < account->record->build_count; i++) {
        const struct record_build *build = &account->record->builds[i];
        char text[700];
        snprintf(text, sizeof(text), "%s (%s %s)", ways[build->build], build->toolchain,
                 build->flags);
        labelled(account, i == 0 ? "built" : "", text);
    }
}

static void print_origin(const struct account *account)
{
    const struct record *record = account->record;
    const struct explain *explain = account->explain;
    char text[400];
    section(account, "What was graded, and how");
    print_file(account);
    snprintf(text, sizeof(text), "%s, in %.1f s", record->graded_at, (double)record->wall_ns / 1e9);
    labelled(account, "when", text);
    snprintf(text, sizeof(text), "grader %.*s and %s%s", HASH_DIGITS, record->grader_hash,
             record->toolchain,
             explain->programs_known && !explain->program_changes.length ? ", as they are now"
                                                                         : "");
    labelled(account, "by", text);
    if (explain->programs_known && explain->program_changes.length) {
        fprintf(account->out, "%*sSince then these have changed:\n", LABEL_COLUMNS, "");
        dashed(account, LABEL_COLUMNS, &explain->program_changes);
    }
    snprintf(text, sizeof(text), "%.*s%s", HASH_DIGITS, record->suite_hash,
             !explain->suite_known           ? "; they are not here to be compared with"
             : explain->suite_changes.length ? "; since then these have changed:"
                                             : ", as they are now");
    labelled(account, "tests", text);
    dashed(account, LABEL_COLUMNS, &explain->suite_changes);
    if (explain->suite_changes.length)
        fprintf(account->out, "%*s'./syslab regrade' grades again.\n", LABEL_COLUMNS, "");
    print_builds(account);
    snprintf(text, sizeof(text), "%s%s",
             record_was_sandboxed(record->layers) ? "" : "none: it was graded with --no-sandbox; ",
             record->layers);
    labelled(account, "sandbox", text);
}

/* ---- points ---- */

static const struct record_run *run_in(const struct record_test *test, enum build build)
{
    for (unsigned i = 0; i < test->run_count; i++)
        if (test->runs[i].build == build)
            return &test->runs[i];
    return NULL;
}

/* "crashed (plain); breaks a rule of C: undefined behaviour (asan)"; without the ways where they agree. */
static void print_runs(const struct account *account, const struct record_test *test)
{
    bool told[BUILD_COUNT] = {false}, agree = true;
    for (unsigned i = 1; i < test->run_count; i++)
        agree = agree && test->runs[i].verdict == test->runs[0].verdict;
    for (unsigned i = 0; i < test->run_count; i++) {
        const char *before = " (";
        if (told[i])
            continue;
        fprintf(account->out, "%s%s", i ? "; " : "", view_verdict(test->runs[i].verdict));
        for (unsigned same = i; same < test->run_count; same++) {
            if (test->runs[same].verdict != test->runs[i].verdict)
                continue;
            told[same] = true;
            if (!agree)
                fprintf(account->out, "%s%s", before, manifest_build_name(test->runs[same].build));
            before = ", ";
        }
        fputs(agree ? "" : ")", account->out);
    }
    if (test->run_count == 0)
        fputs(view_verdict(VERDICT_SKIPPED), account->out);
    const struct record_run *plain = run_in(test, BUILD_PLAIN);
    if (plain && plain->measured[0]) {
        fputs(": ", account->out);
        prose_put(account->out, plain->measured, account->terminal->utf8);
    }
}

/* How often a test is run, and what for. */
static void print_ways(const struct account *account)
{
    bool any = false, asan = false, tsan = false, explored = false;
    char text[600];
    for (size_t i = 0; i < account->record->test_count; i++) {
        any = any || account->record->tests[i].run_count > 0;
        asan = asan || run_in(&account->record->tests[i], BUILD_ASAN);
        tsan = tsan || run_in(&account->record->tests[i], BUILD_TSAN);
        explored = explored || run_in(&account->record->tests[i], BUILD_INTERLEAVE);
    }
    if (!any)
        return;
    snprintf(text, sizeof(text),
             "A test is run plain%s%s.%s It earns its points when it passes each time; one that "
             "measures earns a part of them.",
             asan ? ", and again with every use of memory checked (asan)" : "",
             tsan ? ", and with everything that threads share checked (tsan)" : "",
             explored
                 ? " Some are run once for each way in which their threads can meet (interleave)."
                 : "");
    fputs("  ", account->out);
    wrapped(account, 2, text);
    fputc('\n', account->out);
}

static void print_points(const struct account *account)
{
    const struct record *record = account->record;
    size_t columns = 0;
    for (size_t i = 0; i < record->test_count; i++) {
        size_t length = strlen(record->tests[i].name);
        columns = length > columns && length <= NAME_COLUMNS_MAX ? length : columns;
    }
    section(account, "How the points add up");
    print_ways(account);
    for (size_t i = 0; i < record->test_count; i++) {
        const struct record_test *test = &record->tests[i];
        bool whole = test->points >= test->max_points;
        fprintf(account->out, "  %s%s%s %-*s  %4g of %-3u  ",
                style(account, whole ? STYLE_GOOD : STYLE_BAD),
                terminal_mark(account->terminal, whole ? MARK_PASS : MARK_FAIL),
                style(account, STYLE_PLAIN), (int)columns, test->name, test->points,
                test->max_points);
        print_runs(account, test);
        fputs(test->hidden ? "; hidden" : "", account->out);
        fputc('\n', account->out);
    }
    fprintf(account->out, "  %s%*s %-*s  %4g of %-3u%s\n", style(account, STYLE_STRONG),
            account->terminal->utf8 ? 1 : 4, "", (int)columns, "together", record->points,
            record->max_points, style(account, STYLE_PLAIN));
}

static void print_verdict(const struct account *account)
{
    const struct record *record = account->record;
    char title[100];
    char *rule = explain_rule(record);
    snprintf(title, sizeof(title), "Why the verdict is \"%s\"", verdict_name(record->verdict));
    section(account, title);
    fputs("  ", account->out);
    wrapped(account, 2, rule ? rule : "");
    free(rule);
}

static void print_losses(const struct account *account)
{
    const struct record *record = account->record;
    const struct explain *explain = account->explain;
    struct manifest manifest = {.exercise = record->exercise, .file = record->file};
    char *slash = strrchr(record->file, '/');
    manifest.file = slash ? slash + 1 : record->file;
    const struct view view = {.terminal = *account->terminal,
                              .manifest = &manifest,
                              .shown = shown(explain),
                              .file = explain->file == EXPLAIN_SAME ? explain->path : NULL};
    bool titled = false;
    if (record->message[0]) {
        section(account, "What the grader said");
        view_message(&view, record);
    }
    for (size_t i = 0; i < record->test_count; i++) {
        const struct record_test *test = &record->tests[i];
        if (test->run_count == 0 || test->points >= test->max_points)
            continue;
        if (!titled)
            section(account, "What cost points");
        titled = true;
        fputc('\n', account->out);
        view_test(&view, test);
    }
}

/* ---- what was left out ---- */

static void print_cuts(const struct account *account)
{
    const struct record *record = account->record;
    bool titled = record->messages_cut_bytes > 0;
    if (titled) {
        section(account, "What was left out");
        fprintf(account->out, "  %llu bytes of what the compiler said\n",
                (unsigned long long)record->messages_cut_bytes);
    }
    for (size_t i = 0; i < record->test_count; i++)
        for (unsigned run = 0; run < record->tests[i].run_count; run++) {
            const struct record_run *one = &record->tests[i].runs[run];
            if (one->output_cut_bytes == 0)
                continue;
            if (!titled)
                section(account, "What was left out");
            titled = true;
            fprintf(account->out, "  %llu bytes of what %s printed, %s\n",
                    (unsigned long long)one->output_cut_bytes, record->tests[i].name,
                    manifest_build_name(one->build));
        }
}

/* ---- before, and again ---- */

static void print_change(const struct account *account, const struct explain_entry *before,
                         const struct explain_entry *now)
{
    struct change change;
    if (!before->record || !now->record ||
        change_describe(before->record, now->record, &change) != 0)
        return;
    if (change.causes.length) {
        fprintf(account->out, "    what was different:\n");
        dashed(account, 6, &change.causes);
    }
    if (change.tests.length) {
        fprintf(account->out, "    what came of it:\n");
        dashed(account, 6, &change.tests);
    }
    change_fini(&change);
}

static void print_history(const struct account *account)
{
    const struct explain *explain = account->explain;
    if (explain->count < 2)
        return;
    section(account, "The grade before, oldest first");
    for (size_t i = 0; i < explain->count; i++) {
        const struct explain_entry *entry = &explain->entries[i];
        char points[64];
        points_of(entry->verdict, entry->points, entry->max_points, points, sizeof(points));
        fprintf(account->out, "  %s  %s, %s%s\n", entry->since, points,
                verdict_name(entry->verdict), i + 1 == explain->count ? " (counts now)" : "");
        if (i > 0)
            print_change(account, &explain->entries[i - 1], entry);
    }
}

static void print_commands(const struct account *account)
{
    const struct record *record = account->record;
    char *commands = explain_commands(account->explain);
    if (commands && *commands) {
        section(account, "To have this grade again");
        for (const char *at = commands; *at;) {
            char line[PATH_MAX * 3];
            size_t length = strcspn(at, "\n");
            snprintf(line, sizeof(line), "%.*s", (int)length, at);
            fprintf(account->out, "  ");
            prose_put_name(account->out, line, account->terminal->utf8);
            fputc('\n', account->out);
            at += length + (at[length] == '\n');
        }
        bool threads = false;
        for (unsigned i = 0; i < record->build_count; i++)
            threads = threads || record->builds[i].build == BUILD_TSAN;
        fputs("  ", account->out);
        wrapped(account, 2,
                threads ? "The seed makes the tests draw the same random numbers. What threads do "
                          "is also a matter of the moment, which no seed repeats."
                        : "The seed makes the tests draw the same random numbers.");
    }
    free(commands);
}

void explain_print(const struct explain *explain, const struct terminal *terminal)
{
    const struct account account = {explain, explain->record, terminal, terminal->out};
    headline(&account);
    print_points(&account);
    print_verdict(&account);
    print_losses(&account);
    print_cuts(&account);
    print_history(&account);
    print_origin(&account);
    print_commands(&account);
}
