#include "grader/slowest.h"

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

/* The slowest in a group. Returns: its test, or NULL where none has run in that build. */
static const struct manifest_test *find(const struct slowest *slowest,
                                        const struct manifest *manifest, const struct group *group,
                                        enum build build, uint64_t *cpu_ns)
{
    const struct manifest_test *found = NULL;
    *cpu_ns = 0;
    for (size_t i = group->first; i < group->last; i++) {
        if (in_group(manifest, group, i) && slowest->tests[i].cpu_ns[build] > *cpu_ns) {
            found = &manifest->tests[i];
            *cpu_ns = slowest->tests[i].cpu_ns[build];
        }
    }
    return found;
}

static uint64_t longest_wall_ns(const struct slowest *slowest, const struct manifest *manifest,
                                const struct group *group, enum build build)
{
    uint64_t longest = 0;
    for (size_t i = group->first; i < group->last; i++)
        if (in_group(manifest, group, i) && slowest->tests[i].wall_ns[build] > longest)
            longest = slowest->tests[i].wall_ns[build];
    return longest;
}

/* ---- what the manifest states ---- */

static bool group_stands(const struct slowest *slowest, const struct manifest *manifest,
                         const struct group *group)
{
    for (int build = 0; build < BUILD_COUNT; build++) {
        uint64_t cpu_ns;
        const struct manifest_test *test =
            find(slowest, manifest, group, (enum build)build, &cpu_ns);
        if (!test)
            continue;
        uint64_t measured = cpu_ns / 1000000, stated = test->slowest_cpu.ms[build];
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
    const char *before = "";
    printf("      exercise.yaml states other times%s%s. As measured here: slowest_cpu_ms: {",
           group->name ? " for " : "", group->name ? group->name : "");
    for (int build = 0; build < BUILD_COUNT; build++) {
        uint64_t cpu_ns;
        if (!find(slowest, manifest, group, (enum build)build, &cpu_ns))
            continue;
        printf("%s%s: %llu", before, manifest_build_name((enum build)build),
               (unsigned long long)(cpu_ns + 999999) / 1000000);
        before = ", ";
    }
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
    for (int build = 0; build < BUILD_COUNT; build++) {
        uint64_t cpu_ns;
        const struct manifest_test *test =
            find(slowest, manifest, group, (enum build)build, &cpu_ns);
        if (!test)
            continue;
        double wall_ns = (double)longest_wall_ns(slowest, manifest, group, (enum build)build);
        double cpu_limit_ns = (double)manifest_cpu_ns(manifest, test, (enum build)build);
        double wall_limit_ns = (double)manifest_wall_ns(manifest, test, (enum build)build);
        printf("      %-5s CPU %7.1f ms, %2.0f%% of %4g s   wall %7.1f ms, %2.0f%% of %4g s   %s\n",
               manifest_build_name((enum build)build), (double)cpu_ns / 1e6,
               100 * (double)cpu_ns / cpu_limit_ns, cpu_limit_ns / 1e9, wall_ns / 1e6,
               100 * wall_ns / wall_limit_ns, wall_limit_ns / 1e9, test->name);
    }
}

void slowest_print(const struct slowest *slowest, const struct manifest *manifest)
{
    struct group group;
    for (size_t i = 0; i <= manifest->test_count; i++)
        if (group_at(manifest, i, &group))
            print_group(slowest, manifest, &group);
}
