#include "grader/verify/mutation_view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/files.h"
#include "grader/base/prose.h"

/* ---- for a person ---- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* "slab.c:72, comparison: > -> >=" and below it the line; or the file that a tool made. */
static void print_name(const struct terminal *terminal, const struct mutation *mutation,
                       const struct mutation_case *one)
{
    FILE *out = terminal->out;
    const struct mutant *mutant = one->mutant;
    if (!mutant) {
        prose_put_name(out, base_name(one->file), terminal->utf8);
        fputc('\n', out);
        return;
    }
    fprintf(out, "%s:%u, %s: ", mutation->manifest->file, mutant->line, mutant->operator);
    prose_put_name(out, mutant->change, terminal->utf8);
    if (mutant->occurrence > 1)
        fprintf(out, " (occurrence %u)", mutant->occurrence);
    fprintf(out, "\n             %s", terminal_style(terminal, STYLE_FAINT));
    prose_put_name(out, mutant->text, terminal->utf8);
    fprintf(out, "%s\n", terminal_style(terminal, STYLE_PLAIN));
}

static void print_case(const struct terminal *terminal, const struct mutation *mutation,
                       const struct mutation_case *one)
{
    FILE *out = terminal->out;
    bool stale = mutation_is_stale(one), fault = one->fate == MUTATION_FAULT;
    bool bad = stale || fault || one->fate == MUTATION_SURVIVED;
    if (!bad && one->fate != MUTATION_EQUIVALENT)
        return;
    fprintf(out, "  %s%-10s%s ", terminal_style(terminal, bad ? STYLE_BAD : STYLE_FAINT),
            stale ? "stale" : mutation_fate_name(one->fate), terminal_style(terminal, STYLE_PLAIN));
    print_name(terminal, mutation, one);
    const struct prose_layout layout = {13, terminal->columns, terminal->utf8};
    if (stale || fault)
        fprintf(out, "             %s%s", stale ? "listed as equivalent, and killed: " : "",
                one->by);
    if (stale || fault)
        fputc('\n', out);
    else if (one->listed) {
        fputs("             ", out);
        prose_wrap(out, one->listed->reason, layout);
    }
}

struct tally {
    const char *operator;
    size_t fates[MUTATION_FATES];
};

/* One line for each operator, in the order in which the source has them. */
static void print_operators(const struct terminal *terminal, const struct mutation *mutation)
{
    struct tally tallies[32] = {{NULL, {0}}};
    size_t count = 0;
    for (size_t i = 0; i < mutation->count; i++) {
        const char *operator= mutation->cases[i].mutant ? mutation->cases[i].mutant->operator
            : "foreign";
        size_t at = 0;
        while (at < count && strcmp(tallies[at].operator, operator) != 0)
            at++;
        if (at == sizeof(tallies) / sizeof(tallies[0]))
            continue;
        tallies[at].operator= operator;
        count += at == count;
        tallies[at].fates[mutation->cases[i].fate]++;
    }
    fprintf(terminal->out, "  %s%-14s %8s %9s %11s %6s%s\n", terminal_style(terminal, STYLE_FAINT),
            "operator", "killed", "survived", "equivalent", "apart",
            terminal_style(terminal, STYLE_PLAIN));
    for (size_t i = 0; i < count; i++) {
        const size_t *fates = tallies[i].fates;
        fprintf(terminal->out, "  %-14s %8zu %9zu %11zu %6zu\n", tallies[i].operator,
                fates[MUTATION_KILLED], fates[MUTATION_SURVIVED], fates[MUTATION_EQUIVALENT],
                fates[MUTATION_SAME] + fates[MUTATION_DUPLICATE] + fates[MUTATION_NOT_COMPILED] +
                    fates[MUTATION_FAULT]);
    }
}

void mutation_view_print(const struct terminal *terminal, const struct mutation *mutation)
{
    FILE *out = terminal->out;
    const char *plain = terminal_style(terminal, STYLE_PLAIN);
    fprintf(out, "%s%s%s: %zu mutants of solution/%s", terminal_style(terminal, STYLE_STRONG),
            mutation->manifest->exercise, plain, mutation->made, mutation->manifest->file);
    if (mutation->sample && mutation->sample < mutation->made)
        fprintf(out, ", a sample of %zu (seed %u)", mutation->count, mutation->seed);
    else if (mutation->count < mutation->made)
        fprintf(out, ", %zu of them looked at", mutation->count);
    fputc('\n', out);
    for (size_t i = 0; i < mutation->count; i++)
        print_case(terminal, mutation, &mutation->cases[i]);
    print_operators(terminal, mutation);
    size_t killed = mutation_count(mutation, MUTATION_KILLED);
    size_t survived = mutation_count(mutation, MUTATION_SURVIVED);
    fprintf(out,
            "  apart: %zu are the reference's own program, %zu another mutant's, %zu do not "
            "compile\n",
            mutation_count(mutation, MUTATION_SAME), mutation_count(mutation, MUTATION_DUPLICATE),
            mutation_count(mutation, MUTATION_NOT_COMPILED));
    fprintf(out,
            "  %skill rate %.1f %%%s of %zu, %zu survived, %zu equivalent; floor %d %%; %.0f s\n",
            terminal_style(terminal, mutation_passes(mutation) ? STYLE_GOOD : STYLE_BAD),
            mutation_rate(mutation), plain, killed + survived, survived,
            mutation_count(mutation, MUTATION_EQUIVALENT), MUTATION_FLOOR_PERCENT,
            (double)mutation->wall_ns / 1e9);
}

/* ---- JSON ---- */

static json_t *case_to_json(const struct mutation_case *one)
{
    const struct mutant *mutant = one->mutant;
    json_t *object = mutant ? json_pack("{s:s, s:i, s:s, s:s, s:i}", "operator", mutant->operator,
                                        "line", (int)mutant->line, "text", mutant->text, "change",
                                        mutant->change, "occurrence", (int)mutant->occurrence)
                            : json_pack("{s:s}", "file", base_name(one->file));
    json_object_set_new(object, "fate", json_string(mutation_fate_name(one->fate)));
    if (one->fate == MUTATION_KILLED) {
        json_object_set_new(object, "verdict", json_string(verdict_name(one->verdict)));
        json_object_set_new(object, "killed_by", json_string(one->by));
    }
    if (one->fate == MUTATION_DUPLICATE)
        json_object_set_new(object, "duplicate_of", json_integer((json_int_t)one->twin));
    if (one->listed)
        json_object_set_new(object, "reason", json_string(one->listed->reason));
    return object;
}

json_t *mutation_view_json(const struct mutation *mutation)
{
    json_t *counts = json_object(), *cases = json_array();
    for (int fate = MUTATION_KILLED; fate < MUTATION_FATES; fate++)
        json_object_set_new(
            counts, mutation_fate_name((enum mutation_fate)fate),
            json_integer((json_int_t)mutation_count(mutation, (enum mutation_fate)fate)));
    for (size_t i = 0; i < mutation->count; i++)
        json_array_append_new(cases, case_to_json(&mutation->cases[i]));
    return json_pack("{s:s, s:I, s:I, s:I, s:f, s:i, s:b, s:f, s:o, s:o}", "exercise",
                     mutation->manifest->exercise, "made", (json_int_t)mutation->made, "sample",
                     (json_int_t)mutation->sample, "seed", (json_int_t)mutation->seed, "kill_rate",
                     mutation_rate(mutation), "floor", MUTATION_FLOOR_PERCENT, "passes",
                     (int)mutation_passes(mutation), "seconds", (double)mutation->wall_ns / 1e9,
                     "counts", counts, "mutants", cases);
}

/* ---- the page ---- */

void mutation_view_row(const struct mutation *mutation, struct text *rows)
{
    text_append(
        rows, "| %s | %zu | %zu | %zu | %zu | %zu | %.1f %% |\n", mutation->manifest->exercise,
        mutation->made,
        mutation_count(mutation, MUTATION_SAME) + mutation_count(mutation, MUTATION_DUPLICATE) +
            mutation_count(mutation, MUTATION_NOT_COMPILED),
        mutation_count(mutation, MUTATION_EQUIVALENT), mutation_count(mutation, MUTATION_KILLED),
        mutation_count(mutation, MUTATION_SURVIVED), mutation_rate(mutation));
}

/* The length of the row's first cell, "| 03_memory/slab |". */
static size_t name_bytes(const char *row)
{
    return strcspn(row + 2, "|") + 3;
}

static bool has_row_of(const char *rows, const char *row)
{
    for (const char *at = rows; *at; at += strcspn(at, "\n"), at += *at == '\n')
        if (strncmp(at, row, name_bytes(row)) == 0)
            return true;
    return false;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The new rows and, in [from, to), the old ones of other exercises, sorted. Changes both texts. */
static void merge_rows(char *from, const char *to, char *rows, struct text *out)
{
    enum { ROWS_MAX = 500 };
    char *all[ROWS_MAX], *line;
    size_t count = 0;
    bool head = true;
    for (char *at = from; at < to && count < ROWS_MAX; at = line + 1) {
        line = strchr(at, '\n');
        *line = '\0';
        if (!head && at[0] == '|' && !has_row_of(rows, at))
            all[count++] = at;
        head = head && strncmp(at, "| ---", 5) != 0;
    }
    for (char *at; (at = strsep(&rows, "\n")) && count < ROWS_MAX;)
        if (*at)
            all[count++] = at;
    qsort(all, count, sizeof(*all), by_name);
    for (size_t i = 0; i < count; i++)
        text_append(out, "%s\n", all[i]);
}

int mutation_view_page(const char *path, const char *rows)
{
    static const char begin[] = "<!-- mutants -->\n", end[] = "<!-- end -->\n";
    static const char head[] =
        "\n| exercise | mutants | apart | equivalent | killed | survived | kill rate |\n"
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n";
    char *page;
    size_t size;
    int failed = files_read(path, &page, &size);
    if (failed)
        return failed;
    char *from = strstr(page, begin), *to = from ? strstr(from, end) : NULL;
    char *own = rows ? strdup(rows) : NULL;
    struct text text = {NULL, 0, 0, false};
    if (!to || (rows && !own))
        failed = to ? -ENOMEM : -EINVAL;
    if (!failed && rows) {
        from += strlen(begin);
        text_append_bytes(&text, page, (size_t)(from - page));
        text_append(&text, "%s", head);
        merge_rows(from, to, own, &text);
        text_append(&text, "\n%s", to);
        failed = text.failed ? -ENOMEM : files_write(path, text.data, text.length);
    }
    text_fini(&text);
    free(own);
    free(page);
    return failed;
}
