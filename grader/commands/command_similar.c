/* command_similar.c - syslab similar DIR: pairs of answers that look alike, in a class, with earlier
 * classes, and with what the course has published. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/options.h"
#include "grader/base/outlet.h"
#include "grader/commands/commands.h"
#include "grader/formats/format_output.h"
#include "grader/similar/similar_report.h"

enum { REFUSALS_SHOWN = 10 };

struct request {
    const char *folder, *exercise, *against, *html;
    unsigned threshold;
    bool json;
};

struct run {
    struct desk desk;
    struct submissions found, earlier;
    struct similar_report report;
};

static int find(const struct request *request, struct run *run, const char *folder,
                struct submissions *out)
{
    const struct desk_exercise *only = NULL;
    if (request->exercise && !(only = desk_choose(&run->desk, request->exercise)))
        return COMMAND_USAGE;
    int failed = submissions_find(folder, &run->desk, only, out);
    if (failed)
        options_complain("%s: %s", folder, strerror(-failed));
    for (size_t i = 0; i < out->unknown_count; i++)
        options_complain("not an exercise: %s/%s", folder, out->unknown[i]);
    for (size_t i = 0; i < out->unreadable_count; i++)
        options_complain("not compared: %s/%s", folder, out->unreadable[i]);
    if (failed || out->count > 0)
        return failed ? COMMAND_USAGE : COMMAND_PASSED;
    options_complain("%s has no <student>/<chapter>/<exercise> folder in it", folder);
    return COMMAND_USAGE;
}

/* An empty folder of an earlier year, or the class itself again, would look like nothing found. */
static int find_all(const struct request *request, struct run *run)
{
    if (request->against && outlet_is(request->against, request->folder)) {
        options_complain("--against %s is the class itself, which is compared anyway; name the "
                         "folder of another class",
                         request->against);
        return COMMAND_USAGE;
    }
    int status = find(request, run, request->folder, &run->found);
    if (!status && request->against)
        status = find(request, run, request->against, &run->earlier);
    return status;
}

static bool is_answered(const struct run *run, const struct desk_exercise *exercise)
{
    for (size_t i = 0; i < run->found.count; i++)
        if (run->found.all[i].exercise == exercise)
            return true;
    return false;
}

/* What is not shown keeps its text for nothing: a class of thousands is large. */
static void drop_unshown(struct similar_set *set)
{
    bool *shown = calloc(set->count + 1, sizeof(*shown));
    for (size_t i = 0; shown && i < set->pair_count; i++)
        shown[set->pairs[i].left] = shown[set->pairs[i].right] = true;
    for (size_t i = 0; shown && i < set->count; i++) {
        if (shown[i])
            continue;
        free(set->texts[i].code);
        set->texts[i].code = NULL;
        similar_stream_fini(&set->texts[i].stream);
    }
    free(shown);
}

static int compare(const struct request *request, struct run *run,
                   const struct desk_exercise *exercise)
{
    struct similar_report *report = &run->report;
    struct similar_exercise *slot = &report->exercises[report->count++];
    const struct manifest *manifest = exercise->manifest;
    struct similar_set *set = &slot->set;
    slot->name = exercise->name;
    int failed = similar_load_course(set, run->desk.course.root, manifest, &report->refusals);
    if (!failed)
        failed =
            similar_load_answers(set, SIMILAR_ARCHIVE, &run->earlier, manifest, &report->refusals);
    if (!failed)
        failed = similar_load_answers(set, SIMILAR_CLASS, &run->found, manifest, &report->refusals);
    if (!failed)
        failed = similar_set_compare(set, request->threshold);
    drop_unshown(set);
    if (!failed)
        return COMMAND_PASSED;
    options_complain("%s: the answers could not be compared: %s", exercise->name,
                     strerror(-failed));
    return COMMAND_USAGE;
}

static int compare_all(const struct request *request, struct run *run)
{
    int status = COMMAND_PASSED;
    run->report.exercises = calloc(run->desk.count + 1, sizeof(*run->report.exercises));
    if (!run->report.exercises) {
        options_complain("%s: %s", request->folder, strerror(ENOMEM));
        return COMMAND_USAGE;
    }
    for (size_t i = 0; !status && i < run->desk.count; i++)
        if (is_answered(run, &run->desk.exercises[i]))
            status = compare(request, run, &run->desk.exercises[i]);
    return status;
}

static void tell_refusals(const struct similar_refusals *refusals)
{
    for (size_t i = 0; i < refusals->count && i < REFUSALS_SHOWN; i++)
        options_complain("not compared: %s: %s", refusals->all[i].path, refusals->all[i].reason);
    if (refusals->count > REFUSALS_SHOWN)
        options_complain("not compared: %zu more; --json and --html name them",
                         refusals->count - REFUSALS_SHOWN);
}

/* Each by name, as `grade` does: a student who is left out of the comparison is to be known. */
static int tell_links(const struct submissions *found)
{
    for (size_t i = 0; i < found->link_count; i++)
        options_complain("not compared: %s is a symbolic link, which could lead to another "
                         "student's work. Put the folder itself there",
                         found->links[i]);
    return found->link_count ? COMMAND_USAGE : COMMAND_PASSED;
}

static int show(const struct request *request, const struct run *run)
{
    struct terminal terminal;
    int status = COMMAND_PASSED;
    if (request->json) {
        status = format_output_write("-", similar_report_json(&run->report));
    } else if (!request->html || !outlet_names_stdout(request->html)) {
        terminal_init(&terminal, stdout);
        similar_report_print(&run->report, &terminal);
    }
    if (!status && request->html)
        status = format_output_write(request->html, similar_report_html(&run->report));
    fflush(stdout);
    tell_refusals(&run->report.refusals);
    int links = tell_links(&run->found) | tell_links(&run->earlier);
    return status ? status : links;
}

static void close_run(struct run *run)
{
    for (size_t i = 0; i < run->report.count; i++)
        similar_set_fini(&run->report.exercises[i].set);
    free(run->report.exercises);
    similar_load_fini(&run->report.refusals);
    submissions_free(&run->found);
    submissions_free(&run->earlier);
    desk_close(&run->desk);
}

static int check_request(const struct request *request)
{
    char db[PATH_MAX];
    if (request->threshold > 100) {
        options_complain("similar --threshold wants a percentage from 1 to 100, not %u",
                         request->threshold);
        return COMMAND_USAGE;
    }
    if (!request->html)
        return COMMAND_PASSED;
    if (request->json && outlet_names_stdout(request->html)) {
        options_complain("similar --json and --html - would both go to the standard output; name "
                         "a file for the page");
        return COMMAND_USAGE;
    }
    bool fits = snprintf(db, sizeof(db), "%s/grades.sqlite", request->folder) < (int)sizeof(db);
    return format_output_check(request->html, fits ? db : NULL, NULL);
}

static int run_similar(const struct request *request)
{
    int status = check_request(request);
    if (status)
        return status;
    struct run run = {.report = {.min_percent = request->threshold}};
    status = desk_open(&run.desk, false);
    if (status)
        return status;
    status = find_all(request, &run);
    if (!status)
        status = compare_all(request, &run);
    if (!status)
        status = show(request, &run);
    close_run(&run);
    return status;
}

static const char notes[] =
    "\n"
    "--exercise EX    one exercise\n"
    "--against DIR    also with the answers of an earlier class\n"
    "--threshold N    leave out pairs that are less alike than N percent\n"
    "--html FILE      a page that shows both sides of each pair\n"
    "--json           for a program, to the standard output\n"
    "Exit status: 0 compared, whatever was found; 2 usage, machine or links.\n";

int command_similar(int argc, char **argv)
{
    int status;
    struct request request = {.threshold = SIMILAR_MIN_PERCENT};
    const struct option_rule rules[] = {{"--exercise", OPTION_TEXT, &request.exercise},
                                        {"--against", OPTION_TEXT, &request.against},
                                        {"--threshold", OPTION_COUNT, &request.threshold},
                                        {"--html", OPTION_TEXT, &request.html},
                                        {"--json", OPTION_FLAG, &request.json},
                                        {0}};
    const struct options options = {argv[0],
                                    "similar DIR [--exercise EX] [--against DIR] [--threshold "
                                    "PERCENT] [--html FILE] [--json]",
                                    rules, &request.folder, 1};
    if (!options_parse(&options, argc, argv, &status)) {
        if (status == COMMAND_PASSED) /* it was --help */
            fputs(notes, stdout);
        return status;
    }
    if (request.folder)
        return run_similar(&request);
    options_complain("similar wants a folder of submissions. Usage: ./syslab %s", options.usage);
    return COMMAND_USAGE;
}
