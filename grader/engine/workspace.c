#include "grader/engine/workspace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "grader/base/lock.h"

enum { STALE_S = 5 }; /* from mkdtemp to the lock takes less */

/* The course's chapters in build order: an exercise may use its own and those before it. */
static const char *const chapters[] = {"07_unsafe",  "03_memory",    "02_concurrency",
                                       "01_async",   "06_channels",  "05_io",
                                       "08_process", "04_networking"};

/* Returns: 0, or -ENAMETOOLONG. */
__attribute__((format(printf, 2, 3))) static int join(char out[PATH_MAX], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(out, PATH_MAX, format, args);
    va_end(args);
    return length >= 0 && length < PATH_MAX ? 0 : -ENAMETOOLONG;
}

static int write_file(const char *path, const char *bytes, size_t size)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0)
        return -errno;
    int failed = 0;
    for (size_t at = 0; at < size && !failed;) {
        ssize_t wrote = write(file, bytes + at, size - at);
        if (wrote < 0 && errno != EINTR)
            failed = -errno;
        at += wrote > 0 ? (size_t)wrote : 0;
    }
    if (close(file) != 0 && !failed)
        failed = -errno;
    return failed;
}

static int copy_file(const char *from, const char *to)
{
    struct stat status;
    int source = open(from, O_RDONLY | O_CLOEXEC);
    if (source < 0)
        return -errno;
    int target = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int failed = target < 0 || fstat(source, &status) != 0 ? -errno : 0;
    for (off_t at = 0; !failed && at < status.st_size;) {
        ssize_t sent = sendfile(target, source, &at, (size_t)(status.st_size - at));
        if (sent == 0)
            break; /* it became shorter while it was copied */
        if (sent < 0 && errno != EINTR)
            failed = -errno;
    }
    close(source);
    if (target >= 0 && close(target) != 0 && !failed)
        failed = -errno;
    return failed;
}

bool workspace_is_header(const char *name)
{
    size_t length = strlen(name);
    const char *inside = strstr(name, "_internal.h");
    return length > 2 && name[0] != '.' && strcmp(name + length - 2, ".h") == 0 && !inside;
}

/* Copy a folder's public headers. A folder that is not there has none. */
static int copy_headers(const char *from, const char *to)
{
    char source[PATH_MAX], target[PATH_MAX];
    DIR *folder = opendir(from);
    if (!folder)
        return errno == ENOENT ? 0 : -errno;
    int failed = mkdir(to, 0700) == 0 || errno == EEXIST ? 0 : -errno;
    for (struct dirent *entry; !failed && (entry = readdir(folder));) {
        if (!workspace_is_header(entry->d_name))
            continue;
        failed = join(source, "%s/%s", from, entry->d_name);
        if (!failed)
            failed = join(target, "%s/%s", to, entry->d_name);
        if (!failed)
            failed = copy_file(source, target);
    }
    closedir(folder);
    return failed;
}

const char *workspace_chapter(const char *exercise, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (i + 1 >= sizeof(chapters) / sizeof(chapters[0]) ||
            strncmp(exercise, chapters[i], strlen(chapters[i])) == 0)
            return NULL;
    return chapters[index];
}

static int copy_all_headers(const char *root, const char *exercise, const char *folder)
{
    char from[PATH_MAX], to[PATH_MAX];
    int failed = join(from, "%s/exercises/%s/starter", root, exercise);
    if (!failed)
        failed = join(to, "%s/include", folder);
    if (!failed)
        failed = copy_headers(from, to);
    const char *chapter;
    for (size_t i = 0; !failed && (chapter = workspace_chapter(exercise, i)); i++) {
        failed = join(from, "%s/%s", root, chapter);
        if (!failed)
            failed = join(to, "%s/include/%s", folder, chapter);
        if (!failed)
            failed = copy_headers(from, to);
    }
    return failed;
}

static const char name_prefix[] = "syslab_";

static const char *parent_folder(void)
{
    const char *parent = getenv("TMPDIR");
    return parent && *parent == '/' ? parent : "/tmp";
}

/* What the builds will write, empty from the start: a submission's __has_include finds the same files
 * in each build. */
static int make_outputs(const char *folder)
{
    static const struct {
        const char *before, *after;
    } names[] = {{"", ".i"}, {"", ".s"}, {"", ".o"}, {"subject_", ""}};
    int failed = 0;
    for (int build = 0; build < BUILD_COUNT; build++)
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !failed; i++) {
            char path[PATH_MAX];
            const char *name = manifest_build_name((enum build)build);
            failed = join(path, "%s/%s%s%s", folder, names[i].before, name, names[i].after);
            if (!failed)
                failed = write_file(path, "", 0);
        }
    return failed;
}

int workspace_create_empty(char *out, int *lock)
{
    int failed = join(out, "%s/%s%d_XXXXXX", parent_folder(), name_prefix, (int)getpid());
    if (failed)
        return failed;
    if (!mkdtemp(out))
        return -errno;
    *lock = lock_folder(out);
    if (*lock >= 0)
        return 0;
    failed = *lock;
    rmdir(out);
    return failed;
}

int workspace_create(const char *course_root, const struct manifest *manifest,
                     const struct source *source, char *out, int *lock)
{
    char path[PATH_MAX];
    int failed = workspace_create_empty(out, lock);
    if (failed)
        return failed;
    failed = join(path, "%s/%s", out, manifest->file);
    if (!failed)
        failed = write_file(path, source->text, source->length);
    if (!failed)
        failed = copy_all_headers(course_root, manifest->exercise, out);
    if (!failed)
        failed = make_outputs(out);
    if (failed)
        workspace_destroy(out, *lock);
    return failed;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status, (void)walk;
    return kind == FTW_DP ? rmdir(path) : unlink(path);
}

void workspace_destroy(const char *folder, int lock)
{
    /* What cannot be removed stays: there is nobody to tell, and /tmp is swept. */
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
    if (lock >= 0)
        close(lock);
}

/* "syslab_<pid>_XXXXXX", ours, and not of this moment. The number is for people: it may be another
 * process's by now, or one of another container. */
static bool may_be_stale(const char *path, const char *name)
{
    struct stat status;
    if (strncmp(name, name_prefix, strlen(name_prefix)) != 0)
        return false;
    char *rest;
    long pid = strtol(name + strlen(name_prefix), &rest, 10);
    return pid > 0 && *rest == '_' && strlen(rest) == 7 && lstat(path, &status) == 0 &&
           S_ISDIR(status.st_mode) && status.st_uid == geteuid() &&
           time(NULL) - status.st_mtime > STALE_S;
}

void workspace_sweep(void)
{
    char path[PATH_MAX];
    DIR *folder = opendir(parent_folder());
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        if (join(path, "%s/%s", parent_folder(), entry->d_name) != 0 ||
            !may_be_stale(path, entry->d_name))
            continue;
        int lock = lock_folder(path);
        if (lock >= 0)
            workspace_destroy(path, lock);
    }
    if (folder)
        closedir(folder);
}
