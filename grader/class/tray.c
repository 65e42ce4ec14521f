#include "grader/class/tray_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grader/base/files.h"

void tray_at(int folder_fd, const char *name, char out[TRAY_AT_BYTES])
{
    snprintf(out, TRAY_AT_BYTES, "/proc/self/fd/%d/%s", folder_fd, name);
}

int tray_open_file(int folder_fd, const char *name)
{
    struct stat status;
    /* Non-blocking, so that a FIFO in place of a file is refused rather than waited for. */
    int fd = openat(folder_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int failed = fstat(fd, &status) != 0 ? -errno : 0;
    if (!failed && !S_ISREG(status.st_mode))
        failed = S_ISDIR(status.st_mode) ? -EISDIR : -EINVAL;
    if (!failed && status.st_uid != geteuid())
        failed = -EPERM;
    if (!failed)
        return fd;
    close(fd);
    return failed;
}

enum { NAME_BYTES = 256 };

static int name_record(const char *id, char out[NAME_BYTES])
{
    return snprintf(out, NAME_BYTES, "%s.json", id) < NAME_BYTES ? 0 : -ENAMETOOLONG;
}

int tray_put(const struct tray *tray, const char *id, const char *json, bool stands)
{
    char name[NAME_BYTES], path[TRAY_AT_BYTES];
    int failed = name_record(id, name);
    if (failed)
        return failed;
    tray_at(tray->folder_fds[TRAY_RECORDS], name, path);
    if (stands)
        return files_write(path, json, strlen(json));
    failed = files_create(path, json, strlen(json));
    return failed == -EEXIST ? 0 : failed;
}

int tray_get(const struct tray *tray, const char *id, char **json)
{
    char name[NAME_BYTES];
    size_t size;
    int failed = name_record(id, name);
    if (failed)
        return failed;
    int fd = tray_open_file(tray->folder_fds[TRAY_RECORDS], name);
    if (fd < 0)
        return fd;
    failed = files_read_open(fd, json, &size);
    close(fd);
    return failed;
}

int tray_take_away(const struct tray *tray, const char *id)
{
    char name[NAME_BYTES];
    int failed = name_record(id, name);
    if (failed)
        return failed;
    bool gone = unlinkat(tray->folder_fds[TRAY_RECORDS], name, 0) == 0 || errno == ENOENT;
    return gone ? 0 : -errno;
}

int tray_refuse(const struct tray *tray, const char *id, char kept[PATH_MAX])
{
    char name[NAME_BYTES];
    int failed = name_record(id, name);
    if (!failed)
        failed = tray_path(tray, kept, "refused/%s", name);
    if (failed)
        return failed;
    bool moved =
        renameat(tray->folder_fds[TRAY_RECORDS], name, tray->folder_fds[TRAY_REFUSED], name) == 0;
    return moved ? 0 : -errno;
}

DIR *tray_records(const struct tray *tray)
{
    int fd = openat(tray->folder_fds[TRAY_RECORDS], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (!folder && fd >= 0)
        close(fd);
    return folder;
}

FILE *tray_log(const struct tray *tray, const char *job, size_t task)
{
    char name[NAME_BYTES];
    snprintf(name, sizeof(name), "%s-%zu.txt", job, task);
    int fd = tray_open_file(tray->folder_fds[TRAY_LOGS], name);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
    if (!file && fd >= 0)
        close(fd);
    return file;
}
