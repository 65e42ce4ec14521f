#include "grader/store/gradebook.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/grow.h"
#include "grader/base/prose.h"

/* The loading of a gradebook. */
struct loader {
    struct gradebook *book;
    size_t student_capacity, exercise_capacity, max_capacity, cell_capacity;
};

/* Returns: 0, or -ENOMEM. */
static int add_name(char ***names, size_t *count, size_t *capacity, const char *name)
{
    char **slot = grow((void **)names, *count, capacity, sizeof(**names));
    if (!slot || !(*slot = strdup(name)))
        return -ENOMEM;
    (*count)++;
    return 0;
}

static int add_student(void *context, const char *name)
{
    struct loader *loader = context;
    struct gradebook *book = loader->book;
    return add_name(&book->students, &book->student_count, &loader->student_capacity, name);
}

static size_t find(char *const *names, size_t count, const char *name)
{
    size_t at = 0;
    while (at < count && strcmp(names[at], name) != 0)
        at++;
    return at;
}

/* The column of an exercise, made where it is new. */
static int find_exercise(struct loader *loader, const struct store_row *row, size_t *out)
{
    struct gradebook *book = loader->book;
    *out = find(book->exercises, book->exercise_count, row->exercise);
    if (*out == book->exercise_count) {
        if (!grow((void **)&book->max_points, *out, &loader->max_capacity, sizeof(unsigned)))
            return -ENOMEM;
        int failed = add_name(&book->exercises, &book->exercise_count, &loader->exercise_capacity,
                              row->exercise);
        if (failed)
            return failed;
    }
    if (row->max_points > book->max_points[*out])
        book->max_points[*out] = row->max_points;
    return 0;
}

static int add_cell(void *context, const struct store_row *row)
{
    struct loader *loader = context;
    struct gradebook *book = loader->book;
    size_t exercise;
    size_t student = book->cell_count ? book->cells[book->cell_count - 1].student : 0;
    while (student < book->student_count && strcmp(book->students[student], row->student) != 0)
        student++; /* both lists are in the same order */
    if (student == book->student_count)
        return -EINVAL;
    int failed = find_exercise(loader, row, &exercise);
    if (failed)
        return failed;
    struct gradebook_cell *cell =
        grow((void **)&book->cells, book->cell_count, &loader->cell_capacity, sizeof(*cell));
    if (!cell)
        return -ENOMEM;
    char *json = strdup(row->json);
    if (!json)
        return -ENOMEM;
    *cell = (struct gradebook_cell){
        .json = json,
        .student = student,
        .exercise = exercise,
        .verdict = row->verdict,
        .points = row->points,
        .max_points = row->max_points,
        .unsandboxed = !record_was_sandboxed(row->layers),
    };
    snprintf(cell->submission_hash, sizeof(cell->submission_hash), "%s", row->submission_hash);
    snprintf(cell->suite_hash, sizeof(cell->suite_hash), "%s", row->suite_hash);
    snprintf(cell->grader_hash, sizeof(cell->grader_hash), "%s", row->grader_hash);
    snprintf(cell->graded_at, sizeof(cell->graded_at), "%s", row->graded_at);
    book->cell_count++;
    return 0;
}

static int compare_cells(const void *a, const void *b)
{
    const struct gradebook_cell *x = a, *y = b;
    if (x->student != y->student)
        return x->student < y->student ? -1 : 1;
    return (x->exercise > y->exercise) - (x->exercise < y->exercise);
}

/* Columns came in the order in which students had them: put them in the order of their names. */
static void sort_exercises(struct gradebook *book)
{
    for (size_t i = 1; i < book->exercise_count; i++) {
        for (size_t j = i; j > 0 && strcmp(book->exercises[j - 1], book->exercises[j]) > 0; j--) {
            char *name = book->exercises[j];
            unsigned points = book->max_points[j];
            book->exercises[j] = book->exercises[j - 1];
            book->max_points[j] = book->max_points[j - 1];
            book->exercises[j - 1] = name;
            book->max_points[j - 1] = points;
            for (size_t k = 0; k < book->cell_count; k++) {
                size_t *at = &book->cells[k].exercise;
                *at = *at == j ? j - 1 : *at == j - 1 ? j : *at;
            }
        }
    }
    if (book->cell_count)
        qsort(book->cells, book->cell_count, sizeof(*book->cells), compare_cells);
}

int gradebook_load(struct store *store, const char *student, struct gradebook *out)
{
    *out = (struct gradebook){0};
    struct loader loader = {.book = out};
    int failed =
        student ? add_student(&loader, student) : store_each_student(store, add_student, &loader);
    if (!failed)
        failed = store_each(store, student, add_cell, &loader);
    if (failed)
        gradebook_free(out);
    else
        sort_exercises(out);
    return failed;
}

void gradebook_free(struct gradebook *book)
{
    for (size_t i = 0; i < book->student_count; i++)
        free(book->students[i]);
    for (size_t i = 0; i < book->exercise_count; i++)
        free(book->exercises[i]);
    for (size_t i = 0; i < book->cell_count; i++)
        free(book->cells[i].json);
    free(book->students);
    free(book->exercises);
    free(book->max_points);
    free(book->cells);
    *book = (struct gradebook){0};
}

/* The exercise of that name; exercise_count if there is none, or more than one. */
static size_t find_by_name(const struct gradebook *book, const char *name)
{
    size_t found = find(book->exercises, book->exercise_count, name), ends = 0;
    if (found < book->exercise_count)
        return found;
    for (size_t i = 0; i < book->exercise_count; i++) {
        const char *slash = strrchr(book->exercises[i], '/');
        if (slash && strcmp(slash + 1, name) == 0) {
            found = i;
            ends++;
        }
    }
    return ends == 1 ? found : book->exercise_count;
}

bool gradebook_restrict(struct gradebook *book, const char *exercise)
{
    size_t kept = find_by_name(book, exercise), cells = 0;
    if (kept == book->exercise_count)
        return false;
    for (size_t i = 0; i < book->exercise_count; i++)
        if (i != kept)
            free(book->exercises[i]);
    book->exercises[0] = book->exercises[kept];
    book->max_points[0] = book->max_points[kept];
    book->exercise_count = 1;
    for (size_t i = 0; i < book->cell_count; i++) {
        if (book->cells[i].exercise != kept) {
            free(book->cells[i].json);
            continue;
        }
        book->cells[cells] = book->cells[i];
        book->cells[cells++].exercise = 0;
    }
    book->cell_count = cells;
    return true;
}

const struct gradebook_cell *gradebook_cell(const struct gradebook *book, size_t student,
                                            size_t exercise)
{
    const struct gradebook_cell key = {.student = student, .exercise = exercise};
    if (book->cell_count == 0)
        return NULL;
    return bsearch(&key, book->cells, book->cell_count, sizeof(key), compare_cells);
}

static enum style style_of(const struct gradebook_cell *cell)
{
    return cell->verdict == VERDICT_PASS           ? STYLE_GOOD
           : cell->verdict == VERDICT_GRADER_ERROR ? STYLE_STRONG
                                                   : STYLE_BAD;
}

static void print_cell(const struct terminal *terminal, const struct gradebook_cell *cell,
                       int width)
{
    char text[64] = "";
    if (cell && cell->verdict == VERDICT_GRADER_ERROR)
        snprintf(text, sizeof(text), "? %s", verdict_name(cell->verdict));
    else if (cell)
        snprintf(text, sizeof(text), "%g %s%s", cell->points, verdict_name(cell->verdict),
                 cell->unsandboxed ? " *" : "");
    fprintf(terminal->out, "  %s%-*s%s", cell ? terminal_style(terminal, style_of(cell)) : "",
            width, text, terminal_style(terminal, STYLE_PLAIN));
}

enum { CELL_COLUMNS = 17 };

static int column_width(const char *name)
{
    int length = (int)prose_columns(name);
    return length > CELL_COLUMNS ? length : CELL_COLUMNS;
}

static int student_width(const struct gradebook *book)
{
    size_t widest = strlen("student");
    for (size_t i = 0; i < book->student_count; i++) {
        char *name = prose_neutral_name(book->students[i]);
        size_t columns = name ? prose_columns(name) : 0;
        free(name);
        widest = columns > widest ? columns : widest;
    }
    return widest < 40 ? (int)widest : 40;
}

double gradebook_total(const struct gradebook *book, size_t student)
{
    double total = 0;
    for (size_t i = 0; i < book->exercise_count; i++) {
        const struct gradebook_cell *cell = gradebook_cell(book, student, i);
        if (cell && cell->verdict != VERDICT_GRADER_ERROR)
            total += cell->points;
    }
    return total;
}

static void print_row(const struct gradebook *book, const struct terminal *terminal, size_t student,
                      int width)
{
    char *name = prose_neutral_name(book->students[student]);
    int pad = width - (int)(name ? prose_columns(name) : 0);
    if (name)
        prose_put_name(terminal->out, name, terminal->utf8);
    free(name);
    fprintf(terminal->out, "%*s", pad > 0 ? pad : 0, "");
    for (size_t i = 0; i < book->exercise_count; i++)
        print_cell(terminal, gradebook_cell(book, student, i), column_width(book->exercises[i]));
    fprintf(terminal->out, "  %6g\n", gradebook_total(book, student));
}

void gradebook_print(const struct gradebook *book, const struct terminal *terminal)
{
    int width = student_width(book);
    bool unsandboxed = false;
    fprintf(terminal->out, "%s%-*s", terminal_style(terminal, STYLE_STRONG), width, "student");
    for (size_t i = 0; i < book->exercise_count; i++)
        fprintf(terminal->out, "  %-*s", column_width(book->exercises[i]), book->exercises[i]);
    fprintf(terminal->out, "  %6s%s\n", "total", terminal_style(terminal, STYLE_PLAIN));
    for (size_t i = 0; i < book->student_count; i++)
        print_row(book, terminal, i, width);
    for (size_t i = 0; i < book->cell_count; i++)
        unsandboxed = unsandboxed || book->cells[i].unsandboxed;
    if (unsandboxed)
        fprintf(terminal->out, "* graded without a sandbox\n");
}
