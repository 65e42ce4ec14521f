#include "bench/views.h"

#include <string.h>

static bool same_bench(const struct results *results, size_t left, size_t right)
{
    return left < results->count && right < results->count &&
           strcmp(results->rows[left].bench, results->rows[right].bench) == 0;
}

static void table_row(const struct results *results, size_t at, FILE *out)
{
    const struct result *row = &results->rows[at];
    bool first = at == 0 || !same_bench(results, at, at - 1);
    fprintf(out, "%-28s %-16s", first ? row->bench : "", row->peer);
    if (row->skipped) {
        fprintf(out, " %10.2f    skipped\n", row->ours_ns);
        return;
    }
    fprintf(out, " %10.2f %10.2f %7.3f %7.3f", row->ours_ns, row->peer_ns, row->ratio, row->spread);
    if (row->fastest && row->floor > 0)
        fprintf(out, " %6.2f %s", row->floor, results_missed(row) ? "MISSED" : "met");
    if (strcmp(row->state, "one thread") != 0)
        fprintf(out, "  (cores %s)", row->state);
    fputc('\n', out);
}

static bool skipped_before(const struct results *results, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (results->rows[i].skipped && strcmp(results->rows[i].peer, results->rows[at].peer) == 0)
            return true;
    return false;
}

void views_table(const struct results *results, FILE *out)
{
    fprintf(out, "%-28s %-16s %10s %10s %7s %7s %6s\n", "bench", "peer", "ours ns", "peer ns",
            "ratio", "spread", "floor");
    for (size_t i = 0; i < results->count; i++)
        table_row(results, i, out);
    for (size_t i = 0; i < results->count; i++) {
        const struct result *row = &results->rows[i];
        if (results_missed(row))
            fprintf(out, "floor missed: %s takes %.2f of %s's time, promised %.2f\n", row->bench,
                    row->ratio, row->peer, row->floor);
    }
    for (size_t i = 0; i < results->count; i++)
        if (results->rows[i].skipped && !skipped_before(results, i))
            fprintf(out, "skipped: %s (package %s)\n", results->rows[i].peer,
                    results->rows[i].skipped);
}

static bool of_module(const struct result *row, const char *module)
{
    size_t length = module ? strlen(module) : 0;
    return !module || (strncmp(row->bench, module, length) == 0 && row->bench[length] == '/');
}

static void markdown_peer(const struct result *row, const char *separator, FILE *out)
{
    const char *bold = row->fastest ? "**" : "";
    if (row->skipped)
        return;
    fprintf(out, "%s%s%s %.2f%s (%.2f)", separator, bold, row->peer, row->ratio, bold, row->spread);
}

/* The line of the bench that begins at `at`. Returns: where the next one begins. */
static size_t markdown_bench(const struct results *results, size_t at, FILE *out)
{
    const struct result *row = &results->rows[at], *fastest = NULL;
    const char *separator = "";
    bool cores = strcmp(row->state, "one thread") != 0;
    fprintf(out, "| `%s` %s%s%s | %.2f | ", row->bench, row->work, cores ? ", cores " : "",
            cores ? row->state : "", row->ours_ns);
    size_t i = at;
    do {
        markdown_peer(&results->rows[i], separator, out);
        separator = results->rows[i].skipped ? separator : ", ";
        fastest = results->rows[i].fastest ? &results->rows[i] : fastest;
    } while (same_bench(results, at, ++i));
    if (fastest && fastest->floor > 0)
        fprintf(out, " | %.2f %s |\n", fastest->floor, results_missed(fastest) ? "missed" : "met");
    else
        fputs(" | |\n", out);
    return i;
}

size_t views_markdown(const struct results *results, const char *module, FILE *out)
{
    size_t benches = 0;
    fputs("| work | ours, ns | ours / peer (spread) | floor |\n| --- | ---: | --- | --- |\n", out);
    for (size_t i = 0; i < results->count;) {
        if (of_module(&results->rows[i], module)) {
            i = markdown_bench(results, i, out);
            benches++;
        } else {
            i++;
        }
    }
    return benches;
}

void views_plot_data(const struct results *results, FILE *out)
{
    unsigned number = 0;
    for (size_t i = 0; i < results->count; i++) {
        const struct result *row = &results->rows[i];
        if (row->skipped || !row->fastest)
            continue;
        fprintf(out, "%u \"%s / %s\" %.4f %.4f %.4f\n", number++, row->bench, row->peer, row->ratio,
                row->spread, row->floor);
    }
}
