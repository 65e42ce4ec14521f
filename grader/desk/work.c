#include "grader/desk/work.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "grader/base/files.h"

enum { BACKUPS_A_SECOND = 100 };

__attribute__((format(printf, 2, 3))) static int make_path(char out[PATH_MAX], const char *format,
                                                           ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(out, PATH_MAX, format, args);
    va_end(args);
    return length < PATH_MAX ? 0 : -ENAMETOOLONG;
}

int work_find(const struct course *course, struct work *out)
{
    const char *named = getenv("SYSLAB_WORK");
    char here[PATH_MAX];
    out->course = course;
    if (!named || !*named)
        return make_path(out->root, "%s/work", course->root);
    if (*named == '/')
        return make_path(out->root, "%s", named);
    if (!getcwd(here, sizeof(here)))
        return -errno;
    return make_path(out->root, "%s/%s", here, named);
}

int work_file(const struct work *workspace, const struct manifest *manifest, char out[PATH_MAX])
{
    return make_path(out, "%s/%s/%s", workspace->root, manifest->exercise, manifest->file);
}

static int starter_folder(const struct work *workspace, const struct manifest *manifest,
                          char out[PATH_MAX])
{
    return make_path(out, "%s/exercises/%s/starter", workspace->course->root, manifest->exercise);
}

static int base_folder(const struct work *workspace, const struct manifest *manifest,
                       char out[PATH_MAX])
{
    return make_path(out, "%s/.syslab/base/%s", workspace->root, manifest->exercise);
}

int work_starter(const struct work *workspace, const struct manifest *manifest, char out[PATH_MAX])
{
    char folder[PATH_MAX];
    int failed = starter_folder(workspace, manifest, folder);
    return failed ? failed : make_path(out, "%s/%s", folder, manifest->file);
}

int work_store(const struct work *workspace, char out[PATH_MAX])
{
    int failed = make_path(out, "%s/.syslab", workspace->root);
    if (!failed)
        failed = files_make_folders(out);
    return failed ? failed : make_path(out, "%s/.syslab/progress.sqlite", workspace->root);
}

static int count_new(int failed, unsigned *created)
{
    *created += failed == 0;
    return failed == -EEXIST ? 0 : failed;
}

/* What a file began as, for update to merge from; before the file, so that no file is without. */
static int write_base(const char *folder, const char *name, const char *starter)
{
    char path[PATH_MAX], *data;
    size_t size;
    int failed = make_path(path, "%s/%s", folder, name);
    if (!failed)
        failed = files_make_folders(folder);
    if (!failed)
        failed = files_read(starter, &data, &size);
    if (failed)
        return failed;
    failed = files_write(path, data, size);
    free(data);
    return failed;
}

static int copy_starters(const char *from, const char *to, const char *base, unsigned *created,
                         char where[PATH_MAX])
{
    DIR *folder = opendir(from);
    if (!folder) {
        int failed = -errno;
        make_path(where, "%s", from);
        return failed;
    }
    int failed = 0;
    struct dirent *entry;
    while (!failed && (entry = readdir(folder))) {
        char source[PATH_MAX];
        if (entry->d_name[0] == '.')
            continue;
        failed = make_path(source, "%s/%s", from, entry->d_name);
        if (!failed)
            failed = make_path(where, "%s/%s", to, entry->d_name);
        if (!failed && files_exists(where))
            continue;
        if (!failed)
            failed = write_base(base, entry->d_name, source);
        if (!failed)
            failed = count_new(files_copy_new(source, where), created);
    }
    closedir(folder);
    return failed;
}

static int write_signpost(const struct work *workspace, const struct manifest *manifest,
                          const char *to, unsigned *created, char where[PATH_MAX])
{
    char text[3 * PATH_MAX];
    const char *root = workspace->course->root;
    int length = snprintf(text, sizeof(text),
                          "# %s\n\n"
                          "Handout: %s/exercises/%s/README.md\n"
                          "Lesson: %s/%s\n\n"
                          "You write `%s`. `./syslab watch %s` tests it each time you save it.\n",
                          manifest->title, root, manifest->exercise, root, manifest->lesson,
                          manifest->file, manifest->exercise);
    if (length >= (int)sizeof(text))
        return -ENAMETOOLONG;
    int failed = make_path(where, "%s/README.md", to);
    return failed ? failed : count_new(files_create(where, text, (size_t)length), created);
}

int work_fill(const struct work *workspace, const struct manifest *manifest, unsigned *created,
              char where[PATH_MAX])
{
    char from[PATH_MAX], to[PATH_MAX], base[PATH_MAX];
    int failed = starter_folder(workspace, manifest, from);
    if (!failed)
        failed = base_folder(workspace, manifest, base);
    if (!failed)
        failed = make_path(to, "%s/%s", workspace->root, manifest->exercise);
    make_path(where, "%s", to);
    if (!failed)
        failed = files_make_folders(to);
    if (!failed)
        failed = copy_starters(from, to, base, created, where);
    return failed ? failed : write_signpost(workspace, manifest, to, created, where);
}

bool work_started(const struct work *workspace, const struct manifest *manifest)
{
    char file[PATH_MAX], starter[PATH_MAX];
    return work_file(workspace, manifest, file) == 0 &&
           work_starter(workspace, manifest, starter) == 0 && files_exists(file) &&
           !files_same(file, starter);
}

/* A number where one second sees several. */
int work_backup_folder(const struct work *workspace, char out[PATH_MAX])
{
    char folder[PATH_MAX], stamp[32];
    time_t now = time(NULL);
    struct tm local;
    strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", localtime_r(&now, &local));
    int failed = make_path(folder, "%s/.syslab/backup", workspace->root);
    if (!failed)
        failed = files_make_folders(folder);
    if (failed)
        return failed;
    failed = -EEXIST;
    for (int i = 0; i < BACKUPS_A_SECOND && failed == -EEXIST; i++) {
        char number[16] = "";
        if (i > 0)
            snprintf(number, sizeof(number), ".%d", i);
        failed = make_path(out, "%s/%s%s", folder, stamp, number);
        if (!failed && mkdir(out, 0777) != 0)
            failed = -errno;
    }
    return failed;
}

static int keep(const struct work *workspace, const struct manifest *manifest, const char *file,
                char backup[PATH_MAX])
{
    char stamped[PATH_MAX], folder[PATH_MAX];
    int failed = work_backup_folder(workspace, stamped);
    if (!failed)
        failed = make_path(folder, "%s/%s", stamped, manifest->exercise);
    if (!failed)
        failed = files_make_folders(folder);
    if (!failed)
        failed = make_path(backup, "%s/%s", folder, manifest->file);
    return failed ? failed : files_copy_new(file, backup);
}

int work_reset(const struct work *workspace, const struct manifest *manifest, char backup[PATH_MAX])
{
    char file[PATH_MAX], starter[PATH_MAX], where[PATH_MAX];
    unsigned created = 0;
    char *data;
    size_t size;
    backup[0] = '\0';
    int failed = work_file(workspace, manifest, file);
    if (!failed)
        failed = work_starter(workspace, manifest, starter);
    if (failed)
        return failed;
    if (!files_exists(file))
        return work_fill(workspace, manifest, &created, where);
    failed = files_read(starter, &data, &size);
    if (failed)
        return failed;
    if (!files_same(file, starter)) { /* the starter itself needs no copy */
        failed = keep(workspace, manifest, file, backup);
        if (!failed)
            failed = files_write(file, data, size);
    }
    free(data);
    /* Not worth a failure: update merges from an older base just as safely. */
    if (!failed && base_folder(workspace, manifest, where) == 0)
        write_base(where, manifest->file, starter);
    return failed;
}
