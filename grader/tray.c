#include "grader/tray.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grader/files.h"

int tray_path(const struct tray *tray, char out[PATH_MAX], const char *format, ...)
{
    va_list args;
    int length = snprintf(out, PATH_MAX, "%s/", tray->root);
    if (length >= PATH_MAX)
        return -ENAMETOOLONG;
    va_start(args, format);
    int more = vsnprintf(out + length, (size_t)(PATH_MAX - length), format, args);
    va_end(args);
    return more < PATH_MAX - length ? 0 : -ENAMETOOLONG;
}

/* ---- the folder ---- */

static const char *const folders[] = {"records", "logs", "refused"};
enum { FOLDERS = sizeof(folders) / sizeof(folders[0]) };

static int lock(struct tray *tray, char where[PATH_MAX])
{
    int failed = tray_path(tray, where, "lock");
    if (failed)
        return failed;
    tray->lock_fd = open(where, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (tray->lock_fd < 0)
        return -errno;
    if (flock(tray->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return 0;
    failed = errno == EWOULDBLOCK ? -EBUSY : -errno;
    tray_close(tray);
    return failed;
}

/* Records tell grades: the folder is its owner's alone. */
static int make(const char *folder, char root[PATH_MAX])
{
    int failed = files_make_folders(folder);
    if (failed)
        return failed;
    if (!realpath(folder, root) || chmod(root, 0700) != 0)
        return -errno;
    return 0;
}

int tray_open(const char *folder, struct tray *out, char where[PATH_MAX])
{
    *out = (struct tray){.lock_fd = -1};
    snprintf(where, PATH_MAX, "%s", folder);
    int failed = make(folder, out->root);
    for (size_t i = 0; i < FOLDERS && !failed; i++) {
        failed = tray_path(out, where, "%s", folders[i]);
        if (!failed)
            failed = files_make_folders(where);
    }
    return failed ? failed : lock(out, where);
}

void tray_close(struct tray *tray)
{
    if (tray->lock_fd >= 0)
        close(tray->lock_fd);
    tray->lock_fd = -1;
}

static void empty(const struct tray *tray, const char *name)
{
    char path[PATH_MAX];
    DIR *folder = tray_path(tray, path, "%s", name) == 0 ? opendir(path) : NULL;
    if (!folder)
        return;
    for (struct dirent *entry; (entry = readdir(folder));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlinkat(dirfd(folder), entry->d_name, 0);
    closedir(folder);
    rmdir(path);
}

void tray_clear(struct tray *tray)
{
    char path[PATH_MAX];
    for (size_t i = 0; i < FOLDERS; i++)
        empty(tray, folders[i]);
    static const char *const names[] = {"units.jsonl", "lock"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (tray_path(tray, path, "%s", names[i]) == 0)
            unlink(path);
    rmdir(tray->root);
}

/* ---- records ---- */

int tray_put(const struct tray *tray, const char *id, const char *json, bool stands)
{
    char path[PATH_MAX];
    int failed = tray_path(tray, path, "records/%s.json", id);
    if (failed)
        return failed;
    if (stands)
        return files_write(path, json, strlen(json));
    failed = files_create(path, json, strlen(json));
    return failed == -EEXIST ? 0 : failed;
}

int tray_get(const struct tray *tray, const char *id, char **json)
{
    char path[PATH_MAX];
    size_t size;
    int failed = tray_path(tray, path, "records/%s.json", id);
    return failed ? failed : files_read(path, json, &size);
}

int tray_take_away(const struct tray *tray, const char *id)
{
    char path[PATH_MAX];
    int failed = tray_path(tray, path, "records/%s.json", id);
    if (failed)
        return failed;
    return unlink(path) == 0 || errno == ENOENT ? 0 : -errno;
}

int tray_refuse(const struct tray *tray, const char *id, char kept[PATH_MAX])
{
    char path[PATH_MAX];
    int failed = tray_path(tray, path, "records/%s.json", id);
    if (!failed)
        failed = tray_path(tray, kept, "refused/%s.json", id);
    if (failed)
        return failed;
    return rename(path, kept) == 0 ? 0 : -errno;
}
