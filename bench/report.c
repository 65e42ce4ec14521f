#include "bench/report.h"

#include "bench/peers.h"
#include "bench/statistics.h"

static double median_ns(const struct measure_rounds *rounds, unsigned contender)
{
    double ns[MEASURE_SAMPLES_MAX];
    for (unsigned i = 0; i < rounds->count; i++)
        ns[i] = rounds->ns[contender][i];
    return statistics_summarize(ns, rounds->count).median;
}

bool report_compare(const struct measurement *measurement, unsigned peer,
                    struct report_comparison *out)
{
    const struct measure_rounds *rounds = &measurement->rounds[measurement->state];
    if (!measurement->installed[peer] || rounds->count == 0)
        return false;
    double ratios[MEASURE_SAMPLES_MAX];
    for (unsigned i = 0; i < rounds->count; i++)
        ratios[i] = rounds->ns[0][i] / rounds->ns[peer][i];
    struct statistics ratio = statistics_summarize(ratios, rounds->count);
    *out = (struct report_comparison){
        .ours_ns = median_ns(rounds, 0),
        .peer_ns = median_ns(rounds, peer),
        .ratio = ratio.median,
        .spread = ratio.q3 - ratio.q1,
    };
    return true;
}

unsigned report_fastest(const struct measurement *measurement)
{
    unsigned fastest = 0;
    double worst_ratio = 0;
    struct report_comparison comparison;
    for (unsigned i = 1; i < MEASURE_CONTENDERS_MAX; i++) {
        if (report_compare(measurement, i, &comparison) && comparison.ratio > worst_ratio) {
            worst_ratio = comparison.ratio;
            fastest = i;
        }
    }
    return fastest;
}

static void print_head(const struct measurement *measurement)
{
    const struct bench_row *row = measurement->row;
    const struct measure_rounds *rounds = &measurement->rounds[measurement->state];
    printf("\n%s: %s (%u samples", row->name, row->work, rounds->count);
    if (row->two_threads)
        printf(", cores %s", probe_state_name(measurement->state));
    printf(")\n  %-16s %10s %10s %8s %8s %6s\n", "peer", "ours ns", "peer ns", "ratio", "spread",
           "floor");
}

static bool print_peer(const struct measurement *measurement, unsigned peer, bool is_fastest)
{
    const struct bench_row *row = measurement->row;
    struct report_comparison c;
    if (!report_compare(measurement, peer, &c)) {
        printf("  skipped: %s (package %s)\n", row->contenders[peer].name,
               peers_package(&row->contenders[peer]));
        return false;
    }
    printf("  %-16s %10.2f %10.2f %8.3f %8.3f", row->contenders[peer].name, c.ours_ns, c.peer_ns,
           c.ratio, c.spread);
    bool holds = is_fastest && row->floor > 0;
    bool missed = holds && c.ratio > row->floor;
    if (holds)
        printf(" %6.2f %s", row->floor, missed ? "MISSED" : "met");
    putchar('\n');
    return missed;
}

/* One past the last contender that the report names. */
static unsigned last(const struct measurement *measurement)
{
    unsigned count = 1;
    while (!measurement->ours_only && count < MEASURE_CONTENDERS_MAX &&
           measurement->row->contenders[count].name)
        count++;
    return count;
}

void report_answers(const struct measurement *measurement)
{
    const struct bench_row *row = measurement->row;
    unsigned agreed = 0;
    for (unsigned i = 0; i < last(measurement); i++)
        agreed += measurement->installed[i];
    printf("%s: %u contenders agree\n", row->name, agreed);
    for (unsigned i = 1; i < last(measurement); i++)
        if (!measurement->installed[i])
            printf("  skipped: %s (package %s)\n", row->contenders[i].name,
                   peers_package(&row->contenders[i]));
}

bool report_table(const struct measurement *measurement)
{
    unsigned fastest = report_fastest(measurement);
    bool missed = false;
    print_head(measurement);
    if (fastest == 0)
        printf("  %-16s %10.2f\n", "(none)",
               median_ns(&measurement->rounds[measurement->state], 0));
    for (unsigned i = 1; i < last(measurement); i++)
        missed |= print_peer(measurement, i, i == fastest);
    fflush(stdout);
    return missed;
}

static void put_string(FILE *file, const char *key, const char *value)
{
    fprintf(file, "\"%s\": \"", key);
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            fputc('\\', file);
        if ((unsigned char)*value >= ' ') /* control characters have no place in a name */
            fputc(*value, file);
    }
    fputs("\", ", file);
}

static void put_peer(FILE *file, const struct measurement *measurement, unsigned peer)
{
    const struct bench_row *row = measurement->row;
    struct report_comparison c;
    if (report_compare(measurement, peer, &c)) {
        fprintf(file, "\"ours_ns\": %.4f, \"peer_ns\": %.4f, \"ratio\": %.4f, \"spread\": %.4f, ",
                c.ours_ns, c.peer_ns, c.ratio, c.spread);
        fputs("\"skipped\": null, ", file);
    } else {
        fprintf(file, "\"ours_ns\": %.4f, ",
                median_ns(&measurement->rounds[measurement->state], 0));
        fputs("\"peer_ns\": null, \"ratio\": null, \"spread\": null, ", file);
        put_string(file, "skipped", peers_package(&row->contenders[peer]));
    }
}

static void put_row(FILE *file, const struct measurement *measurement, unsigned peer)
{
    const struct bench_row *row = measurement->row;
    fputc('{', file);
    put_string(file, "bench", row->name);
    put_string(file, "work", row->work);
    put_string(file, "peer", row->contenders[peer].name);
    put_peer(file, measurement, peer);
    fprintf(file, "\"floor\": %.2f, \"fastest\": %s, ", row->floor,
            peer == report_fastest(measurement) ? "true" : "false");
    put_string(file, "state",
               row->two_threads ? probe_state_name(measurement->state) : "one thread");
    fprintf(file, "\"samples\": %u}", measurement->rounds[measurement->state].count);
}

void report_json(const struct measurement *measurement, FILE *file, bool *first)
{
    /* A row without peers, or with ours alone timed, is one object whose peer is ours. */
    unsigned count = last(measurement);
    for (unsigned i = count > 1 ? 1 : 0; i < count; i++) {
        fputs(*first ? "\n" : ",\n", file);
        *first = false;
        put_row(file, measurement, i);
    }
}
