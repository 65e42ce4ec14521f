#include "grader/similar/similar_load.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/grow.h"
#include "grader/base/listing.h"
#include "grader/inspect/source.h"

enum { COURSE_FILE_MAX_BYTES = 1 << 20 };

static int refuse(struct similar_refusals *refusals, const char *path, const char *reason)
{
    struct similar_refusal *slot =
        grow((void **)&refusals->all, refusals->count, &refusals->capacity, sizeof(*slot));
    if (!slot)
        return -ENOMEM;
    *slot = (struct similar_refusal){strdup(path), strdup(reason)};
    refusals->count++;
    return slot->path && slot->reason ? 0 : -ENOMEM;
}

void similar_load_fini(struct similar_refusals *refusals)
{
    for (size_t i = 0; i < refusals->count; i++) {
        free(refusals->all[i].path);
        free(refusals->all[i].reason);
    }
    free(refusals->all);
    *refusals = (struct similar_refusals){.all = NULL};
}

/* Read a file, or note why not. Returns: 0 and *out, whose text is NULL after a refusal; -errno. */
static int read_or_refuse(const char *path, size_t max_bytes, struct source *out,
                          struct similar_refusals *refusals)
{
    int failed = source_read(path, max_bytes, out);
    if (failed && failed != -ENOMEM) { /* the others are compared all the same */
        snprintf(out->message, sizeof(out->message), "cannot be read: %s", strerror(-failed));
        out->refused = true;
        failed = 0;
    }
    if (!failed && out->refused)
        failed = refuse(refusals, path, out->message);
    if (failed || out->refused)
        source_fini(out);
    /* It was read into room for the largest; thousands are kept at a time. */
    char *fitting = out->text ? realloc(out->text, out->length + 1) : NULL;
    out->text = fitting ? fitting : out->text;
    return failed;
}

/* ---- the base ---- */

/* The code between ```c and ``` of a handout or a lesson. */
static int add_fences(struct similar_set *set, const char *text)
{
    int failed = 0;
    const char *begin;
    while (!failed && (begin = strstr(text, "\n```c\n"))) {
        begin += strlen("\n```c\n");
        const char *end = strstr(begin, "\n```");
        size_t length = end ? (size_t)(end - begin) : strlen(begin);
        failed = similar_set_add_base(set, begin, length);
        text = end ? end + strlen("\n```") : begin + length;
    }
    return failed;
}

static int add_base(struct similar_set *set, const char *path, const char *name,
                    struct similar_refusals *refusals)
{
    struct source source;
    (void)name;
    int failed = read_or_refuse(path, COURSE_FILE_MAX_BYTES, &source, refusals);
    if (failed || !source.text)
        return failed;
    size_t length = strlen(path);
    bool prose = length > 3 && strcmp(path + length - 3, ".md") == 0;
    failed = prose ? add_fences(set, source.text)
                   : similar_set_add_base(set, source.text, source.length);
    source_fini(&source);
    return failed;
}

static int add_published(struct similar_set *set, const char *path, const char *name,
                         struct similar_refusals *refusals)
{
    struct source source;
    int failed = read_or_refuse(path, COURSE_FILE_MAX_BYTES, &source, refusals);
    if (failed || !source.text)
        return failed;
    struct similar_text text = {.source = SIMILAR_COURSE,
                                .name = strdup(name),
                                .path = strdup(path),
                                .code = source.text,
                                .length = source.length};
    return similar_set_add(set, &text);
}

/* Call `add` for each file of the course that the pattern names, in order. */
static int each_file(struct similar_set *set, const char *folder, const char *pattern,
                     struct similar_refusals *refusals,
                     int (*add)(struct similar_set *set, const char *path, const char *name,
                                struct similar_refusals *refusals))
{
    struct listing found; /* nothing: the student's copy of the course has no solutions */
    int failed = listing_find(&found, folder, pattern);
    for (size_t i = 0; !failed && i < found.count; i++)
        failed = add(set, found.paths[i], found.paths[i] + strlen(folder) + 1, refusals);
    listing_fini(&found);
    return failed;
}

int similar_load_course(struct similar_set *set, const char *root, const struct manifest *manifest,
                        struct similar_refusals *refusals)
{
    static const char *const given[] = {"starter/*.[ch]", "README.md"};
    static const char *const lessons[] = {"[0-9][0-9]_*/README.md", "[0-9][0-9]_*/*.[ch]",
                                          "[0-9][0-9]_*/demos/*.c"};
    static const char *const published[] = {"solution/*.c", "submissions/*/*.c"};
    char folder[PATH_MAX];
    if (snprintf(folder, sizeof(folder), "%s/exercises/%s", root, manifest->exercise) >=
        (int)sizeof(folder))
        return -ENAMETOOLONG;
    int failed = 0;
    for (size_t i = 0; !failed && i < sizeof(given) / sizeof(given[0]); i++)
        failed = each_file(set, folder, given[i], refusals, add_base);
    for (size_t i = 0; !failed && i < sizeof(lessons) / sizeof(lessons[0]); i++)
        failed = each_file(set, root, lessons[i], refusals, add_base);
    for (size_t i = 0; !failed && i < sizeof(published) / sizeof(published[0]); i++)
        failed = each_file(set, folder, published[i], refusals, add_published);
    return failed;
}

/* ---- answers ---- */

static int add_answer(struct similar_set *set, enum similar_source from,
                      const struct submission *one, struct similar_refusals *refusals)
{
    struct source source;
    size_t max_bytes = (size_t)one->exercise->manifest->limits.file_kib << 10;
    int failed = read_or_refuse(one->path, max_bytes, &source, refusals);
    if (failed || !source.text)
        return failed;
    struct similar_text text = {.source = from,
                                .name = strdup(one->student),
                                .path = strdup(one->path),
                                .code = source.text,
                                .length = source.length};
    return similar_set_add(set, &text);
}

int similar_load_answers(struct similar_set *set, enum similar_source source,
                         const struct submissions *found, const struct manifest *manifest,
                         struct similar_refusals *refusals)
{
    int failed = 0;
    for (size_t i = 0; !failed && i < found->count; i++)
        if (found->all[i].exercise->manifest == manifest)
            failed = add_answer(set, source, &found->all[i], refusals);
    return failed;
}
