#include "grader/submissions.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "grader/grow.h"

/* What the walk carries along. */
struct walk {
    const struct desk *desk;
    const struct desk_exercise *only;
    struct submissions *out;
    size_t student_capacity, capacity, link_capacity, unknown_capacity, unreadable_capacity;
    const char *root;
};

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

enum kind { KIND_FOLDER, KIND_LINK_TO_FOLDER, KIND_UNREADABLE, KIND_OTHER };

static enum kind kind_of(const char *path)
{
    struct stat status;
    if (lstat(path, &status) != 0)
        return errno == ENOENT ? KIND_OTHER : KIND_UNREADABLE;
    if (S_ISDIR(status.st_mode))
        return KIND_FOLDER;
    bool leads = S_ISLNK(status.st_mode) && stat(path, &status) == 0 && S_ISDIR(status.st_mode);
    return leads ? KIND_LINK_TO_FOLDER : KIND_OTHER;
}

/* Kept by its path below the class's folder. */
static int note_link(struct walk *walk, const char *path)
{
    struct submissions *out = walk->out;
    char **slot =
        grow((void **)&out->links, out->link_count, &walk->link_capacity, sizeof(*out->links));
    if (!slot || !(*slot = strdup(path + strlen(walk->root) + 1)))
        return -ENOMEM;
    out->link_count++;
    return 0;
}

static int note_unreadable(struct walk *walk, const char *path, int error)
{
    struct submissions *out = walk->out;
    char **slot = grow((void **)&out->unreadable, out->unreadable_count, &walk->unreadable_capacity,
                       sizeof(*out->unreadable));
    if (!slot || asprintf(slot, "%s: %s", path + strlen(walk->root) + 1, strerror(error)) < 0)
        return -ENOMEM;
    out->unreadable_count++;
    return 0;
}

static const struct desk_exercise *find(const struct desk *desk, const char *chapter,
                                        const char *name)
{
    char whole[2 * NAME_MAX + 2];
    snprintf(whole, sizeof(whole), "%s/%s", chapter, name);
    for (size_t i = 0; i < desk->count; i++)
        if (strcmp(desk->names[i], whole) == 0)
            return &desk->exercises[i];
    return NULL;
}

static int add(struct walk *walk, const struct desk_exercise *exercise, const char *folder)
{
    struct submissions *out = walk->out;
    struct submission *slot =
        grow((void **)&out->all, out->count, &walk->capacity, sizeof(*out->all));
    if (!slot)
        return -ENOMEM;
    *slot = (struct submission){out->students[out->student_count - 1], exercise, NULL};
    if (asprintf(&slot->path, "%s/%s", folder, exercise->manifest->file) < 0)
        return -ENOMEM;
    out->count++;
    return 0;
}

static int visit_exercise(struct walk *walk, const char *chapter, const char *name,
                          const char *folder)
{
    const struct desk_exercise *exercise = find(walk->desk, chapter, name);
    struct submissions *out = walk->out;
    if (exercise && exercise->manifest)
        return walk->only && walk->only != exercise ? 0 : add(walk, exercise, folder);
    char **slot =
        grow((void **)&out->unknown, out->unknown_count, &walk->unknown_capacity, sizeof(*slot));
    if (!slot ||
        asprintf(slot, "%s/%s/%s", out->students[out->student_count - 1], chapter, name) < 0)
        return -ENOMEM;
    out->unknown_count++;
    return 0;
}

/* Call visit for each folder in `folder`, by name. */
static int each_folder(struct walk *walk, const char *folder, const char *chapter,
                       int (*visit)(struct walk *walk, const char *chapter, const char *name,
                                    const char *path))
{
    struct dirent **entries;
    int count = scandir(folder, &entries, visible, by_bytes);
    int failed = count >= 0 ? 0 : errno == ENOMEM ? -ENOMEM : note_unreadable(walk, folder, errno);
    for (int i = 0; i < count; i++) {
        char path[PATH_MAX];
        int length = snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
        enum kind kind = length < (int)sizeof(path) ? kind_of(path) : KIND_OTHER;
        if (!failed && kind == KIND_UNREADABLE)
            failed = note_unreadable(walk, path, errno);
        else if (!failed && kind == KIND_FOLDER)
            failed = visit(walk, chapter, entries[i]->d_name, path);
        else if (!failed && kind == KIND_LINK_TO_FOLDER)
            failed = note_link(walk, path);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return failed;
}

static int visit_chapter(struct walk *walk, const char *unused, const char *name, const char *path)
{
    (void)unused;
    return each_folder(walk, path, name, visit_exercise);
}

static int visit_student(struct walk *walk, const char *name, const char *path)
{
    struct submissions *out = walk->out;
    char **slot = grow((void **)&out->students, out->student_count, &walk->student_capacity,
                       sizeof(*out->students));
    char *copy = slot ? strdup(name) : NULL;
    if (!copy)
        return -ENOMEM;
    *slot = copy;
    out->student_count++;
    return each_folder(walk, path, NULL, visit_chapter);
}

static void note_loose(struct submissions *out, const char *name)
{
    if (strstr(name, ".sqlite") || strstr(name, ".csv") || strstr(name, ".json"))
        return; /* our own */
    if (out->loose_count++ == 0)
        snprintf(out->loose, sizeof(out->loose), "%s", name);
}

int submissions_find(const char *folder, const struct desk *desk,
                     const struct desk_exercise *exercise, struct submissions *out)
{
    struct dirent **entries;
    *out = (struct submissions){0};
    struct walk walk = {.desk = desk, .only = exercise, .out = out, .root = folder};
    int count = scandir(folder, &entries, visible, by_bytes);
    if (count < 0)
        return -errno;
    int failed = 0;
    for (int i = 0; i < count; i++) {
        char path[PATH_MAX];
        int length = snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
        enum kind kind = length < (int)sizeof(path) ? kind_of(path) : KIND_OTHER;
        if (failed || length >= (int)sizeof(path))
            ;
        else if (kind == KIND_UNREADABLE)
            failed = note_unreadable(&walk, path, errno);
        else if (kind == KIND_FOLDER)
            failed = visit_student(&walk, entries[i]->d_name, path);
        else if (kind == KIND_LINK_TO_FOLDER)
            failed = note_link(&walk, path);
        else
            note_loose(out, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    if (failed)
        submissions_free(out);
    return failed;
}

void submissions_free(struct submissions *submissions)
{
    for (size_t i = 0; i < submissions->count; i++)
        free(submissions->all[i].path);
    for (size_t i = 0; i < submissions->student_count; i++)
        free(submissions->students[i]);
    for (size_t i = 0; i < submissions->link_count; i++)
        free(submissions->links[i]);
    free(submissions->links);
    for (size_t i = 0; i < submissions->unreadable_count; i++)
        free(submissions->unreadable[i]);
    free(submissions->unreadable);
    for (size_t i = 0; i < submissions->unknown_count; i++)
        free(submissions->unknown[i]);
    free(submissions->unknown);
    free(submissions->all);
    free(submissions->students);
    *submissions = (struct submissions){0};
}
