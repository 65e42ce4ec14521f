#include "grader/desk/desk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/command_exit.h"
#include "grader/base/options.h"
#include "grader/base/prose.h"

static int open_store(struct desk *desk, bool remember)
{
    char path[PATH_MAX], error[PATH_MAX + 400];
    if (!remember)
        return store_open(":memory:", &desk->store, error, sizeof(error));
    int failed = work_store(&desk->workspace, path);
    if (failed)
        snprintf(error, sizeof(error), "%s/.syslab: %s", desk->workspace.root, strerror(-failed));
    else
        failed = store_open(path, &desk->store, error, sizeof(error));
    if (!failed)
        return 0;
    snprintf(desk->warning, sizeof(desk->warning), "%.340s; your progress will not be remembered",
             error);
    return store_open(":memory:", &desk->store, error, sizeof(error));
}

static int load_exercises(struct desk *desk)
{
    int failed = course_exercises(&desk->course, &desk->names, &desk->count);
    if (failed)
        return failed;
    desk->exercises = calloc(desk->count + 1, sizeof(*desk->exercises));
    if (!desk->exercises)
        return -ENOMEM;
    for (size_t i = 0; i < desk->count; i++) {
        struct desk_exercise *exercise = &desk->exercises[i];
        exercise->name = desk->names[i];
        manifest_load(desk->course.root, exercise->name, &exercise->manifest, exercise->error,
                      sizeof(exercise->error));
    }
    return 0;
}

int desk_open(struct desk *desk, bool remember)
{
    char error[PATH_MAX + 400];
    memset(desk, 0, sizeof(*desk));
    if (course_find(&desk->course, error, sizeof(error)) != 0) {
        options_complain("%s", error);
        return COMMAND_USAGE;
    }
    int failed = work_find(&desk->course, &desk->workspace);
    if (!failed)
        failed = load_exercises(desk);
    if (!failed)
        failed = open_store(desk, remember);
    if (!failed)
        failed = desk_refresh(desk);
    if (!failed)
        return 0;
    options_complain("%s: %s", desk->workspace.root, strerror(-failed));
    desk_close(desk);
    return COMMAND_USAGE;
}

void desk_close(struct desk *desk)
{
    for (size_t i = 0; desk->exercises && i < desk->count; i++)
        manifest_free(desk->exercises[i].manifest);
    free(desk->exercises);
    course_free_names(desk->names, desk->count);
    store_close(desk->store);
    memset(desk, 0, sizeof(*desk));
}

void desk_warn(const struct desk *desk)
{
    if (desk->warning[0])
        options_complain("%s", desk->warning);
}

static int note_record(void *context, const struct store_row *row)
{
    struct desk *desk = context;
    for (size_t i = 0; i < desk->count; i++) {
        struct desk_exercise *exercise = &desk->exercises[i];
        if (strcmp(exercise->name, row->exercise) != 0)
            continue;
        exercise->graded = true;
        exercise->verdict = row->verdict;
        exercise->points = row->points;
        snprintf(exercise->submission_hash, sizeof(exercise->submission_hash), "%s",
                 row->submission_hash);
    }
    return 0;
}

/* A pass stands, also while the student tries something else with the file afterwards. */
static int find_state(struct desk *desk, struct desk_exercise *exercise)
{
    bool passed;
    int failed = store_passed(desk->store, exercise->name, &passed);
    if (!failed)
        failed = store_gave_up(desk->store, exercise->name, &exercise->gave_up);
    bool started = exercise->manifest && work_started(&desk->workspace, exercise->manifest);
    exercise->state = passed                        ? DESK_PASSED
                      : exercise->graded || started ? DESK_FAILING
                                                    : DESK_NOT_STARTED;
    return failed;
}

int desk_refresh(struct desk *desk)
{
    int failed = store_each(desk->store, "", note_record, desk);
    for (size_t i = 0; !failed && i < desk->count; i++)
        failed = find_state(desk, &desk->exercises[i]);
    return failed;
}

struct desk_exercise *desk_next(struct desk *desk)
{
    struct desk_exercise *given_up = NULL;
    for (size_t i = 0; i < desk->count; i++) {
        struct desk_exercise *exercise = &desk->exercises[i];
        if (exercise->state == DESK_PASSED || !exercise->manifest)
            continue;
        if (!exercise->gave_up)
            return exercise;
        given_up = given_up ? given_up : exercise;
    }
    return given_up;
}

static struct desk_exercise *find(struct desk *desk, const char *name)
{
    struct desk_exercise *found = NULL;
    for (size_t i = 0; i < desk->count; i++) {
        const char *whole = desk->exercises[i].name;
        const char *slash = strrchr(whole, '/');
        if (strcmp(whole, name) == 0)
            return &desk->exercises[i];
        if (!slash || strcmp(slash + 1, name) != 0)
            continue;
        if (found)
            return NULL; /* two chapters have one of that name: the whole one is needed */
        found = &desk->exercises[i];
    }
    return found;
}

/* Shells complete paths: "work/03_memory/arena/" and "exercises/03_memory/arena" are meant well. */
static void tidy_name(const char *name, char out[PATH_MAX])
{
    static const char *const folders[] = {"./", "work/", "exercises/"};
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        if (strncmp(name, folders[i], strlen(folders[i])) == 0)
            name += strlen(folders[i]);
    snprintf(out, PATH_MAX, "%s", name);
    for (size_t length = strlen(out); length > 0 && out[length - 1] == '/'; length--)
        out[length - 1] = '\0';
}

struct desk_exercise *desk_choose(struct desk *desk, const char *name)
{
    char tidy[PATH_MAX] = "";
    if (name)
        tidy_name(name, tidy);
    struct desk_exercise *exercise = name ? find(desk, tidy) : desk_next(desk);
    if (exercise && exercise->manifest)
        return exercise;
    if (exercise) {
        options_complain("%s", exercise->error);
    } else if (!name) {
        options_complain(desk->count ? "every exercise is passed; name one to test it again"
                                     : "this course has no exercises yet");
    } else {
        const char *nearest = prose_nearest(tidy, desk->names, desk->count);
        options_complain("there is no exercise '%s'%s%s%s", tidy,
                         nearest ? ". Did you mean '" : "; './syslab list' shows them all",
                         nearest ? nearest : "", nearest ? "'?" : "");
    }
    return NULL;
}

void desk_file(const struct desk *desk, const struct desk_exercise *exercise, char out[PATH_MAX])
{
    if (work_file(&desk->workspace, exercise->manifest, out) != 0)
        out[0] = '\0';
}

const char *desk_state_word(enum desk_state state)
{
    static const char *const words[] = {"not started", "failing", "passed"};
    return words[state];
}
