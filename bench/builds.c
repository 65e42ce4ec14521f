/* builds.c - the table that compares builds of the course: LTO, PGO, another malloc. */
#include <string.h>

#include "bench/statistics.h"
#include "bench/views.h"

enum { ROUNDS_MAX = 64 };

static const struct result *find(const struct results *results, const char *bench)
{
    for (size_t i = 0; i < results->count; i++)
        if (strcmp(results->rows[i].bench, bench) == 0)
            return &results->rows[i];
    return NULL;
}

/* The nth build of that name, or NULL. */
static const struct results *round_of(const struct views_build *builds, size_t count,
                                      const char *name, size_t number)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(builds[i].name, name) == 0 && number-- == 0)
            return &builds[i].results;
    return NULL;
}

static bool seen_before(const struct views_build *builds, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (strcmp(builds[i].name, builds[at].name) == 0)
            return true;
    return false;
}

/* One cell: the time in the base build; in the others the ratio to it, round by round. */
static void cell(const struct views_build *builds, size_t count, const char *name,
                 const char *bench, FILE *out)
{
    double values[ROUNDS_MAX];
    size_t rounds = 0;
    bool base = strcmp(name, builds[0].name) == 0;
    for (size_t i = 0; rounds < ROUNDS_MAX; i++) {
        const struct results *mine = round_of(builds, count, name, i);
        const struct results *theirs = round_of(builds, count, builds[0].name, i);
        if (!mine || !theirs)
            break;
        const struct result *ours = find(mine, bench), *basis = find(theirs, bench);
        if (ours && basis)
            values[rounds++] = base ? ours->ours_ns : ours->ours_ns / basis->ours_ns;
    }
    if (rounds == 0) {
        fputs(" |", out);
        return;
    }
    struct statistics s = statistics_summarize(values, rounds);
    if (base)
        fprintf(out, " %.2f |", s.median);
    else
        fprintf(out, " %.2f (%.2f) |", s.median, s.q3 - s.q1);
}

static void head(const struct views_build *builds, size_t count, FILE *out)
{
    fprintf(out, "| ours | %s, ns |", builds[0].name);
    for (size_t i = 1; i < count; i++)
        if (!seen_before(builds, i))
            fprintf(out, " %s |", builds[i].name);
    fputs("\n| --- |", out);
    for (size_t i = 0; i < count; i++)
        if (!seen_before(builds, i))
            fputs(" ---: |", out);
    fputc('\n', out);
}

void views_builds(const struct views_build *builds, size_t count, FILE *out)
{
    const struct results *base = &builds[0].results;
    head(builds, count, out);
    for (size_t row = 0; row < base->count; row++) {
        const char *bench = base->rows[row].bench;
        if (row > 0 && strcmp(bench, base->rows[row - 1].bench) == 0)
            continue;
        fprintf(out, "| `%s` |", bench);
        for (size_t i = 0; i < count; i++)
            if (!seen_before(builds, i))
                cell(builds, count, builds[i].name, bench, out);
        fputc('\n', out);
    }
}
