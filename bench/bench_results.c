/* bench_results.c - what is done with the JSON of bench programs.
 *
 *   bench_results merge OUT.json IN.json ...          one file of all rows
 *   bench_results table FILE.json                     for a terminal
 *   bench_results plot FILE.json                      data for bench/plot.gp
 *   bench_results lesson README.md FILE.json          write the lesson's tables
 *   bench_results check README.md FILE.json           are they what would be written?
 *   bench_results builds NAME=FILE.json ...           compare builds; equal names are rounds
 *
 * The chapter's name, for a lesson, is that of the results: 03_memory.json is `memory`.
 * Exit: 0, 1 the lesson differs, 2 usage or a bad file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/lesson.h"
#include "bench/views.h"

enum { BUILDS_MAX = 128 };

static int merge(int count, char **paths)
{
    json_t *all = json_array();
    int status = 0;
    for (int i = 1; i < count && status == 0; i++) {
        struct results results;
        if (results_load(paths[i], &results) != 0) {
            status = 2;
        } else {
            json_array_extend(all, results.json);
            results_free(&results);
        }
    }
    if (status == 0 && json_dump_file(all, paths[0], JSON_INDENT(1) | JSON_REAL_PRECISION(6))) {
        perror(paths[0]);
        status = 2;
    }
    json_decref(all);
    return status;
}

static int show(const char *path, void (*view)(const struct results *results, FILE *out))
{
    struct results results;
    if (results_load(path, &results) != 0)
        return 2;
    view(&results, stdout);
    results_free(&results);
    return 0;
}

static char *read_text(const char *path)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "re");
    if (!file || getdelim(&text, &size, '\0', file) < 0) {
        perror(path);
        free(text);
        text = NULL;
    }
    if (file)
        fclose(file);
    return text;
}

static int write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    if (file && fputs(text, file) >= 0 && fclose(file) == 0)
        return 0;
    perror(path);
    return 2;
}

/* "bench/results/03_memory.json" -> "memory" */
static void chapter_of(const char *path, char *name, size_t size)
{
    const char *base = strrchr(path, '/');
    base = base ? base + 1 : path;
    base += strspn(base, "0123456789_");
    snprintf(name, size, "%.*s", (int)strcspn(base, "."), base);
}

static int lesson(const char *lesson_path, const char *json_path, bool check)
{
    struct results results;
    char chapter[64], *made = NULL;
    char *text = read_text(lesson_path);
    if (!text)
        return 2;
    if (results_load(json_path, &results) != 0) {
        free(text);
        return 2;
    }
    chapter_of(json_path, chapter, sizeof(chapter));
    int status = 2;
    if (lesson_render(text, chapter, &results, &made) == 0) {
        status = check ? strcmp(text, made) != 0 : write_text(lesson_path, made);
        if (check && status)
            printf("%s: its tables are not those of %s: run bench_results lesson %s %s\n",
                   lesson_path, json_path, lesson_path, json_path);
        free(made);
    }
    results_free(&results);
    free(text);
    return status;
}

static int builds(int count, char **arguments)
{
    static struct views_build list[BUILDS_MAX];
    int loaded = 0;
    for (; loaded < count && loaded < BUILDS_MAX; loaded++) {
        char *equals = strchr(arguments[loaded], '=');
        if (!equals || results_load(equals + 1, &list[loaded].results) != 0)
            break;
        *equals = '\0';
        list[loaded].name = arguments[loaded];
    }
    if (loaded == count && count > 0)
        views_builds(list, (size_t)count, stdout);
    for (int i = 0; i < loaded; i++)
        results_free(&list[i].results);
    return loaded == count && count > 0 ? 0 : 2;
}

int main(int argc, char **argv)
{
    const char *command = argc > 2 ? argv[1] : "";
    if (strcmp(command, "merge") == 0)
        return merge(argc - 2, argv + 2);
    if (strcmp(command, "table") == 0 && argc == 3)
        return show(argv[2], views_table);
    if (strcmp(command, "plot") == 0 && argc == 3)
        return show(argv[2], views_plot_data);
    if (strcmp(command, "lesson") == 0 && argc == 4)
        return lesson(argv[2], argv[3], false);
    if (strcmp(command, "check") == 0 && argc == 4)
        return lesson(argv[2], argv[3], true);
    if (strcmp(command, "builds") == 0)
        return builds(argc - 2, argv + 2);
    fprintf(stderr, "usage: bench_results merge|table|plot|lesson|check|builds FILE ...\n");
    return 2;
}
