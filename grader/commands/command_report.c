/* command_report.c - syslab report DIR|DB: the gradebook on the screen, or in another program's format. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "grader/base/options.h"
#include "grader/class/submissions.h"
#include "grader/commands/commands.h"
#include "grader/desk/grading.h"
#include "grader/engine/engine.h"
#include "grader/formats/format.h"
#include "grader/formats/format_output.h"
#include "grader/store/gradebook.h"

struct request {
    const char *source, *student, *exercise, *format_name, *output;
    const struct format *format; /* NULL: the screen */
};

/* One grade, for the formats that are of one. */
static char *write_grade(const struct gradebook *book, const struct format *format)
{
    struct record *record = gradebook_record(book, &book->cells[0]);
    char *text = record ? format->of_grade(record) : NULL;
    record_destroy(record);
    return text;
}

static int export(const struct gradebook *book, const struct request *request)
{
    const struct format *format = request->format;
    if (!format->of_class && book->cell_count != 1) {
        options_complain("%s is of one grade, and here are %zu: name one with --student and "
                         "--exercise",
                         format->name, book->cell_count);
        return COMMAND_USAGE;
    }
    char *text = format->of_class ? format->of_class(book) : write_grade(book, format);
    return format_output_write(request->output ? request->output : "-", text);
}

static int show(const struct gradebook *book, const struct request *request)
{
    struct terminal terminal;
    if (request->format)
        return export(book, request);
    terminal_init(&terminal, stdout);
    gradebook_print(book, &terminal);
    if (request->student)
        gradebook_explain(book, &terminal);
    return COMMAND_PASSED;
}

/* What a folder holds and the table does not show. */
struct missing {
    size_t ungraded, changed;
};

static const struct gradebook_cell *find_cell(const struct gradebook *book,
                                              const struct submission *one)
{
    for (size_t at = 0; at < book->cell_count; at++) {
        const struct gradebook_cell *cell = &book->cells[at];
        if (strcmp(book->students[cell->student], one->student) == 0 &&
            strcmp(book->exercises[cell->exercise], one->exercise->name) == 0)
            return cell;
    }
    return NULL;
}

static struct missing count_missing(const struct submissions *found, const struct gradebook *book,
                                    const struct request *request)
{
    struct missing missing = {0, 0};
    for (size_t i = 0; i < found->count; i++) {
        const struct submission *one = &found->all[i];
        char hash[65];
        if ((request->student && strcmp(request->student, one->student) != 0) ||
            (request->exercise && strcmp(book->exercises[0], one->exercise->name) != 0))
            continue;
        const struct gradebook_cell *cell = find_cell(book, one);
        if (!cell) {
            missing.ungraded++;
            continue;
        }
        engine_submission_hash(one->path, hash);
        missing.changed += strcmp(hash, cell->submission_hash) != 0;
    }
    return missing;
}

static bool is_of(const char *path, const char *student)
{
    size_t length = strlen(student);
    return strncmp(path, student, length) == 0 && (path[length] == '/' || path[length] == ':');
}

/* What lies in the folder and has no part in the table. Of a database alone nothing can be said. */
static void tell_missing(const struct gradebook *book, const struct request *request)
{
    struct desk desk;
    struct submissions found;
    struct stat status;
    if (stat(request->source, &status) != 0 || !S_ISDIR(status.st_mode) ||
        desk_open(&desk, false) != 0)
        return;
    if (submissions_find(request->source, &desk, NULL, &found) == 0) {
        struct missing missing = count_missing(&found, book, request);
        for (size_t i = 0; i < found.unknown_count; i++)
            if (!request->student || is_of(found.unknown[i], request->student))
                options_complain("not an exercise: %s", found.unknown[i]);
        for (size_t i = 0; i < found.unreadable_count; i++)
            if (!request->student || is_of(found.unreadable[i], request->student))
                options_complain("not looked into: %s", found.unreadable[i]);
        if (missing.ungraded)
            options_complain("incomplete: %zu not graded yet", missing.ungraded);
        if (missing.changed)
            options_complain("out of date: %zu changed since; './syslab grade' grades them again",
                             missing.changed);
        submissions_free(&found);
    }
    desk_close(&desk);
}

/* Load what was asked for. Returns: 0 and *book, or an exit status after a complaint. */
static int load(struct store *store, const struct request *request, struct gradebook *book)
{
    if (gradebook_load(store, request->student, book) != 0) {
        options_complain("%s: %s", request->source, store_error());
        return COMMAND_USAGE;
    }
    if (request->student && book->cell_count == 0)
        options_complain("%s: no grades of a student '%s'", request->source, request->student);
    else if (request->exercise && !gradebook_restrict(book, request->exercise))
        options_complain("%s: no grades in an exercise '%s'", request->source, request->exercise);
    else
        return COMMAND_PASSED;
    gradebook_free(book);
    return COMMAND_USAGE;
}

static int report(const struct request *request)
{
    char path[PATH_MAX], error[PATH_MAX + 400];
    struct store *store;
    struct gradebook book;
    int status = grading_find_db(request->source, path);
    if (!status && request->output)
        status = format_output_check(request->output, path, NULL);
    if (status)
        return status;
    if (store_open_reading(path, &store, error, sizeof(error)) != 0) {
        options_complain("%s", error);
        return COMMAND_USAGE;
    }
    status = load(store, request, &book);
    store_close(store);
    if (status)
        return status;
    status = show(&book, request);
    fflush(stdout);
    tell_missing(&book, request);
    gradebook_free(&book);
    return status;
}

static const char notes[] =
    "\n"
    "--student S      one student, and why each grade is what it is\n"
    "--exercise EX    one exercise\n"
    "--format NAME    for another program; the last three are of one grade\n"
    "--output FILE    where the --format goes; '-' or none: the standard output. An\n"
    "                 older report is replaced, a file of another kind is not\n"
    "Exit status: 0 reported, whatever the grades are; 2 usage or machine.\n";

int command_report(int argc, char **argv)
{
    int status;
    struct request request = {0};
    const struct option_rule rules[] = {{"--student", OPTION_TEXT, &request.student},
                                        {"--exercise", OPTION_TEXT, &request.exercise},
                                        {"--format", OPTION_TEXT, &request.format_name},
                                        {"--output", OPTION_TEXT, &request.output},
                                        {0}};
    const struct options options = {argv[0],
                                    "report DIR|DB [--student S] [--exercise EX] "
                                    "[--format " FORMAT_NAMES "] [--output FILE]",
                                    rules, &request.source, 1};
    if (!options_parse(&options, argc, argv, &status)) {
        if (status == COMMAND_PASSED) /* it was --help */
            fputs(notes, stdout);
        return status;
    }
    if (!request.source)
        options_complain("report wants a folder of submissions or a database; './syslab help "
                         "report' tells its options");
    else if (request.output && !request.format_name)
        options_complain("--output needs a --format: " FORMAT_NAMES);
    if (!request.source || (request.output && !request.format_name))
        return COMMAND_USAGE;
    if (request.format_name && !(request.format = format_find(request.format_name, FORMAT_NAMES)))
        return COMMAND_USAGE;
    return report(&request);
}
