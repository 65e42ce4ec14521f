#include "grader/class/submissions.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "grader/base/grow.h"
#include "grader/base/prose.h"

/* What the walk carries along. */
struct walk {
    const struct desk *desk;
    const struct desk_exercise *only;
    struct submissions *out;
    size_t student_capacity, capacity, link_capacity, unknown_capacity, unreadable_capacity;
    const char *root;
    size_t seen;   /* exercises' folders, also of those that are not asked for */
    size_t strays; /* of this student: what cannot be graded where it lies */
};

/* Of one student: a tree of thousands must not hide what others handed in. */
enum { STRAYS_SHOWN = 8 };

static bool is_shown(struct walk *walk)
{
    return walk->strays++ < STRAYS_SHOWN;
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

enum kind { KIND_FOLDER, KIND_FILE, KIND_LINK_TO_FOLDER, KIND_UNREADABLE, KIND_OTHER };

static enum kind kind_of(const char *path)
{
    struct stat status;
    if (lstat(path, &status) != 0)
        return errno == ENOENT ? KIND_OTHER : KIND_UNREADABLE;
    if (S_ISDIR(status.st_mode))
        return KIND_FOLDER;
    if (S_ISREG(status.st_mode))
        return KIND_FILE;
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

/* ---- what lies where nothing is looked for ---- */

static const char *student_of(const struct walk *walk)
{
    return walk->out->students[walk->out->student_count - 1];
}

static bool ends_in(const char *name, const char *const *endings)
{
    size_t length = strlen(name);
    for (; *endings; endings++)
        if (length > strlen(*endings) &&
            strcasecmp(name + length - strlen(*endings), *endings) == 0)
            return true;
    return false;
}

static bool is_archive(const char *name)
{
    static const char *const endings[] = {".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz",
                                          ".7z",  ".rar", ".gz",     NULL};
    return ends_in(name, endings);
}

/* The exercise of which that is the name, or the name of its file. */
static const struct desk_exercise *named(const struct desk *desk, const char *name)
{
    for (size_t i = 0; i < desk->count; i++) {
        const struct desk_exercise *exercise = &desk->exercises[i];
        const char *slash = strrchr(exercise->name, '/');
        if (exercise->manifest && (strcmp(exercise->manifest->file, name) == 0 ||
                                   (slash && strcmp(slash + 1, name) == 0)))
            return exercise;
    }
    return NULL;
}

/* The same for a name that is misspelt. */
static const struct desk_exercise *nearest(const struct desk *desk, const char *name)
{
    char stem[2 * NAME_MAX + 2];
    size_t length = strlen(name);
    bool source = length > 2 && strcmp(name + length - 2, ".c") == 0;
    snprintf(stem, sizeof(stem), "%.*s", (int)(source ? length - 2 : length), name);
    const char *found = prose_nearest(stem, desk->names, desk->count);
    for (size_t i = 0; found && i < desk->count; i++)
        if (desk->names[i] == found && desk->exercises[i].manifest)
            return &desk->exercises[i];
    return NULL;
}

/* One entry of the list: what lies there (`below` the student's folder), and where it was looked for. */
static int note_unknown(struct walk *walk, const char *below, const char *name)
{
    struct submissions *out = walk->out;
    if (!is_shown(walk))
        return 0;
    const struct desk_exercise *exact = named(walk->desk, name);
    const struct desk_exercise *meant = exact ? exact : nearest(walk->desk, name);
    const char *student = student_of(walk);
    char **slot =
        grow((void **)&out->unknown, out->unknown_count, &walk->unknown_capacity, sizeof(*slot));
    int length;
    if (!slot)
        return -ENOMEM;
    if (is_archive(name))
        length = asprintf(slot, "%s/%s. Unpack it in %s/", student, below, student);
    else if (meant)
        length =
            asprintf(slot, exact ? "%s/%s. Expected %s/%s/%s" : "%s/%s. Did you mean %s/%s/%s?",
                     student, below, student, meant->name, meant->manifest->file);
    else
        length = asprintf(slot, "%s/%s. Expected %s/<chapter>/<exercise>/<file>", student, below,
                          student);
    if (length < 0)
        return -ENOMEM;
    out->unknown_count++;
    return 0;
}

static int note_more_unknown(struct walk *walk, size_t count)
{
    struct submissions *out = walk->out;
    char **slot =
        grow((void **)&out->unknown, out->unknown_count, &walk->unknown_capacity, sizeof(*slot));
    if (!slot || asprintf(slot, "%s/: %zu more", student_of(walk), count) < 0)
        return -ENOMEM;
    out->unknown_count++;
    return 0;
}

/* What may be work; a student's notes are no error. */
static int visit_file(struct walk *walk, const char *path, const char *name)
{
    static const char *const sources[] = {".c", NULL};
    const char *below = path + strlen(walk->root) + 1 + strlen(student_of(walk)) + 1;
    return ends_in(name, sources) || is_archive(name) ? note_unknown(walk, below, name) : 0;
}

/* ---- what is looked for ---- */

static int visit_exercise(struct walk *walk, const char *chapter, const char *name,
                          const char *folder)
{
    const struct desk_exercise *exercise = find(walk->desk, chapter, name);
    char whole[2 * NAME_MAX + 2];
    if (exercise && exercise->manifest) {
        walk->seen++;
        return walk->only && walk->only != exercise ? 0 : add(walk, exercise, folder);
    }
    snprintf(whole, sizeof(whole), "%s/%s", chapter, name);
    return note_unknown(walk, whole, named(walk->desk, name) ? name : whole);
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
        if (!failed && kind == KIND_UNREADABLE && is_shown(walk))
            failed = note_unreadable(walk, path, errno);
        else if (!failed && kind == KIND_FOLDER)
            failed = visit(walk, chapter, entries[i]->d_name, path);
        else if (!failed && kind == KIND_FILE)
            failed = visit_file(walk, path, entries[i]->d_name);
        else if (!failed && kind == KIND_LINK_TO_FOLDER && is_shown(walk))
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
    if (named(walk->desk, name)) /* the chapter was left out */
        return note_unknown(walk, name, name);
    return each_folder(walk, path, name, visit_exercise);
}

static bool is_empty(const char *folder)
{
    DIR *stream = opendir(folder);
    bool empty = true;
    for (struct dirent *entry; stream && empty && (entry = readdir(stream));)
        empty = !visible(entry);
    if (stream)
        closedir(stream);
    return empty;
}

static size_t count_noted(const struct submissions *out)
{
    return out->unknown_count + out->link_count + out->unreadable_count;
}

/* Where something was handed in, and nothing of it can be graded, that is said. */
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
    size_t seen = walk->seen, noted = count_noted(out);
    walk->strays = 0;
    int failed = each_folder(walk, path, NULL, visit_chapter);
    if (!failed && walk->strays > STRAYS_SHOWN)
        failed = note_more_unknown(walk, walk->strays - STRAYS_SHOWN);
    if (failed || walk->seen > seen || count_noted(out) > noted || is_empty(path))
        return failed;
    return note_unknown(walk, "", "");
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
