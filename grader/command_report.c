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
#include "grader/options.h"

struct request {
    const char *source, *csv, *json, *student;
};

static int find_db(const char *source, char out[PATH_MAX])
{
    struct stat status;
    int failed = stat(source, &status) == 0 ? 0 : errno;
    bool folder = !failed && S_ISDIR(status.st_mode);
    if (snprintf(out, PATH_MAX, "%s%s", source, folder ? "/grades.sqlite" : "") >= PATH_MAX)
        failed = ENAMETOOLONG;
    /* Opening would make an empty one. */
    if (!failed && stat(out, &status) != 0)
        failed = errno;
    if (!failed)
        return COMMAND_PASSED;
    options_complain("%s: %s%s", folder ? out : source, strerror(failed),
                     folder ? ". 'syslab grade' makes it" : "");
    return COMMAND_USAGE;
}

/* "-" is the standard output. */
static int export(const char *path, char *text)
{
    int failed = text ? 0 : -ENOMEM;
    if (!failed && strcmp(path, "-") == 0)
        failed = fputs(text, stdout) < 0 ? -EIO : 0;
    else if (!failed)
        failed = files_write(path, text, strlen(text));
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
    bool piped = (request->csv && strcmp(request->csv, "-") == 0) ||
                 (request->json && strcmp(request->json, "-") == 0);
    terminal_init(&terminal, stdout);
    if (!piped)
        gradebook_print(book, &terminal);
    if (request->csv)
        status = export(request->csv, gradebook_csv(book));
    if (request->json && status == COMMAND_PASSED)
        status = export(request->json, gradebook_json(book));
    return status;
}

static int report(const struct request *request)
{
    char path[PATH_MAX], error[PATH_MAX + 400];
    struct store *store;
    struct gradebook book;
    int status = find_db(request->source, path);
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
    options_complain("report wants a folder of submissions or a database. Usage: syslab %s",
                     options.usage);
    return COMMAND_USAGE;
}
