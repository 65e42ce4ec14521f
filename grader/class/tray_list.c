/* tray_list.c - the list of what is handed out, written and read. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grader/base/files.h"
#include "grader/base/grow.h"
#include "grader/base/text.h"
#include "grader/class/tray_internal.h"

/* ---- any name as printable ASCII ---- */

static json_t *encode(const char *bytes)
{
    struct text text = {0};
    text_append(&text, "%s", "");
    for (; *bytes; bytes++) {
        unsigned char byte = (unsigned char)*bytes;
        if (byte < ' ' || byte > '~' || byte == '%')
            text_append(&text, "%%%02X", byte);
        else
            text_append_bytes(&text, bytes, 1);
    }
    json_t *string = text.failed ? NULL : json_string(text.data ? text.data : "");
    text_fini(&text);
    return string;
}

/* The byte of two hexadecimal digits, or 0. */
static unsigned char read_byte(const char *digits)
{
    const char two[] = {digits[0], digits[0] ? digits[1] : '\0', '\0'};
    bool right = strspn(two, "0123456789ABCDEF") == 2;
    return right ? (unsigned char)strtoul(two, NULL, 16) : 0;
}

/* Returns: the bytes, to be freed; or NULL for what encode never writes. */
static char *decode(const char *text)
{
    char *bytes = text ? malloc(strlen(text) + 1) : NULL;
    char *at = bytes;
    for (; bytes && *text; text++) {
        bool coded = *text == '%';
        *at = coded ? (char)read_byte(text + 1) : *text;
        if (!*at) {
            free(bytes);
            return NULL;
        }
        at++;
        text += coded ? 2 : 0;
    }
    if (bytes)
        *at = '\0';
    return bytes;
}

/* ---- writing ---- */

static void append_line(struct text *text, json_t *object)
{
    char *line = object ? json_dumps(object, JSON_COMPACT) : NULL;
    if (line)
        text_append(text, "%s\n", line);
    else
        text->failed = true;
    free(line);
    json_decref(object);
}

static json_t *describe_list(const struct tray_list *list)
{
    return json_pack("{s:i, s:s, s:o, s:o, s:s, s:s, s:s, s:b, s:I}", "syslab_units", 1, "job",
                     list->job, "course", encode(list->course_root), "build",
                     encode(list->build_root), "grader_hash", list->grader_hash, "compiler_hash",
                     list->compiler_hash, "toolchain", list->toolchain, "no_sandbox",
                     list->no_sandbox, "units_a_task", (json_int_t)list->units_a_task);
}

static json_t *describe_unit(const struct unit *unit)
{
    return json_pack("{s:s, s:o, s:s, s:o, s:s, s:s}", "id", unit->id, "student",
                     encode(unit->student), "exercise", unit->manifest->exercise, "path",
                     encode(unit->path), "submission_hash", unit->submission_hash, "suite_hash",
                     unit->suite_hash);
}

int tray_publish(const struct tray *tray, const struct tray_list *list,
                 const struct unit *const *units, size_t count)
{
    char path[TRAY_AT_BYTES];
    struct text text = {0};
    tray_at(tray->root_fd, "units.jsonl", path);
    append_line(&text, describe_list(list));
    for (size_t i = 0; i < count && !text.failed; i++)
        append_line(&text, describe_unit(units[i]));
    int failed = text.failed ? -ENOMEM : 0;
    if (!failed)
        failed = files_write(path, text.data, text.length);
    text_fini(&text);
    return failed;
}

/* ---- reading ---- */

static bool copy_text(const json_t *object, const char *key, char *out, size_t out_bytes)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text && snprintf(out, out_bytes, "%s", text) < (int)out_bytes;
}

static bool copy_path(const json_t *object, const char *key, char out[PATH_MAX])
{
    char *bytes = decode(json_string_value(json_object_get(object, key)));
    bool fits = bytes && snprintf(out, PATH_MAX, "%s", bytes) < PATH_MAX;
    free(bytes);
    return fits;
}

/* It goes to squeue and scancel, where a comma or an option would mean other jobs. */
static bool is_job_name(const char *job)
{
    static const char prefix[] = "syslab-";
    size_t length = sizeof(prefix) - 1;
    if (strncmp(job, prefix, length) != 0 || !job[length])
        return false;
    return job[length + strspn(job + length, "0123456789abcdef")] == '\0';
}

static bool read_list(const char *line, struct tray_list *out)
{
    json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    json_int_t units = json_integer_value(json_object_get(object, "units_a_task"));
    bool right =
        json_integer_value(json_object_get(object, "syslab_units")) == 1 &&
        copy_text(object, "job", out->job, sizeof(out->job)) && is_job_name(out->job) &&
        copy_path(object, "course", out->course_root) &&
        copy_path(object, "build", out->build_root) &&
        copy_text(object, "grader_hash", out->grader_hash, sizeof(out->grader_hash)) &&
        copy_text(object, "compiler_hash", out->compiler_hash, sizeof(out->compiler_hash)) &&
        copy_text(object, "toolchain", out->toolchain, sizeof(out->toolchain)) &&
        json_is_boolean(json_object_get(object, "no_sandbox")) && units > 0 && units <= UINT_MAX;
    out->no_sandbox = json_is_true(json_object_get(object, "no_sandbox"));
    out->units_a_task = (unsigned)units;
    json_decref(object);
    return right;
}

static bool read_unit(const char *line, struct tray_unit *out)
{
    json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    out->student = decode(json_string_value(json_object_get(object, "student")));
    out->exercise = decode(json_string_value(json_object_get(object, "exercise")));
    out->path = decode(json_string_value(json_object_get(object, "path")));
    bool right =
        out->student && out->exercise && out->path && copy_text(object, "id", out->id, 65) &&
        copy_text(object, "submission_hash", out->submission_hash, sizeof(out->submission_hash)) &&
        copy_text(object, "suite_hash", out->suite_hash, sizeof(out->suite_hash));
    json_decref(object);
    return right;
}

static int open_list(const struct tray *tray, FILE **out, struct tray_list *list, char **line,
                     size_t *line_bytes)
{
    int fd = tray_open_file(tray->root_fd, "units.jsonl");
    if (fd < 0)
        return fd;
    *out = fdopen(fd, "r");
    if (!*out) {
        close(fd);
        return -ENOMEM;
    }
    if (getline(line, line_bytes, *out) > 0 && read_list(*line, list))
        return 0;
    fclose(*out);
    return -EINVAL;
}

int tray_job(const struct tray *tray, char job[TRAY_JOB_BYTES])
{
    FILE *file;
    char *line = NULL;
    size_t line_bytes = 0;
    struct tray_list list = {0};
    int failed = open_list(tray, &file, &list, &line, &line_bytes);
    if (!failed)
        fclose(file);
    free(line);
    memcpy(job, list.job, TRAY_JOB_BYTES);
    return failed;
}

static int read_part(FILE *file, unsigned task, struct tray_work *out, char **line,
                     size_t *line_bytes)
{
    size_t capacity = 0;
    unsigned long first = (unsigned long)task * out->list.units_a_task;
    for (unsigned long i = 0; i < first + out->list.units_a_task; i++) {
        if (getline(line, line_bytes, file) <= 0)
            return ferror(file) ? -EIO : 0;
        if (i < first)
            continue;
        struct tray_unit *unit =
            grow((void **)&out->units, out->count, &capacity, sizeof(*out->units));
        if (!unit)
            return -ENOMEM;
        out->count++;
        if (!read_unit(*line, unit))
            return -EINVAL;
    }
    return 0;
}

int tray_read(const struct tray *tray, unsigned task, struct tray_work *out, char *error,
              size_t error_bytes)
{
    FILE *file;
    char *line = NULL;
    size_t line_bytes = 0;
    *out = (struct tray_work){0};
    int failed = open_list(tray, &file, &out->list, &line, &line_bytes);
    if (!failed) {
        failed = read_part(file, task, out, &line, &line_bytes);
        fclose(file);
    }
    free(line);
    if (!failed)
        return 0;
    snprintf(error, error_bytes, "%s/units.jsonl: %s", tray->root,
             failed == -EINVAL ? "not a list of units"
             : failed == -ENOENT
                 ? "there is no such list. './syslab grade DIR --engine slurm' makes "
                   "it, in DIR/.units or the folder of --share"
                 : tray_reason(failed));
    tray_fini_work(out);
    return failed;
}

void tray_fini_work(struct tray_work *work)
{
    for (size_t i = 0; i < work->count; i++) {
        free(work->units[i].student);
        free(work->units[i].exercise);
        free(work->units[i].path);
    }
    free(work->units);
    *work = (struct tray_work){0};
}
