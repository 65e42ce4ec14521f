#include "grader/verify/slowest.h"

#include <stdio.h>

/* What is less than FLOOR_MS lies so far below the least limit that its exact figure says nothing. */
enum { TOLERANCE = 4, FLOOR_MS = 20 };

void slowest_note(struct slowest *slowest, const struct record *record)
{
    for (size_t i = 0; i < record->test_count && i < MANIFEST_TESTS_MAX; i++) {
        for (unsigned j = 0; j < record->tests[i].run_count; j++) {
            const struct record_run *run = &record->tests[i].runs[j];
            if (run->verdict != VERDICT_PASS)
                continue;
            if (run->cpu_ns > slowest->tests[i].cpu_ns[run->build])
                slowest->tests[i].cpu_ns[run->build] = run->cpu_ns;
            if (run->wall_ns > slowest->tests[i].wall_ns[run->build])
                slowest->tests[i].wall_ns[run->build] = run->wall_ns;
        }
    }
}

/* The tests that one stated time speaks of: from first to last, without those that state their own. */
struct group {
    size_t first, last;
    const char *name; /* of a test that states its own; NULL for the others together */
};

/* The groups of a manifest: 0 is the exercise's, then each test's. Returns: false for a test that is
 * in the exercise's. */
static bool group_at(const struct manifest *manifest, size_t index, struct group *group)
{
    *group = (struct group){0, manifest->test_count, NULL};
    if (index == 0)
        return true;
    *group = (struct group){index - 1, index, manifest->tests[index - 1].name};
    return manifest->tests[index - 1].slow;
}

static bool in_group(const struct manifest *manifest, const struct group *group, size_t test)
{
    return group->name || !manifest->tests[test].slow;
}

/* The slowest of a group in one build; of its wall times the longest, which may be another test's. */
struct measured {
    enum build build;
    const struct manifest_test *test;
    uint64_t cpu_ns, wall_ns;
};

static void measure_build(const struct slowest *slowest, const struct manifest *manifest,
                          const struct group *group, struct measured *out)
{
    for (size_t i = group->first; i < group->last; i++) {
        uint64_t cpu_ns = slowest->tests[i].cpu_ns[out->build];
        uint64_t wall_ns = slowest->tests[i].wall_ns[out->build];
        if (!in_group(manifest, group, i))
            continue;
        if (wall_ns > out->wall_ns)
            out->wall_ns = wall_ns;
        if (cpu_ns > out->cpu_ns) {
            out->cpu_ns = cpu_ns;
            out->test = &manifest->tests[i];
        }
    }
}

/* Returns: how many builds a test of the group has run in; those are in *out. */
static unsigned measure(const struct slowest *slowest, const struct manifest *manifest,
                        const struct group *group, struct measured out[BUILD_COUNT])
{
    unsigned count = 0;
    for (int build = 0; build < BUILD_COUNT; build++) {
        out[count] = (struct measured){.build = (enum build)build};
        measure_build(slowest, manifest, group, &out[count]);
        count += out[count].test != NULL;
    }
    return count;
}

/* ---- what the manifest states ---- */

static bool group_stands(const struct slowest *slowest, const struct manifest *manifest,
                         const struct group *group)
{
    struct measured all[BUILD_COUNT];
    unsigned count = measure(slowest, manifest, group, all);
    for (unsigned i = 0; i < count; i++) {
        uint64_t measured = all[i].cpu_ns / 1000000;
        uint64_t stated = all[i].test->slowest_cpu.ms[all[i].build];
        measured = measured < FLOOR_MS ? FLOOR_MS : measured;
        stated = stated < FLOOR_MS ? FLOOR_MS : stated;
        if (measured > TOLERANCE * stated || stated > TOLERANCE * measured)
            return false;
    }
    return true;
}

static void print_line(const struct slowest *slowest, const struct manifest *manifest,
                       const struct group *group)
{
    struct measured all[BUILD_COUNT];
    unsigned count = measure(slowest, manifest, group, all);
    printf("      exercise.yaml states other times%s%s. As measured here: slowest_cpu_ms: {",
           group->name ? " for " : "", group->name ? group->name : "");
    for (unsigned i = 0; i < count; i++)
        printf("%s%s: %llu", i ? ", " : "", manifest_build_name(all[i].build),
               (unsigned long long)(all[i].cpu_ns + 999999) / 1000000);
    printf("}\n");
}

bool slowest_stands(const struct slowest *slowest, const struct manifest *manifest)
{
    bool all = true;
    struct group group;
    for (size_t i = 0; i <= manifest->test_count; i++) {
        if (!group_at(manifest, i, &group) || group_stands(slowest, manifest, &group))
            continue;
        print_line(slowest, manifest, &group);
        all = false;
    }
    return all;
}

/* ---- what was measured ---- */

static void print_group(const struct slowest *slowest, const struct manifest *manifest,
                        const struct group *group)
{
    struct measured all[BUILD_COUNT];
    unsigned count = measure(slowest, manifest, group, all);
    for (unsigned i = 0; i < count; i++) {
        const struct measured *one = &all[i];
        double cpu_ns = (double)one->cpu_ns, wall_ns = (double)one->wall_ns;
        double cpu_limit_ns = (double)manifest_cpu_ns(manifest, one->test, one->build);
        double wall_limit_ns = (double)manifest_wall_ns(manifest, one->test, one->build);
        printf("      %-5s CPU %7.1f ms, %2.0f%% of %4g s   wall %7.1f ms, %2.0f%% of %4g s   %s\n",
               manifest_build_name(one->build), cpu_ns / 1e6, 100 * cpu_ns / cpu_limit_ns,
               cpu_limit_ns / 1e9, wall_ns / 1e6, 100 * wall_ns / wall_limit_ns,
               wall_limit_ns / 1e9, one->test->name);
    }
}

void slowest_print(const struct slowest *slowest, const struct manifest *manifest)
{
    struct group group;
    for (size_t i = 0; i <= manifest->test_count; i++)
        if (group_at(manifest, i, &group))
            print_group(slowest, manifest, &group);
}
