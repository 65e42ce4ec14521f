#include "grader/desk/desk_view.h"

#include <stdlib.h>
#include <string.h>

#include "grader/base/files.h"
#include "grader/base/prose.h"

static void list_state(const struct terminal *terminal, const struct desk_exercise *exercise)
{
    static const enum style styles[] = {STYLE_FAINT, STYLE_BAD, STYLE_GOOD};
    const char *state = desk_state_word(exercise->state);
    if (exercise->state == DESK_PASSED && exercise->verdict != VERDICT_PASS)
        state = "passed, fails now";
    else if (exercise->state != DESK_PASSED && exercise->gave_up)
        state = "gave up";
    fprintf(terminal->out, "%s%-17s%s ", terminal_style(terminal, styles[exercise->state]), state,
            terminal_style(terminal, STYLE_PLAIN));
}

static void list_line(const struct terminal *terminal, const struct desk_exercise *exercise,
                      bool here, int name_columns)
{
    FILE *out = terminal->out;
    const struct manifest *manifest = exercise->manifest;
    fprintf(out, "%s %-*s ", here ? terminal_mark(terminal, MARK_HERE) : " ", name_columns,
            exercise->name);
    if (!manifest) {
        prose_put(out, exercise->error, terminal->utf8);
        fputc('\n', out);
        return;
    }
    list_state(terminal, exercise);
    if (exercise->graded)
        fprintf(out, "%4g of %-4u", exercise->points, manifest->max_points);
    else
        fprintf(out, "%4s of %-4u", "-", manifest->max_points);
    for (size_t i = 0; i < manifest->prerequisite_count; i++)
        fprintf(out, "%s%s", i ? ", " : "  ", manifest->prerequisites[i]);
    fputc('\n', out);
}

static int widest_name(const struct desk *desk)
{
    int widest = 8;
    for (size_t i = 0; i < desk->count; i++)
        widest = (int)strlen(desk->names[i]) > widest ? (int)strlen(desk->names[i]) : widest;
    return widest;
}

void desk_view_list(const struct terminal *terminal, struct desk *desk)
{
    int columns = widest_name(desk);
    const struct desk_exercise *next = desk_next(desk);
    size_t passed = 0;
    fprintf(terminal->out, "%s  %-*s %-17s %-12s  needs%s\n", terminal_style(terminal, STYLE_FAINT),
            columns, "exercise", "state", "points", terminal_style(terminal, STYLE_PLAIN));
    for (size_t i = 0; i < desk->count; i++) {
        list_line(terminal, &desk->exercises[i], &desk->exercises[i] == next, columns);
        passed += desk->exercises[i].state == DESK_PASSED;
    }
    fputc('\n', terminal->out);
    terminal_bar(terminal, (double)passed, (double)desk->count, terminal->columns / 2);
    fprintf(terminal->out, " %zu of %zu passed\n", passed, desk->count);
}

/* The first paragraph below the title of a Markdown text, ended by a zero byte; NULL if none. */
static char *first_paragraph(char *text)
{
    char *line = text;
    while (*line == '#' || *line == '\n' || *line == '<') {
        line = strchr(line, '\n');
        if (!line)
            return NULL;
        line++;
    }
    char *end = strstr(line, "\n\n");
    if (end)
        *end = '\0';
    for (char *at = line; *at; at++)
        *at = *at == '\n' ? ' ' : *at; /* the handout's own line ends mean nothing */
    return *line ? line : NULL;
}

static void print_task(const struct terminal *terminal, const char *handout)
{
    char *text;
    size_t size;
    if (files_read(handout, &text, &size) != 0)
        return;
    const char *paragraph = first_paragraph(text);
    if (paragraph) {
        fputs("\n  ", terminal->out);
        prose_wrap(terminal->out, paragraph,
                   (struct prose_layout){2, terminal->columns, terminal->utf8});
    }
    free(text);
}

static void print_place(const struct terminal *terminal, const char *name, const char *folder,
                        const char *rest)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof(path), "%s%s", folder, rest) >= (int)sizeof(path))
        return;
    fprintf(terminal->out, "  %s%-11s%s", terminal_style(terminal, STYLE_FAINT), name,
            terminal_style(terminal, STYLE_PLAIN));
    fputs(terminal_style(terminal, STYLE_PLACE), terminal->out);
    prose_put_name(terminal->out, files_display_path(path), terminal->utf8);
    fprintf(terminal->out, "%s\n", terminal_style(terminal, STYLE_PLAIN));
}

void desk_view_task(const struct terminal *terminal, const struct desk *desk,
                    const struct desk_exercise *exercise)
{
    char handout[PATH_MAX], lesson[PATH_MAX], file[PATH_MAX];
    const struct manifest *manifest = exercise->manifest;
    desk_file(desk, exercise, file);
    if (snprintf(handout, sizeof(handout), "%s/exercises/%s/README.md", desk->course.root,
                 exercise->name) >= (int)sizeof(handout) ||
        snprintf(lesson, sizeof(lesson), "%s/%s", desk->course.root, manifest->lesson) >=
            (int)sizeof(lesson))
        return;
    fprintf(terminal->out, "%s%s%s  ", terminal_style(terminal, STYLE_STRONG), exercise->name,
            terminal_style(terminal, STYLE_PLAIN));
    prose_put(terminal->out, manifest->title, terminal->utf8);
    fprintf(terminal->out, "  (%u points)\n", manifest->max_points);
    print_task(terminal, handout);
    fputc('\n', terminal->out);
    print_place(terminal, "you write", file, "");
    print_place(terminal, "handout", handout, "");
    print_place(terminal, "lesson", lesson, "");
}

int desk_view_hints(const struct terminal *terminal, struct desk *desk,
                    const struct desk_exercise *exercise)
{
    const struct manifest *manifest = exercise->manifest;
    unsigned shown = 0;
    int failed = store_hints(desk->store, exercise->name, &shown);
    size_t count = manifest->hint_count;
    bool more = shown < count;
    shown = more ? shown + 1 : (unsigned)count;
    for (unsigned i = 0; i < shown; i++) {
        bool newest = more && i + 1 == shown;
        fprintf(terminal->out, "%sHint %u of %zu%s  ",
                terminal_style(terminal, newest ? STYLE_STRONG : STYLE_FAINT), i + 1, count,
                terminal_style(terminal, STYLE_PLAIN));
        prose_wrap(terminal->out, manifest->hints[i],
                   (struct prose_layout){13, terminal->columns, terminal->utf8});
    }
    size_t left = count - shown;
    if (!more)
        fprintf(terminal->out, "\nThose are all the hints there are.\n");
    else if (left)
        fprintf(terminal->out, "\n%zu more %s, when you need %s.\n", left,
                left == 1 ? "hint" : "hints", left == 1 ? "it" : "them");
    else
        fprintf(terminal->out, "\nThat was the last hint.\n");
    if (more && !failed)
        failed = store_set_hints(desk->store, exercise->name, shown);
    return failed;
}
