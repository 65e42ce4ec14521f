/* command_explain.c - syslab explain STUDENT EX: one grade in words, and the file that it was given for. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/files.h"
#include "grader/base/grow.h"
#include "grader/base/options.h"
#include "grader/base/outlet.h"
#include "grader/base/prose.h"
#include "grader/class/explain.h"
#include "grader/commands/commands.h"
#include "grader/desk/grading.h"

struct request {
    const char *words[2]; /* student, exercise */
    const char *db, *source;
    bool json;
};

/* Names to choose from. */
struct names {
    char **all;
    size_t count, capacity;
};

static int add_name(struct names *names, const char *name)
{
    char **slot = grow((void **)&names->all, names->count, &names->capacity, sizeof(*names->all));
    if (!slot || !(*slot = strdup(name)))
        return -ENOMEM;
    names->count++;
    return 0;
}

static int add_student(void *context, const char *name)
{
    return add_name(context, name);
}

static int add_exercise(void *context, const struct store_row *row)
{
    return add_name(context, row->exercise);
}

static void free_names(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->all[i]);
    free(names->all);
}

/* "03_memory/arena", or "arena" where only one ends so. Returns: one of the names, or NULL. */
static const char *choose(const struct names *names, const char *wanted)
{
    const char *found = NULL;
    for (size_t i = 0; i < names->count; i++) {
        const char *slash = strrchr(names->all[i], '/');
        if (strcmp(names->all[i], wanted) == 0)
            return names->all[i];
        if (!slash || strcmp(slash + 1, wanted) != 0)
            continue;
        if (found)
            return NULL;
        found = names->all[i];
    }
    return found;
}

static bool has_name(const struct names *names, const char *wanted)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->all[i], wanted) == 0)
            return true;
    return false;
}

static int complain_of_store(const char *db)
{
    options_complain("%s: %s", db, store_error());
    return COMMAND_USAGE;
}

static int complain_of_name(const char *db, const char *what, const char *wrong,
                            const struct names *names)
{
    const char *nearest = prose_nearest(wrong, names->all, names->count);
    if (nearest)
        options_complain("%s: no grade of %s '%s'. Did you mean '%s'?", db, what, wrong, nearest);
    else
        options_complain("%s: no grade of %s '%s'", db, what, wrong);
    return COMMAND_USAGE;
}

/* ---- the graded file ---- */

/* Asked for twice, as by the commands that this program itself names. */
static bool is_there_already(const char *path, const char *text, size_t size)
{
    char *data;
    size_t there;
    if (outlet_names_stdout(path) || files_regular_or_absent(path) != 0 ||
        files_read(path, &data, &there) != 0)
        return false;
    bool same = there == size && memcmp(data, text, size) == 0;
    free(data);
    return same;
}

static int write_source(const char *path, const char *text, size_t size)
{
    struct outlet outlet;
    if (is_there_already(path, text, size))
        return COMMAND_PASSED;
    int failed = outlet_check(path, OUTLET_SOURCE);
    if (!failed)
        failed = outlet_open(path, &outlet);
    if (!failed)
        failed = outlet_close(&outlet, files_write_all(outlet.fd, text, size));
    if (!failed)
        return COMMAND_PASSED;
    options_complain("%s was not written: %s", path, outlet_reason(failed));
    return COMMAND_USAGE;
}

static int give_source(struct store *store, const struct explain *explain,
                       const struct request *request)
{
    char *text;
    size_t size;
    if (outlet_is(request->source, request->db)) {
        options_complain("%s is the grades' database; name another file", request->source);
        return COMMAND_USAGE;
    }
    int failed = store_source(store, explain->record->submission_hash, &text, &size);
    if (failed == -ENOENT) {
        options_complain("%s: the file that was graded was not kept: %s", request->db,
                         explain->record->message[0] ? explain->record->message
                                                     : "an older syslab graded it");
        return COMMAND_USAGE;
    }
    if (failed)
        return complain_of_store(request->db);
    int status = write_source(request->source, text, size);
    free(text);
    return status;
}

/* ---- the command ---- */

static int show(struct store *store, const struct explain *explain, const struct request *request)
{
    struct terminal terminal;
    if (request->source)
        return give_source(store, explain, request);
    if (!request->json) {
        terminal_init(&terminal, stdout);
        explain_print(explain, &terminal);
        return COMMAND_PASSED;
    }
    char *json = explain_json(explain);
    if (!json) {
        options_complain("out of memory");
        return COMMAND_USAGE;
    }
    puts(json);
    free(json);
    return COMMAND_PASSED;
}

/* Whether someone has a grade of it, by its whole name or its last part. */
static bool is_graded(struct store *store, const char *exercise)
{
    struct names all = {0};
    bool found = false;
    int failed = store_each(store, NULL, add_exercise, &all);
    for (size_t i = 0; !failed && i < all.count; i++) {
        const char *slash = strrchr(all.all[i], '/');
        found = found || strcmp(all.all[i], exercise) == 0 ||
                (slash && strcmp(slash + 1, exercise) == 0);
    }
    free_names(&all);
    return found;
}

/* The student is known, and has no grade of the exercise: a slip of the pen, or nothing handed in. */
static int complain_of_exercise(struct store *store, const struct request *request,
                                const struct names *exercises)
{
    if (exercises->count > 0 && !is_graded(store, request->words[1]))
        return complain_of_name(request->db, "the exercise", request->words[1], exercises);
    options_complain("%s: %s has no submission for %s that was graded", request->db,
                     request->words[0], request->words[1]);
    return COMMAND_USAGE;
}

static int explain_one(struct store *store, const struct request *request, const char *exercise)
{
    struct explain explain;
    int failed = explain_load(store, request->db, request->words[0], exercise, &explain);
    if (failed == -EBADMSG) {
        options_complain("%s: the record of %s %s cannot be read: a later syslab may have made it",
                         request->db, request->words[0], exercise);
        return COMMAND_USAGE;
    }
    if (failed == -ENOMEM) {
        options_complain("out of memory");
        return COMMAND_USAGE;
    }
    if (failed)
        return complain_of_store(request->db);
    int status = show(store, &explain, request);
    explain_free(&explain);
    return status;
}

static int find_and_explain(struct store *store, const struct request *request)
{
    struct names students = {0}, exercises = {0};
    int status;
    int failed = store_each_student(store, add_student, &students);
    if (!failed)
        failed = store_each(store, request->words[0], add_exercise, &exercises);
    const char *exercise = failed ? NULL : choose(&exercises, request->words[1]);
    if (failed)
        status = complain_of_store(request->db);
    else if (!has_name(&students, request->words[0]))
        status = complain_of_name(request->db, "a student", request->words[0], &students);
    else if (!exercise)
        status = complain_of_exercise(store, request, &exercises);
    else
        status = explain_one(store, request, exercise);
    free_names(&students);
    free_names(&exercises);
    return status;
}

static const char notes[] =
    "\n"
    "FILE is the gradebook that 'grade' made, or the folder that it lies in; grades.sqlite if "
    "none\n"
    "is named. --source writes the student's file as it was graded, '-' to the standard output.\n"
    "Exit status: 0 the grade is explained, whatever it is; 2 no such grade, usage or machine.\n";

int command_explain(int argc, char **argv)
{
    int status;
    char db[PATH_MAX], error[PATH_MAX + 400];
    struct store *store;
    struct request request = {0};
    const struct option_rule rules[] = {{"--db", OPTION_TEXT, &request.db},
                                        {"--source", OPTION_TEXT, &request.source},
                                        {"--json", OPTION_FLAG, &request.json},
                                        {0}};
    const struct options options = {argv[0],
                                    "explain STUDENT EX [--db FILE] [--json] [--source FILE]",
                                    rules, request.words, 2};
    if (!options_parse(&options, argc, argv, &status)) {
        if (status == COMMAND_PASSED) /* it was --help */
            fputs(notes, stdout);
        return status;
    }
    if (!request.words[1]) {
        options_complain("explain wants a student and an exercise. Usage: ./syslab %s",
                         options.usage);
        return COMMAND_USAGE;
    }
    status = request.db ? grading_find_db(request.db, db)
                        : grading_find_db_here("--db FILE or --db DIR", db);
    if (status)
        return status;
    request.db = db;
    if (store_open_reading(db, &store, error, sizeof(error)) != 0) {
        options_complain("%s", error);
        return COMMAND_USAGE;
    }
    status = find_and_explain(store, &request);
    store_close(store);
    return status;
}
