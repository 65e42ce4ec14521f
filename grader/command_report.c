/* command_report.c - syslab report DIR|DB: the gradebook on the screen, as CSV and as JSON. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "grader/commands.h"
#include "grader/files.h"
#include "grader/gradebook.h"
#include "grader/grading.h"
#include "grader/options.h"
#include "grader/outlet.h"
#include "grader/submissions.h"

struct request {
    const char *source, *csv, *json, *student;
};

/* Whether the path is the gradebook's own, or one of the files that SQLite and `grade` keep by it. */
static bool is_database(const char *path, const char *db)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal", "-lock"};
    char file[PATH_MAX];
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
        if (snprintf(file, sizeof(file), "%s%s", db, suffixes[i]) < (int)sizeof(file) &&
            outlet_is(path, file))
            return true;
    return false;
}

/* Before anything is written, so that a refusal leaves nothing half done. */
static int check_targets(const struct request *request, const char *db)
{
    const char *const targets[] = {request->csv, request->json};
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        if (!targets[i] || !is_database(targets[i], db))
            continue;
        options_complain("%s is the grades' database, which a report must not replace; name "
                         "another file",
                         targets[i]);
        return COMMAND_USAGE;
    }
    return COMMAND_PASSED;
}

static int export(const char *path, char *text)
{
    struct outlet outlet;
    int failed = text ? outlet_open(path, &outlet) : -ENOMEM;
    if (!failed) {
        fflush(stdout); /* what was printed before comes first, where both go the same way */
        failed = outlet_close(&outlet, files_write_all(outlet.fd, text, strlen(text)));
    }
    free(text);
    if (!failed)
        return COMMAND_PASSED;
    options_complain("%s was not written: %s", path, strerror(-failed));
    return COMMAND_USAGE;
}

static int show(const struct gradebook *book, const struct request *request)
{
    struct terminal terminal;
    int status = COMMAND_PASSED;
    bool piped = (request->csv && outlet_names_stdout(request->csv)) ||
                 (request->json && outlet_names_stdout(request->json));
    terminal_init(&terminal, stdout);
    if (!piped)
        gradebook_print(book, &terminal);
    if (!piped && request->student)
        gradebook_explain(book, &terminal);
    if (request->csv)
        status = export(request->csv, gradebook_csv(book));
    if (request->json && status == COMMAND_PASSED)
        status = export(request->json, gradebook_json(book));
    return status;
}

static size_t count_ungraded(const struct submissions *found, const struct gradebook *book,
                             const char *student)
{
    size_t ungraded = 0;
    for (size_t i = 0; i < found->count; i++) {
        const struct submission *one = &found->all[i];
        bool graded = student && strcmp(student, one->student) != 0;
        for (size_t at = 0; !graded && at < book->cell_count; at++) {
            const struct gradebook_cell *cell = &book->cells[at];
            graded = strcmp(book->students[cell->student], one->student) == 0 &&
                     strcmp(book->exercises[cell->exercise], one->exercise->name) == 0;
        }
        ungraded += !graded;
    }
    return ungraded;
}

static bool is_of(const char *path, const char *student)
{
    size_t length = strlen(student);
    return strncmp(path, student, length) == 0 && path[length] == '/';
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
        size_t ungraded = count_ungraded(&found, book, request->student);
        for (size_t i = 0; i < found.unknown_count; i++)
            if (!request->student || is_of(found.unknown[i], request->student))
                options_complain("not an exercise: %s", found.unknown[i]);
        if (ungraded)
            options_complain("incomplete: %zu not graded yet", ungraded);
        submissions_free(&found);
    }
    desk_close(&desk);
}

static int report(const struct request *request)
{
    char path[PATH_MAX], error[PATH_MAX + 400];
    struct store *store;
    struct gradebook book;
    int status = grading_find_db(request->source, path);
    if (!status)
        status = check_targets(request, path);
    if (status)
        return status;
    if (store_open(path, &store, error, sizeof(error)) != 0) {
        options_complain("%s", error);
        return COMMAND_USAGE;
    }
    if (gradebook_load(store, request->student, &book) != 0) {
        options_complain("%s: %s", path, store_error());
        status = COMMAND_USAGE;
    } else if (request->student && book.cell_count == 0) {
        options_complain("%s: no grades of a student '%s'", path, request->student);
        status = COMMAND_USAGE;
        gradebook_free(&book);
    } else {
        status = show(&book, request);
        fflush(stdout);
        tell_missing(&book, request);
        gradebook_free(&book);
    }
    store_close(store);
    return status;
}

int command_report(int argc, char **argv)
{
    int status;
    struct request request = {0};
    const struct option_rule rules[] = {{"--csv", OPTION_TEXT, &request.csv},
                                        {"--json", OPTION_TEXT, &request.json},
                                        {"--student", OPTION_TEXT, &request.student},
                                        {0}};
    const struct options options = {argv[0],
                                    "report DIR|DB [--csv FILE] [--json FILE] [--student S]", rules,
                                    &request.source, 1};
    if (!options_parse(&options, argc, argv, &status))
        return status;
    if (request.source)
        return report(&request);
    options_complain("report wants a folder of submissions or a database. Usage: ./syslab %s",
                     options.usage);
    return COMMAND_USAGE;
}
