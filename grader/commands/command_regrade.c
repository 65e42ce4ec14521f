/* command_regrade.c - syslab regrade: after a test was mended, grades again what that touches and lists
 * every grade that changed, with its reason.
 *
 * Changes count as told once the list is out; a run that was stopped before that leaves them to the
 * next one.
 */
#include <errno.h>
#include <jansson.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grader/base/options.h"
#include "grader/base/prose.h"
#include "grader/class/bulk_terminal.h"
#include "grader/class/regrade.h"
#include "grader/commands/commands.h"
#include "grader/desk/grading.h"
#include "grader/formats/format_case.h"
#include "grader/record/change.h"

struct request {
    const char *folder, *db;
    unsigned jobs;
    bool no_sandbox, dry_run, grader, json;
};

/* What lives as long as one run. */
struct run {
    const struct request *request;
    struct desk desk;
    char db[PATH_MAX], folder[PATH_MAX];
    struct store *store;
    int lock_fd;
    struct regrade plan;
    struct units units;
    struct regrade_list list;
    size_t graded; /* in this run */
};

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

/* ---- JSON ---- */

static json_t *grade_to_json(const struct regrade_change *change, int which)
{
    bool graded = change->verdicts[which] != VERDICT_GRADER_ERROR;
    return json_pack("{s:s, s:o, s:I}", "verdict", verdict_name(change->verdicts[which]), "points",
                     graded ? json_real(change->points[which]) : json_null(), "max_points",
                     (json_int_t)change->max_points[which]);
}

/* Those that are touched: in a dry run all of them, else those that have no file to grade. */
static json_t *items_to_json(const struct run *run)
{
    json_t *array = json_array();
    for (size_t i = 0; i < run->plan.count; i++) {
        const struct regrade_item *item = &run->plan.items[i];
        if (!run->request->dry_run && item->path)
            continue;
        json_array_append_new(array, json_pack("{s:o, s:s, s:o}", "student",
                                               format_json_text(item->student), "exercise",
                                               item->exercise->name, "causes",
                                               change_lines_to_json(item->causes.data)));
    }
    return array;
}

static json_t *changes_to_json(const struct regrade_list *list)
{
    json_t *array = json_array();
    for (size_t i = 0; i < list->count; i++) {
        const struct regrade_change *change = &list->all[i];
        json_array_append_new(array, json_pack("{s:o, s:s, s:o, s:o, s:o, s:o}", "student",
                                               format_json_text(change->student), "exercise",
                                               change->exercise, "before", grade_to_json(change, 0),
                                               "now", grade_to_json(change, 1), "tests",
                                               change_lines_to_json(change->tests), "causes",
                                               change_lines_to_json(change->causes)));
    }
    return array;
}

static int print_json(const struct run *run)
{
    const struct regrade *plan = &run->plan;
    bool dry = run->request->dry_run;
    json_t *root = json_pack("{s:I, s:s}", "grades", (json_int_t)plan->total, "database", run->db);
    json_object_set_new(root, "other_grader", json_integer((json_int_t)plan->other_grader));
    json_object_set_new(root, dry ? "to_be_graded" : "without_a_file", items_to_json(run));
    if (!dry) {
        json_object_set_new(root, "graded", json_integer((json_int_t)run->graded));
        json_object_set_new(root, "unchanged", json_integer((json_int_t)run->list.same));
        json_object_set_new(root, "changed", changes_to_json(&run->list));
    }
    char *text = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
    json_decref(root);
    if (!text) {
        options_complain("out of memory");
        return COMMAND_USAGE;
    }
    puts(text);
    free(text);
    return COMMAND_PASSED;
}

/* ---- words ---- */

static void print_remarks(const struct regrade *plan)
{
    if (plan->other_grader)
        printf("%zu grade%s by another grader or compiler, and the same tests: --grader grades "
               "%s again too\n",
               plan->other_grader, plural(plan->other_grader),
               plan->other_grader == 1 ? "it" : "them");
    if (plan->not_here)
        printf("%zu grade%s of exercises that this course does not have\n", plan->not_here,
               plural(plan->not_here));
}

static void print_dry(const struct run *run)
{
    struct terminal terminal;
    terminal_init(&terminal, stdout);
    for (size_t i = 0; i < run->plan.count; i++) {
        const struct regrade_item *item = &run->plan.items[i];
        prose_put_name(stdout, item->student, terminal.utf8);
        printf("  %s\n", item->exercise->name);
        for (const char *at = item->causes.data; at && *at;) {
            int length = (int)strcspn(at, "\n");
            printf("    %.*s\n", length, at);
            at += length + (at[length] == '\n');
        }
    }
    printf("%s%zu of %zu grades would be given again\n", run->plan.count ? "\n" : "",
           run->plan.count, run->plan.total);
    print_remarks(&run->plan);
}

static void print_list(const struct run *run)
{
    const struct regrade_list *list = &run->list;
    struct terminal terminal;
    terminal_init(&terminal, stdout);
    regrade_list_print(list, &terminal);
    printf("%s%zu of %zu grades changed, %zu came out the same; %zu graded now\n",
           list->count ? "\n" : "", list->count, run->plan.total, list->same, run->graded);
    print_remarks(&run->plan);
}

/* Each by name: it keeps a grade that today's tests did not give. */
static int complain_of_files(const struct regrade *plan)
{
    size_t without = 0;
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->items[i].path)
            continue;
        without++;
        options_complain("not graded again: %s %s. The file that was graded is neither kept nor "
                         "where it was; the old grade stays",
                         plan->items[i].student, plan->items[i].exercise->name);
    }
    return without ? COMMAND_USAGE : COMMAND_PASSED;
}

static int complain_of_store(const struct run *run)
{
    options_complain("%s: %s", run->db, store_error());
    return COMMAND_USAGE;
}

/* ---- the steps ---- */

/* A dry run changes nothing, so it can be had from a database that nobody may write. */
static int open_store(struct run *run)
{
    char error[PATH_MAX + 400], folder[PATH_MAX];
    const struct request *request = run->request;
    const char *named = request->db ? request->db : request->folder;
    int status =
        named ? grading_find_db(named, run->db) : grading_find_db_here("DIR or --db FILE", run->db);
    if (!status && !request->dry_run)
        status = grading_lock_db(run->db, &run->lock_fd);
    if (status)
        return status;
    snprintf(folder, sizeof(folder), "%s", run->db);
    snprintf(run->folder, sizeof(run->folder), "%s",
             request->folder ? request->folder : dirname(folder));
    int failed = request->dry_run ? store_open_reading(run->db, &run->store, error, sizeof(error))
                                  : store_open(run->db, &run->store, error, sizeof(error));
    if (!failed)
        return COMMAND_PASSED;
    options_complain("%s", error);
    return COMMAND_USAGE;
}

static int complain_of_stop(const struct bulk *bulk, size_t total, int failed)
{
    if (failed)
        options_complain("stopped after %zu of %zu: %s. What was graded is kept; the next run goes "
                         "on from here, and lists all changes",
                         bulk->finished, total, bulk->error);
    else
        options_complain("interrupted after %zu of %zu; the next run goes on from here, and lists "
                         "all changes",
                         bulk->finished, total);
    return COMMAND_USAGE;
}

static int grade_again(struct run *run, size_t *grader_errors)
{
    char error[1024];
    struct engine *engine;
    const struct request *request = run->request;
    const struct engine_options options = {
        .course_root = run->desk.course.root,
        .build_root = run->desk.course.build,
        .no_sandbox = request->no_sandbox,
        .serial_builds = true, /* the cores are taken up by other submissions */
    };
    if (engine_create(&options, &engine, error, sizeof(error)) != 0) {
        options_complain("%s", error);
        return COMMAND_USAGE;
    }
    struct bulk bulk = {
        .units = &run->units,
        .engine = engine,
        .store = run->store,
        .jobs = request->jobs,
        .no_sandbox = request->no_sandbox,
    };
    int failed = bulk_run_watched(&bulk);
    engine_destroy(engine);
    run->graded = bulk.graded;
    *grader_errors = bulk.grader_errors;
    return failed || bulk.finished < run->units.count
               ? complain_of_stop(&bulk, run->units.count, failed)
               : COMMAND_PASSED;
}

/* Only what reached whoever asked for it counts as told. */
static int tell(struct run *run)
{
    if (regrade_list_read(run->store, &run->list) != 0)
        return complain_of_store(run);
    int status = COMMAND_PASSED;
    if (run->request->json)
        status = print_json(run);
    else
        print_list(run);
    if (status || fflush(stdout) != 0 || ferror(stdout))
        return COMMAND_USAGE; /* main says why */
    return store_tell_changes(run->store) == 0 ? COMMAND_PASSED : complain_of_store(run);
}

static int carry_out(struct run *run)
{
    char error[1024];
    size_t grader_errors = 0;
    int status = COMMAND_PASSED;
    if (regrade_prepare(&run->plan, run->store, &run->units, error, sizeof(error)) != 0) {
        options_complain("%s", error);
        return COMMAND_USAGE;
    }
    if (run->units.count)
        status = grade_again(run, &grader_errors);
    if (!status)
        status = tell(run);
    if (status)
        return status;
    status = complain_of_files(&run->plan);
    if (grader_errors)
        options_complain("%zu submission%s could not be graded, through no fault of the student's. "
                         "'grade' tries again",
                         grader_errors, plural(grader_errors));
    return grader_errors ? COMMAND_GRADER_ERROR : status;
}

static int regrade(struct run *run)
{
    char error[1024];
    int status = desk_open(&run->desk, false);
    if (status)
        return status;
    status = open_store(run);
    if (!status && regrade_plan(run->store, &run->desk, run->folder, run->request->grader,
                                &run->plan, error, sizeof(error)) != 0) {
        options_complain("%s", error);
        status = COMMAND_USAGE;
    } else if (!status && run->request->dry_run && run->request->json) {
        status = print_json(run);
    } else if (!status && run->request->dry_run) {
        print_dry(run);
    } else if (!status) {
        status = carry_out(run);
    }
    regrade_list_free(&run->list);
    units_free(&run->units);
    regrade_free(&run->plan);
    store_close(run->store);
    if (run->lock_fd >= 0)
        close(run->lock_fd);
    desk_close(&run->desk);
    return status;
}

static const char notes[] =
    "\n"
    "DIR is the class's folder, FILE its gradebook if it is not DIR/grades.sqlite. What is graded\n"
    "again is the file as it was graded, which the gradebook keeps, and only where the exercise's\n"
    "tests, points, limits, headers or what the tests are helped by have changed. A newer grader\n"
    "or compiler alone is no reason: --grader makes it one. --dry-run only says what would be\n"
    "graded again. Old grades are kept: 'explain' shows them. A grade that was changed by 'grade'\n"
    "is listed too; without a newer change the last list is printed again.\n"
    "Exit status: 0 all is graded, whatever changed; 2 usage, machine, or a file that is not to\n"
    "be had any more; 3 where the grader itself failed.\n";

int command_regrade(int argc, char **argv)
{
    int status;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    struct request request = {.jobs = cores > 0 ? (unsigned)cores : 1};
    struct run run = {.request = &request, .lock_fd = -1};
    const struct option_rule rules[] = {{"--db", OPTION_TEXT, &request.db},
                                        {"--jobs", OPTION_COUNT, &request.jobs},
                                        {"--dry-run", OPTION_FLAG, &request.dry_run},
                                        {"--grader", OPTION_FLAG, &request.grader},
                                        {"--json", OPTION_FLAG, &request.json},
                                        {"--no-sandbox", OPTION_FLAG, &request.no_sandbox},
                                        {0}};
    const struct options options = {
        argv[0],
        "regrade [DIR] [--db FILE] [--dry-run] [--grader] [--json] [--jobs N] [--no-sandbox]",
        rules, &request.folder, 1};
    if (!options_parse(&options, argc, argv, &status)) {
        if (status == COMMAND_PASSED) /* it was --help */
            fputs(notes, stdout);
        return status;
    }
    return regrade(&run);
}
