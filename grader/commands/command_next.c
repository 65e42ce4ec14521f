/* command_next.c - syslab next: the next exercise, its task in words, its first failing test. */
#include <stdio.h>
#include <string.h>

#include "grader/base/options.h"
#include "grader/commands/commands.h"
#include "grader/desk/desk_view.h"
#include "grader/record/view.h"

struct sought {
    const struct desk_exercise *exercise;
    struct record *record;
};

static int take_record(void *context, const struct store_row *row)
{
    struct sought *sought = context;
    if (strcmp(row->exercise, sought->exercise->name) != 0)
        return 0;
    return record_from_json(row->json, &sought->record);
}

static void show_first_failure(const struct terminal *terminal, struct desk *desk,
                               const struct desk_exercise *exercise)
{
    char file[PATH_MAX];
    struct sought sought = {exercise, NULL};
    desk_file(desk, exercise, file);
    if (store_each(desk->store, "", take_record, &sought) != 0 || !sought.record) {
        fprintf(terminal->out, "\nNot tested yet: ./syslab test %s\n", exercise->name);
        return;
    }
    const struct view view = {.terminal = *terminal,
                              .manifest = exercise->manifest,
                              .course_root = desk->course.root,
                              .file = file,
                              .brief = true};
    fputs("\nThe last test run ended with:\n\n", terminal->out);
    view_failure(&view, sought.record);
    record_destroy(sought.record);
}

int command_next(int argc, char **argv)
{
    int status;
    const struct option_rule rules[] = {{0}};
    const struct options options = {argv[0], "next", rules, NULL, 0};
    struct desk desk;
    if (!options_parse(&options, argc, argv, &status))
        return status;
    status = desk_open(&desk, true);
    if (status)
        return status;
    desk_warn(&desk);
    struct terminal terminal;
    terminal_init(&terminal, stdout);
    const struct desk_exercise *exercise = desk_next(&desk);
    if (exercise) {
        desk_view_task(&terminal, &desk, exercise);
        show_first_failure(&terminal, &desk, exercise);
    } else if (desk.count > 0) {
        printf("Every exercise is passed. ./syslab list shows them, ./syslab submit packs "
               "them.\n");
    } else {
        options_complain("this course has no exercises yet");
        status = COMMAND_USAGE;
    }
    desk_close(&desk);
    return status;
}
