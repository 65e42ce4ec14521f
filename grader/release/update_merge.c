#include "grader/release/update_merge.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/files.h"
#include "grader/base/git.h"

void update_text_fini(struct update_text *text)
{
    free(text->data);
    *text = (struct update_text){.data = NULL};
}

/* ---- line ends ---- */

/* Whether every line ends with CR LF, and there is one. */
static bool has_crlf(const struct update_text *text)
{
    size_t lines = 0;
    for (size_t i = 0; i < text->size; i++) {
        if (text->data[i] != '\n')
            continue;
        if (i == 0 || text->data[i - 1] != '\r')
            return false;
        lines++;
    }
    return lines > 0;
}

/* A copy, with CR before each LF that has none if crlf is set. */
static int copy_text(const struct update_text *from, bool crlf, struct update_text *out)
{
    out->size = 0;
    out->data = malloc(2 * from->size + 1);
    if (!out->data)
        return -ENOMEM;
    for (size_t i = 0; i < from->size; i++) {
        if (crlf && from->data[i] == '\n' && (i == 0 || from->data[i - 1] != '\r'))
            out->data[out->size++] = '\r';
        out->data[out->size++] = from->data[i];
    }
    return 0;
}

bool update_text_same(const struct update_text *a, const struct update_text *b)
{
    size_t i = 0, j = 0;
    for (;;) {
        bool a_ends = i + 1 < a->size && a->data[i] == '\r' && a->data[i + 1] == '\n';
        bool b_ends = j + 1 < b->size && b->data[j] == '\r' && b->data[j + 1] == '\n';
        i += a_ends;
        j += b_ends;
        if (i == a->size || j == b->size)
            return i == a->size && j == b->size;
        if (a->data[i++] != b->data[j++])
            return false;
    }
}

/* ---- counting lines ---- */

struct line {
    const char *start;
    size_t length; /* without its end */
};

struct lines {
    struct line *all;
    size_t count;
};

static int compare_lines(const void *left, const void *right)
{
    const struct line *a = left, *b = right;
    size_t shorter = a->length < b->length ? a->length : b->length;
    int order = memcmp(a->start, b->start, shorter);
    return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

/* The lines, sorted. A last line counts without its end, too. */
static int split(const struct update_text *text, struct lines *out)
{
    size_t most = 1;
    for (size_t i = 0; i < text->size; i++)
        most += text->data[i] == '\n';
    out->count = 0;
    out->all = calloc(most, sizeof(*out->all));
    if (!out->all)
        return -ENOMEM;
    for (size_t at = 0; at < text->size;) {
        const char *start = text->data + at;
        const char *end = memchr(start, '\n', text->size - at);
        size_t length = end ? (size_t)(end - start) : text->size - at;
        at += length + 1;
        if (length > 0 && start[length - 1] == '\r')
            length--;
        out->all[out->count++] = (struct line){start, length};
    }
    qsort(out->all, out->count, sizeof(*out->all), compare_lines);
    return 0;
}

/* How often the line is in lines, from *at on, which moves past it. */
static size_t count_line(const struct lines *lines, size_t *at, const struct line *line)
{
    size_t count = 0;
    while (*at < lines->count && compare_lines(&lines->all[*at], line) < 0)
        ++*at;
    for (; *at < lines->count && compare_lines(&lines->all[*at], line) == 0; ++*at)
        count++;
    return count;
}

/* Whether each line that `ours` has more often than `base` is as often in `merged`, as it was added. */
static bool added_lines_are_in(const struct lines *base, const struct lines *ours,
                               const struct lines *merged)
{
    size_t at_base = 0, at_ours = 0, at_merged = 0;
    while (at_ours < ours->count) {
        const struct line line = ours->all[at_ours];
        size_t mine = count_line(ours, &at_ours, &line);
        size_t before = count_line(base, &at_base, &line);
        if (mine > before && count_line(merged, &at_merged, &line) < mine - before)
            return false;
    }
    return true;
}

static int check_added(const struct update_sides *sides, const struct update_text *merged,
                       bool *kept)
{
    struct lines all[3] = {{NULL, 0}, {NULL, 0}, {NULL, 0}};
    int failed = split(&sides->base, &all[0]);
    if (!failed)
        failed = split(&sides->ours, &all[1]);
    if (!failed)
        failed = split(merged, &all[2]);
    *kept = !failed && added_lines_are_in(&all[0], &all[1], &all[2]);
    for (size_t i = 0; i < 3; i++)
        free(all[i].all);
    return failed;
}

/* ---- the merge ---- */

static int write_side(const char *scratch, const char *name, const struct update_text *text,
                      bool crlf)
{
    char path[PATH_MAX];
    struct update_text copy;
    if (snprintf(path, sizeof(path), "%s/%s", scratch, name) >= (int)sizeof(path))
        return -ENAMETOOLONG;
    int failed = copy_text(text, crlf, &copy);
    if (!failed)
        failed = files_write(path, copy.data, copy.size);
    update_text_fini(&copy);
    return failed;
}

static int run_git(const char *scratch, struct update_text *out, bool *clean)
{
    static const char *const words[] = {"merge-file", "-p", "-q", "ours", "base", "theirs", NULL};
    struct git_result result;
    int failed = git_run(scratch, words, NULL, &result);
    /* 1 to 127 counts conflicts; beyond, git could not: the file is no text, for example. */
    *clean = !failed && result.status == 0;
    if (*clean) {
        *out = (struct update_text){result.out, result.out_bytes};
        result.out = NULL;
    }
    git_result_fini(&result);
    return failed;
}

int update_merge(const char *scratch, const struct update_sides *sides, struct update_text *out,
                 bool *clean)
{
    bool crlf = has_crlf(&sides->ours);
    *out = (struct update_text){.data = NULL};
    *clean = false;
    int failed = write_side(scratch, "ours", &sides->ours, false);
    if (!failed)
        failed = write_side(scratch, "base", &sides->base, crlf);
    if (!failed)
        failed = write_side(scratch, "theirs", &sides->theirs, crlf);
    if (!failed)
        failed = run_git(scratch, out, clean);
    if (!failed && *clean)
        failed = check_added(sides, out, clean);
    if (failed || !*clean)
        update_text_fini(out);
    return failed;
}
