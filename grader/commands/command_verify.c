/* command_verify.c - syslab verify [EXERCISE ...] [--fair N] [--hostile [--without LAYER]] [--no-sandbox]
 *
 * Shows that the grader is right about what its authors know: an exercise's reference and accepted
 * solutions pass, every test of its starter fails by assertion or with a trace, each file under submissions/ gets the
 * verdict that its folder names, and the time that the manifest states for the slowest accepted solution is
 * what it takes; with --fair, the accepted ones pass N times under load (see fair.h); and with --hostile,
 * each attack in grader/hostile/ gets the verdict that its folder names.
 *
 * --without LAYER (namespaces, seccomp, landlock or cgroup) meets the attacks as a machine does that lacks
 * the layer; the records say so. See hostile.h. --layers lists the layers that work here. Both are for the
 * grader's own tests and for `./syslab doctor`, and not in the usage.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/options.h"
#include "grader/commands/commands.h"
#include "grader/course/course.h"
#include "grader/desk/desk.h"
#include "grader/engine/engine.h"
#include "grader/verify/fair.h"
#include "grader/verify/hostile.h"
#include "grader/verify/samples.h"
#include "grader/verify/slowest.h"

enum { NAMES_MAX = 64 };

struct batch {
    const struct manifest *manifest;
    struct samples samples;
    size_t wrong;
};

/* ---- what to grade ---- */

static int add_exercise(struct batch *batch, const struct course *course)
{
    char folder[2 * PATH_MAX];
    const char *const patterns[] = {"starter/*.c", "solution/*.c", "submissions/*/*.c"};
    int failed = 0;
    snprintf(folder, sizeof(folder), "%s/exercises/%s", course->root, batch->manifest->exercise);
    for (size_t i = 0; i < 3 && !failed; i++)
        failed = samples_add(&batch->samples, folder, patterns[i]);
    return failed;
}

/* ---- the table ---- */

/* An assertion; or what interleave found, which comes with its trace. */
static bool is_readable(const struct record_test *test)
{
    if (test->verdict == VERDICT_FAIL)
        return true;
    return (test->verdict == VERDICT_RACE || test->verdict == VERDICT_DEADLOCK) &&
           record_failing_run(test)->build == BUILD_INTERLEAVE;
}

/* A starter is to be red for a reason that a student can read, in each test. */
static const struct record_test *not_by_assertion(const struct record *record)
{
    for (size_t i = 0; i < record->test_count; i++)
        if (!is_readable(&record->tests[i]))
            return &record->tests[i];
    return NULL;
}

static bool print_sample(const struct sample *sample)
{
    if (sample->failed) {
        printf("  WRONG %-14s %s: %s\n", "", sample->shown, strerror(-sample->failed));
        return false;
    }
    const struct record *record = sample->record;
    const struct record_test *odd = NULL;
    bool right = verdict_matches_folder(record->verdict, sample->folder);
    if (strcmp(sample->folder, "starter") == 0)
        odd = not_by_assertion(record);
    printf("  %-5s %-14s %6.2f  %6.2f s  %s\n", right && !odd ? "ok" : "WRONG",
           verdict_name(record->verdict), record->points, (double)record->wall_ns / 1e9,
           sample->shown);
    if (!right) {
        printf("      wanted: %s, with %s\n", sample->folder, record->layers);
        samples_print_reason(record);
    }
    if (odd)
        printf("      test %s is %s, where the starter was to fail by assertion\n", odd->name,
               verdict_name(odd->verdict));
    return right && !odd;
}

static void print_all(struct batch *batch)
{
    for (size_t i = 0; i < batch->samples.count; i++)
        batch->wrong += !print_sample(&batch->samples.all[i]);
}

static bool is_accepted(const struct sample *sample)
{
    return sample->record &&
           (strcmp(sample->folder, "solution") == 0 || strcmp(sample->folder, "accepted") == 0);
}

/* The limits derive from what accepted solutions take: see slowest.h. */
static bool print_limits(const struct batch *batch)
{
    struct slowest slowest = {0};
    for (size_t i = 0; i < batch->samples.count; i++)
        if (is_accepted(&batch->samples.all[i]))
            slowest_note(&slowest, batch->samples.all[i].record);
    printf("  the slowest test of an accepted solution:\n");
    slowest_print(&slowest, batch->manifest);
    return slowest_stands(&slowest, batch->manifest);
}

static int verify_batch(struct batch *batch, struct engine *engine, bool hostile)
{
    const char *name = hostile ? "grader/hostile" : batch->manifest->exercise;
    printf("%s\n", name);
    samples_grade(&batch->samples, engine, batch->manifest);
    for (size_t i = 0; hostile && i < batch->samples.count; i++)
        if (batch->samples.all[i].record)
            hostile_expect(&batch->samples.all[i]);
    print_all(batch);
    bool stands = hostile || print_limits(batch);
    printf("%s: %zu of %zu as their folders say\n", name, batch->samples.count - batch->wrong,
           batch->samples.count);
    return stands && batch->wrong == 0 && batch->samples.count > 0 ? COMMAND_PASSED
                                                                   : COMMAND_FAILED;
}

/* What is asked of the command. */
struct request {
    unsigned fair; /* rounds */
    bool hostile, no_sandbox, layers;
    const char *without; /* NULL: the sandbox is whole */
    const char *names[NAMES_MAX + 1];
};

static int verify(struct engine *engine, const struct course *course, const char *exercise,
                  const struct request *request)
{
    char error[2048] = "";
    struct manifest *manifest = NULL;
    if (manifest_load(course->root, exercise, &manifest, error, sizeof(error)) != 0) {
        options_complain("%s", error);
        return COMMAND_USAGE;
    }
    struct batch batch = {.manifest = manifest};
    int failed = 0, status = COMMAND_GRADER_ERROR;
    if (request->fair) {
        status = fair_verify(engine, manifest, course->root, request->fair);
    } else {
        failed = request->hostile ? hostile_add(&batch.samples, course->root)
                                  : add_exercise(&batch, course);
        if (failed)
            options_complain("%s: %s", exercise, strerror(-failed));
        else
            status = verify_batch(&batch, engine, request->hostile);
    }
    samples_fini(&batch.samples);
    manifest_free(manifest);
    fflush(stdout); /* the next exercise takes its time */
    return status;
}

static int verify_exercises(struct engine *engine, const struct course *course,
                            const struct request *request)
{
    char **names = NULL;
    size_t count = 0;
    int worst = COMMAND_PASSED;
    for (size_t i = 0; request->names[i]; i++) {
        int status = verify(engine, course, request->names[i], request);
        worst = status > worst ? status : worst;
    }
    if (!request->names[0] && course_exercises(course, &names, &count) != 0)
        return COMMAND_GRADER_ERROR;
    for (size_t i = 0; i < count; i++) {
        int status = verify(engine, course, names[i], request);
        worst = status > worst ? status : worst;
    }
    course_free_names(names, count);
    return worst;
}

static int verify_hostile(struct engine *engine, const struct course *course,
                          const struct request *request)
{
    char layers[SANDBOX_LAYERS_BYTES];
    const struct sandbox_settings *sandbox = engine_sandbox(engine);
    if (!hostile_is_held(sandbox)) {
        printf("skipped: without namespaces and without Landlock's scopes nothing holds the "
               "attacks\n");
        return COMMAND_USAGE;
    }
    sandbox_name_layers(sandbox, sandbox->layers, layers);
    printf("layers: %s\n", layers);
    if (sandbox->cgroups.reason[0])
        printf("no control groups: %s\n", sandbox->cgroups.reason);
    return verify(engine, course, hostile_exercise, request);
}

/* One line for each layer that a program in the sandbox was just seen to have, and one for why there are
 * no control groups: for `./syslab doctor`. A machine without namespaces tells the rest. */
static int print_layers(const char *build_root)
{
    static struct sandbox_settings sandbox;
    char names[SANDBOX_LAYERS_BYTES], error[2048] = "";
    int failed = sandbox_settings_init(&sandbox, build_root, 0, error, sizeof(error));
    if (failed == -ENOTSUP)
        failed = sandbox_settings_init(&sandbox, build_root, RUNNER_LAYER_NAMESPACES, error,
                                       sizeof(error));
    if (failed) {
        options_complain("%s", error);
        return COMMAND_USAGE;
    }
    sandbox_name_layers(&sandbox, sandbox.layers, names);
    for (char *name = strtok(names, ","); name; name = strtok(NULL, ","))
        printf("%s\n", name);
    if (sandbox.landlock_abi)
        printf("landlock version %u\n", sandbox.landlock_abi);
    if (sandbox.cgroups.reason[0])
        printf("no cgroup: %s\n", sandbox.cgroups.reason);
    sandbox_settings_fini(&sandbox);
    return COMMAND_PASSED;
}

static int with_engine(struct course *course, const struct request *request)
{
    struct engine *engine = NULL;
    char error[2048] = "";
    if (request->hostile) {
        size_t used = strlen(course->root);
        snprintf(course->root + used, sizeof(course->root) - used, "/%s", hostile_course);
    }
    const struct engine_options options = {
        .course_root = course->root,
        .build_root = course->build,
        .no_sandbox = request->no_sandbox,
        .without = request->without ? sandbox_layer(request->without) : 0u,
        .serial_builds = true};
    if (engine_create(&options, &engine, error, sizeof(error)) != 0) {
        options_complain("%s", error);
        return COMMAND_USAGE;
    }
    int status = request->hostile ? verify_hostile(engine, course, request)
                                  : verify_exercises(engine, course, request);
    engine_destroy(engine);
    return status;
}

/* "arena" is "03_memory/arena", as for every command. The names are the desk's. */
static int choose(struct desk *desk, struct request *request)
{
    int status = request->names[0] ? desk_open(desk, false) : COMMAND_PASSED;
    for (size_t i = 0; !status && request->names[i]; i++) {
        const struct desk_exercise *exercise = desk_choose(desk, request->names[i]);
        if (exercise)
            request->names[i] = exercise->name;
        else
            status = COMMAND_USAGE;
    }
    return status;
}

static const char notes[] =
    "\n"
    "--fair ROUNDS    what is accepted passes each time, with every core kept busy\n"
    "--hostile        each attack on the grader is held; it goes without exercises\n"
    "--without LAYER  the same without one of namespaces, seccomp, landlock, cgroup\n"
    "--layers         only print what the sandbox has on this machine\n"
    "--no-sandbox     on a machine that has none\n"
    "Exit status: 0 all as their folders say; 1 not so; 2 usage or machine.\n";

int command_verify(int argc, char **argv)
{
    struct course course;
    struct request request = {.fair = 0};
    char error[2048] = "";
    int status;
    const struct option_rule rules[] = {{"--fair", OPTION_COUNT, &request.fair},
                                        {"--hostile", OPTION_FLAG, &request.hostile},
                                        {"--no-sandbox", OPTION_FLAG, &request.no_sandbox},
                                        {"--without", OPTION_TEXT, &request.without},
                                        {"--layers", OPTION_FLAG, &request.layers},
                                        {0}};
    const struct options options = {
        argv[0], "verify [EXERCISE ...] [--fair ROUNDS] [--hostile] [--no-sandbox]", rules,
        request.names, NAMES_MAX};
    if (!options_parse(&options, argc, argv, &status)) {
        if (status == COMMAND_PASSED) /* it was --help */
            fputs(notes, stdout);
        return status;
    }
    if (request.hostile && (request.no_sandbox || request.fair || request.names[0])) {
        options_complain(request.no_sandbox
                             ? "attacks run only in a sandbox"
                             : "verify --hostile goes alone: attacks are no exercise");
        return COMMAND_USAGE;
    }
    if (request.without && (!request.hostile || !sandbox_layer(request.without))) {
        options_complain(
            "--without goes with --hostile, and takes away one of namespaces, seccomp, "
            "landlock and cgroup: not %s",
            request.without);
        return COMMAND_USAGE;
    }
    if (course_find(&course, error, sizeof(error)) != 0) {
        options_complain("%s", error);
        return COMMAND_USAGE;
    }
    struct desk desk = {0};
    status = choose(&desk, &request);
    if (!status)
        status = request.layers ? print_layers(course.build) : with_engine(&course, &request);
    desk_close(&desk);
    return status;
}
