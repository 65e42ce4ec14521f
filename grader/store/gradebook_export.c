/* gradebook_export.c - the gradebook as CSV and as JSON. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/prose.h"
#include "grader/store/gradebook_internal.h"

/* Spreadsheets take the full-width forms for the ASCII ones. */
static bool begins_formula(const char *text)
{
    static const char *const signs[] = {"=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"};
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
        if (strncmp(text, signs[i], strlen(signs[i])) == 0)
            return true;
    return false;
}

/* A field of RFC 4180. A student chooses the name of a folder. In a spreadsheet "=cmd|..." would be a
 * program (OWASP, CSV injection), so a cell that begins like a formula is made text by an
 * apostrophe; a newline would begin a row to whoever reads by lines, so it is spelt out. Where the comma is in
 * numbers, spreadsheets split at semicolons, and what follows one would begin a cell: but not in quotes. */
static void put_field(FILE *out, const char *text)
{
    char *neutral = prose_neutral_name(text);
    if (!neutral)
        return;
    bool formula = begins_formula(neutral);
    bool quote = formula || strpbrk(neutral, ",;\"") || *neutral == ' ';
    if (quote)
        fputc('"', out);
    if (formula)
        fputc('\'', out);
    for (const char *at = neutral; *at; at++) {
        if (*at == '"')
            fputc('"', out);
        fputc(*at, out);
    }
    if (quote)
        fputc('"', out);
    free(neutral);
}

static bool is_grade(const struct gradebook_cell *cell)
{
    return cell && cell->verdict != VERDICT_GRADER_ERROR;
}

static void put_row(FILE *out, const struct gradebook *book, size_t student)
{
    double total = 0;
    put_field(out, book->students[student]);
    for (size_t i = 0; i < book->exercise_count; i++) {
        const struct gradebook_cell *cell = gradebook_cell(book, student, i);
        fputc(',', out);
        if (is_grade(cell)) {
            fprintf(out, "%g", cell->points);
            total += cell->points;
        }
        fprintf(out, ",%s", cell ? verdict_name(cell->verdict) : "");
    }
    fprintf(out, ",%g\r\n", total);
}

char *gradebook_csv(const struct gradebook *book)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    fputs("student", out);
    for (size_t i = 0; i < book->exercise_count; i++)
        fprintf(out, ",%s points,%s verdict", book->exercises[i], book->exercises[i]);
    fputs(",total\r\n", out);
    for (size_t i = 0; i < book->student_count; i++)
        put_row(out, book, i);
    bool failed = ferror(out);
    if (fclose(out) == 0 && !failed)
        return text;
    free(text);
    return NULL;
}

static json_t *cell_to_json(const struct gradebook *book, const struct gradebook_cell *cell)
{
    json_t *object = json_pack(
        "{s:s, s:s, s:I, s:s, s:s, s:s, s:s, s:b}", "exercise", book->exercises[cell->exercise],
        "verdict", verdict_name(cell->verdict), "max_points", (json_int_t)cell->max_points,
        "submission_hash", cell->submission_hash, "suite_hash", cell->suite_hash, "grader_hash",
        cell->grader_hash, "graded_at", cell->graded_at, "sandboxed", !cell->unsandboxed);
    json_object_set_new(object, "points", is_grade(cell) ? json_real(cell->points) : json_null());
    gradebook_add_details(object, cell);
    return object;
}

static json_t *student_to_json(const struct gradebook *book, size_t student)
{
    json_t *grades = json_array();
    double total = 0;
    for (size_t i = 0; i < book->exercise_count; i++) {
        const struct gradebook_cell *cell = gradebook_cell(book, student, i);
        if (cell)
            json_array_append_new(grades, cell_to_json(book, cell));
        total += is_grade(cell) ? cell->points : 0;
    }
    char *name = prose_neutral(book->students[student]);
    json_t *object =
        json_pack("{s:s*, s:f, s:o}", "student", name, "total", total, "grades", grades);
    free(name);
    return object;
}

char *gradebook_json(const struct gradebook *book)
{
    json_t *exercises = json_array();
    json_t *students = json_array();
    for (size_t i = 0; i < book->exercise_count; i++)
        json_array_append_new(exercises, json_pack("{s:s, s:I}", "exercise", book->exercises[i],
                                                   "max_points", (json_int_t)book->max_points[i]));
    for (size_t i = 0; i < book->student_count; i++)
        json_array_append_new(students, student_to_json(book, i));
    json_t *root = json_pack("{s:o, s:o}", "exercises", exercises, "students", students);
    char *text = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
    json_decref(root);
    return text;
}
