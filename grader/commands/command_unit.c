/* command_unit.c - syslab unit FOLDER TASK: grades one task's part of what `grade` put on a tray.
 *
 * This is what runs on the machines of a cluster. It needs the folder and the course under the
 * paths that the list names, and nothing else. Run twice, or in two places at once, it harms nothing:
 * a unit whose record is there already is passed over.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grader/base/options.h"
#include "grader/class/cluster.h"
#include "grader/class/tray.h"
#include "grader/commands/commands.h"
#include "grader/desk/grading.h"

struct run {
    struct tray tray;
    struct tray_work work;
    struct desk desk;
    struct engine *engine;
    char refusal[600]; /* why this machine may not grade; "" if it may */
    size_t graded, found, faults;
};

static int complain(const char *what, int failed)
{
    options_complain("%s: %s", what, strerror(-failed));
    return COMMAND_USAGE;
}

static int open_work(struct run *run, const char *folder, unsigned task)
{
    char error[PATH_MAX + 200], where[PATH_MAX];
    int failed = tray_attach(folder, &run->tray, where);
    if (failed) {
        bool is_other = failed == -ENOENT && access(folder, F_OK) == 0;
        options_complain("%s: %s", is_other ? folder : where,
                         is_other
                             ? "there is no list of units. './syslab grade DIR --engine slurm' "
                               "makes it, in DIR/.units or the folder of --share"
                             : tray_reason(failed));
        return COMMAND_USAGE;
    }
    if (tray_read(&run->tray, task, &run->work, error, sizeof(error)) != 0) {
        options_complain("%s", error);
        return COMMAND_USAGE;
    }
    /* The course of the list, whatever this machine's environment says. */
    setenv("SYSLAB_ROOT", run->work.list.course_root, 1);
    setenv("SYSLAB_BUILD", run->work.list.build_root, 1);
    return COMMAND_PASSED;
}

/* Another grader or compiler may come to other verdicts: then this machine's are not wanted. */
static int check_machine(struct run *run)
{
    char compiler_hash[65], host[HOST_NAME_MAX + 1] = "this machine";
    const struct tray_list *list = &run->work.list;
    int failed = cluster_compiler_hash(compiler_hash);
    if (failed)
        return complain("the compiler", failed);
    const char *other = NULL;
    if (strcmp(engine_grader_hash(run->engine), list->grader_hash) != 0)
        other = "grader";
    else if (strcmp(compiler_hash, list->compiler_hash) != 0)
        other = "compiler";
    if (!other)
        return COMMAND_PASSED;
    gethostname(host, sizeof(host) - 1);
    snprintf(run->refusal, sizeof(run->refusal),
             "Refused: %s has another %s than the machine that handed the class out. Share one "
             "course and one build, and give all machines the same compiler package.",
             host, other);
    return COMMAND_PASSED;
}

static const struct desk_exercise *find_exercise(const struct run *run, const char *name)
{
    for (size_t i = 0; i < run->desk.count; i++)
        if (strcmp(run->desk.names[i], name) == 0 && run->desk.exercises[i].manifest)
            return &run->desk.exercises[i];
    return NULL;
}

/* Whether a record is there that needs nothing more. */
static bool is_graded(const struct run *run, const struct unit *unit)
{
    char *json, why[200];
    struct record *record;
    if (tray_get(&run->tray, unit->id, &json) != 0)
        return false;
    int failed = unit_read_record(unit, json, &record, why, sizeof(why));
    free(json);
    if (failed)
        return false;
    bool stands = unit_stands(record, run->work.list.no_sandbox);
    record_destroy(record);
    return stands;
}

static int make_record(struct run *run, const struct unit *unit, struct record **out)
{
    char *json, why[200];
    int failed = run->refusal[0] ? unit_give_up(run->engine, unit, run->refusal, &json)
                                 : unit_grade(run->engine, unit, &json);
    if (failed)
        return failed;
    failed = unit_read_record(unit, json, out, why, sizeof(why));
    free(json);
    return failed;
}

static int grade(struct run *run, const struct unit *unit)
{
    struct record *record;
    if (is_graded(run, unit)) {
        run->found++;
        return COMMAND_PASSED;
    }
    int failed = make_record(run, unit, &record);
    if (failed)
        return complain(unit->path, failed);
    char *json = record_to_json(record);
    bool stands = unit_stands(record, run->work.list.no_sandbox);
    failed = json ? tray_put(&run->tray, unit->id, json, stands) : -ENOMEM;
    run->graded += stands;
    run->faults += !stands;
    if (!stands)
        options_complain("%s %s: %s", unit->student, unit->manifest->exercise, record->message);
    free(json);
    record_destroy(record);
    return failed ? complain(run->tray.root, failed) : COMMAND_PASSED;
}

static int grade_listed(struct run *run, const struct tray_unit *listed)
{
    const struct desk_exercise *exercise = find_exercise(run, listed->exercise);
    struct unit unit = {.student = listed->student, .path = listed->path};
    if (!exercise) {
        options_complain("%s: there is no such exercise in %s", listed->exercise,
                         run->desk.course.root);
        return COMMAND_USAGE;
    }
    unit.manifest = exercise->manifest;
    memcpy(unit.submission_hash, listed->submission_hash, sizeof(unit.submission_hash));
    memcpy(unit.suite_hash, listed->suite_hash, sizeof(unit.suite_hash));
    memcpy(unit.grader_hash, run->work.list.grader_hash, sizeof(unit.grader_hash));
    memcpy(unit.toolchain, run->work.list.toolchain, sizeof(unit.toolchain));
    int failed = unit_identify(&unit);
    if (failed)
        return complain(listed->path, failed);
    if (strcmp(unit.id, listed->id) == 0)
        return grade(run, &unit);
    options_complain("%s/units.jsonl: the unit %s is not what its id says", run->tray.root,
                     listed->id);
    return COMMAND_USAGE;
}

/* All of them, also when one cannot be put down: it may be that one's fault. */
static int grade_all(struct run *run)
{
    int status = COMMAND_PASSED;
    for (size_t i = 0; i < run->work.count; i++) {
        int one = grade_listed(run, &run->work.units[i]);
        status = one ? one : status;
    }
    printf("%zu graded, %zu found graded, %zu without a grade\n", run->graded, run->found,
           run->faults);
    return status == COMMAND_PASSED && run->faults ? COMMAND_GRADER_ERROR : status;
}

static int run_task(const char *folder, unsigned task)
{
    struct run run = {0};
    int status = open_work(&run, folder, task);
    if (!status)
        status = desk_open(&run.desk, false);
    if (!status)
        status = grading_open_bulk(&run.desk, run.work.list.no_sandbox, &run.engine);
    if (!status)
        status = check_machine(&run);
    if (!status)
        status = grade_all(&run);
    engine_destroy(run.engine);
    desk_close(&run.desk);
    tray_fini_work(&run.work);
    tray_close(&run.tray);
    return status;
}

int command_unit(int argc, char **argv)
{
    int status;
    const char *words[2] = {NULL, NULL};
    const struct option_rule rules[] = {{0}};
    const struct options options = {argv[0], "unit FOLDER TASK", rules, words, 2};
    if (!options_parse(&options, argc, argv, &status))
        return status;
    char *end = NULL;
    errno = 0;
    unsigned long task = words[1] ? strtoul(words[1], &end, 10) : 0;
    if (words[1] && end != words[1] && !*end && *words[1] != '-' && !errno && task < UINT_MAX)
        return run_task(words[0], (unsigned)task);
    options_complain("unit wants the folder of 'grade --engine slurm' and a task's number, from 0. "
                     "Usage: ./syslab %s",
                     options.usage);
    return COMMAND_USAGE;
}
