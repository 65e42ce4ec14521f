/* tray_folder.c - whose the folder is, and what is removed from it. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grader/base/files.h"
#include "grader/class/tray_internal.h"

static const char *const folders[TRAY_FOLDERS] = {"records", "logs", "refused"};

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

const char *tray_reason(int failed)
{
    switch (failed) {
    case -EBUSY:
        return "another './syslab grade' is at work on it";
    case -ELOOP:
        return "it is a link, which may lead to anything; name the folder itself";
    case -EPERM:
        return "it belongs to somebody else; the folder, and all that is in it, has to be yours";
    case -ENOTEMPTY:
        return "others can write in it and it is not empty, so its records could be theirs; name a "
               "folder that is not there yet, or is empty";
    default:
        return strerror(-failed);
    }
}

/* ---- whose it is ---- */

static bool is_empty(int fd)
{
    int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = again < 0 ? NULL : fdopendir(again);
    bool empty = folder != NULL;
    for (struct dirent *entry; empty && (entry = readdir(folder));)
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    if (folder)
        closedir(folder);
    else if (again >= 0)
        close(again);
    return empty;
}

/* Nobody gets in after the chmod, so what is not there then never was somebody else's. A folder that is
 * refused keeps its mode: the next run is to refuse it too. */
static int keep_others_out(int fd, mode_t mode)
{
    bool open_to_others = mode & 022;
    if (open_to_others && !is_empty(fd))
        return -ENOTEMPTY;
    if ((mode & 0777) != 0700 && fchmod(fd, 0700) != 0)
        return -errno;
    if (!open_to_others || is_empty(fd))
        return 0;
    return fchmod(fd, mode & 07777) == 0 ? -ENOTEMPTY : -errno;
}

/* Open a folder that is no link. The kernel says ENOTDIR of a link, too. */
static int open_folder(int above_fd, const char *name)
{
    struct stat status;
    int fd = openat(above_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0)
        return fd;
    int failed = -errno;
    bool is_link =
        fstatat(above_fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);
    return is_link ? -ELOOP : failed;
}

/* Returns: the descriptor of a folder that is ours alone, or -errno. */
static int open_own(int above_fd, const char *name, bool make)
{
    struct stat status;
    int fd = open_folder(above_fd, name);
    if (fd < 0)
        return fd;
    int failed = fstat(fd, &status) != 0 ? -errno : status.st_uid != geteuid() ? -EPERM : 0;
    if (!failed && make)
        failed = keep_others_out(fd, status.st_mode);
    else if (!failed && status.st_mode & 022)
        failed = -ENOTEMPTY;
    if (!failed)
        return fd;
    close(fd);
    return failed;
}

/* A slash at the end would follow a link. */
static int copy_without_slashes(const char *folder, char out[PATH_MAX])
{
    size_t length = strlen(folder);
    while (length > 1 && folder[length - 1] == '/')
        length--;
    return snprintf(out, PATH_MAX, "%.*s", (int)length, folder) < PATH_MAX ? 0 : -ENAMETOOLONG;
}

static int read_root(struct tray *tray)
{
    char link[64];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", tray->root_fd);
    ssize_t length = readlink(link, tray->root, sizeof(tray->root));
    if (length < 0 || length == sizeof(tray->root))
        return length < 0 ? -errno : -ENAMETOOLONG;
    tray->root[length] = '\0';
    return 0;
}

static void clear_descriptors(struct tray *out)
{
    *out = (struct tray){.is_open = true, .lock_fd = -1, .root_fd = -1};
    for (size_t i = 0; i < TRAY_FOLDERS; i++)
        out->folder_fds[i] = -1;
}

static int enter_root(const char *folder, struct tray *out, bool make, char where[PATH_MAX])
{
    clear_descriptors(out);
    int failed = copy_without_slashes(folder, where);
    if (failed)
        return failed;
    out->root_fd = open_own(AT_FDCWD, where, make);
    if (out->root_fd == -ENOENT && make) {
        failed = files_make_folders(where);
        out->root_fd = failed ? failed : open_own(AT_FDCWD, where, make);
    }
    return out->root_fd < 0 ? out->root_fd : read_root(out);
}

static int enter_folders(struct tray *out, bool make, char where[PATH_MAX])
{
    int failed = 0;
    for (size_t i = 0; i < TRAY_FOLDERS && !failed; i++) {
        failed = tray_path(out, where, "%s", folders[i]);
        if (!failed && make && mkdirat(out->root_fd, folders[i], 0700) != 0 && errno != EEXIST)
            failed = -errno;
        if (!failed)
            out->folder_fds[i] = open_own(out->root_fd, folders[i], make);
        if (!failed && out->folder_fds[i] < 0)
            failed = out->folder_fds[i];
    }
    return failed;
}

static int enter(const char *folder, struct tray *out, bool make, char where[PATH_MAX])
{
    int failed = enter_root(folder, out, make, where);
    return failed ? failed : enter_folders(out, make, where);
}

static int lock(struct tray *tray, char where[PATH_MAX])
{
    struct stat status;
    int failed = tray_path(tray, where, "lock");
    if (failed)
        return failed;
    tray->lock_fd = openat(tray->root_fd, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (tray->lock_fd < 0 || fstat(tray->lock_fd, &status) != 0)
        return -errno;
    if (status.st_uid != geteuid())
        return -EPERM;
    if (flock(tray->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return 0;
    return errno == EWOULDBLOCK ? -EBUSY : -errno;
}

int tray_open(const char *folder, struct tray *out, char where[PATH_MAX])
{
    int failed = enter(folder, out, true, where);
    if (!failed)
        failed = lock(out, where);
    if (failed)
        tray_close(out);
    return failed;
}

int tray_attach(const char *folder, struct tray *out, char where[PATH_MAX])
{
    int failed = enter(folder, out, false, where);
    if (failed)
        tray_close(out);
    return failed;
}

static void shut(int fd)
{
    if (fd >= 0)
        close(fd);
}

void tray_close(struct tray *tray)
{
    if (!tray->is_open)
        return;
    for (size_t i = 0; i < TRAY_FOLDERS; i++)
        shut(tray->folder_fds[i]);
    shut(tray->root_fd);
    shut(tray->lock_fd);
    tray->is_open = false;
}

/* ---- what is removed ---- */

static bool ends(const char *name, const char *with)
{
    size_t length = strlen(name), tail = strlen(with);
    return length > tail && strcmp(name + length - tail, with) == 0;
}

/* <id>.json, or what files.h calls it until it is whole. */
static bool is_record(const char *name)
{
    size_t digits = strspn(name, "0123456789abcdef");
    return (digits == 64 && strcmp(name + digits, ".json") == 0) ||
           strncmp(name, ".syslab-", 8) == 0;
}

static bool is_log(const char *name)
{
    return strncmp(name, "syslab-", 7) == 0 && ends(name, ".txt");
}

static void empty(const struct tray *tray, enum tray_folder which)
{
    int again = openat(tray->folder_fds[which], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = again < 0 ? NULL : fdopendir(again);
    if (!folder) {
        shut(again);
        return;
    }
    for (struct dirent *entry; (entry = readdir(folder));)
        if (which == TRAY_LOGS ? is_log(entry->d_name) : is_record(entry->d_name))
            unlinkat(again, entry->d_name, 0);
    closedir(folder);
    unlinkat(tray->root_fd, folders[which], AT_REMOVEDIR);
}

void tray_clear(struct tray *tray)
{
    for (enum tray_folder which = 0; which < TRAY_FOLDERS; which++)
        empty(tray, which);
    unlinkat(tray->root_fd, "units.jsonl", 0);
    unlinkat(tray->root_fd, "lock", 0);
    rmdir(tray->root);
}
