#include "grader/base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX_BYTES = 16 << 20 };

static int make_folder(const char *path)
{
    struct stat status;
    if (mkdir(path, 0777) == 0)
        return 0;
    int failed = -errno;
    /* A read-only file system says EROFS even of a folder that exists. */
    if (stat(path, &status) == 0)
        return S_ISDIR(status.st_mode) ? 0 : -ENOTDIR;
    return failed;
}

int files_make_folders(const char *path)
{
    char partial[PATH_MAX];
    if (strlen(path) >= sizeof(partial))
        return -ENAMETOOLONG;
    strcpy(partial, path);
    for (char *slash = strchr(partial + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        int failed = make_folder(partial);
        if (failed)
            return failed;
        *slash = '/';
    }
    return make_folder(partial);
}

static int read_all(int fd, char *data, size_t size, size_t *have)
{
    *have = 0;
    while (*have < size) {
        ssize_t got = read(fd, data + *have, size - *have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        if (got == 0)
            break;
        *have += (size_t)got;
    }
    return 0;
}

int files_read_open(int fd, char **data, size_t *size)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return -errno;
    if (S_ISDIR(status.st_mode))
        return -EISDIR;
    if (!S_ISREG(status.st_mode))
        return -EINVAL;
    if (status.st_size > FILE_MAX_BYTES)
        return -EFBIG;
    char *text = malloc((size_t)status.st_size + 1);
    if (!text)
        return -ENOMEM;
    int failed = read_all(fd, text, (size_t)status.st_size, size);
    if (failed) {
        free(text);
        return failed;
    }
    text[*size] = '\0';
    *data = text;
    return 0;
}

int files_read(const char *path, char **data, size_t *size)
{
    /* Non-blocking, so that a FIFO in place of a file is refused rather than waited for. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return -errno;
    int failed = files_read_open(fd, data, size);
    close(fd);
    return failed;
}

int files_write_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t put = write(fd, data, size);
        if (put < 0 && errno != EINTR)
            return -errno;
        if (put > 0) {
            data += put;
            size -= (size_t)put;
        }
    }
    return 0;
}

/* So that the new name, too, outlives a power cut. What cannot be flushed is there all the same. */
static void flush_folder(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) : 1;
    memcpy(folder, slash ? path : ".", length);
    folder[length] = '\0';
    int fd = open(length ? folder : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

/* Give the temporary its name only if nothing has it. Not every file system has the flag, but then
 * it has hard links. */
static int rename_new(const char *from, const char *to)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -errno;
    if (link(from, to) != 0)
        return -errno;
    unlink(from);
    return 0;
}

int files_begin(const char *path, char temporary[PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash - path) + 1 : 0;
    int length = snprintf(temporary, PATH_MAX, "%.*s.syslab-XXXXXX", folder, path);
    if (length >= PATH_MAX || strlen(path) >= PATH_MAX)
        return -ENAMETOOLONG;
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (fchmod(fd, 0644) == 0)
        return fd;
    int failed = -errno;
    close(fd);
    unlink(temporary);
    return failed;
}

int files_end(int fd, const char *temporary, const char *path, bool replace, int failed)
{
    if (!failed && fsync(fd) != 0)
        failed = -errno;
    if (close(fd) != 0 && !failed)
        failed = -errno;
    if (!failed && replace)
        failed = rename(temporary, path) == 0 ? 0 : -errno;
    else if (!failed)
        failed = rename_new(temporary, path);
    if (failed)
        unlink(temporary);
    else
        flush_folder(path);
    return failed;
}

static int put(const char *path, const void *data, size_t size, bool replace)
{
    char temporary[PATH_MAX];
    int fd = files_begin(path, temporary);
    if (fd < 0)
        return fd;
    return files_end(fd, temporary, path, replace, files_write_all(fd, data, size));
}

int files_write(const char *path, const void *data, size_t size)
{
    return put(path, data, size, true);
}

static bool holds(const char *path, const void *data, size_t size)
{
    char *found = NULL;
    size_t have = 0;
    bool same = files_read(path, &found, &have) == 0 && have == size &&
                (size == 0 || memcmp(found, data, size) == 0);
    free(found);
    return same;
}

/* What an editor saved gets its name again, or where a later save has that, one beside it that a person sees.
 * It is never removed: if no name is to be had, it stays what it is called. */
static void give_back(const char *temporary, const char *path)
{
    char name[PATH_MAX];
    int failed = rename_new(temporary, path);
    for (unsigned number = 0; failed == -EEXIST && number < 1000; number++) {
        char suffix[16] = "";
        if (number > 0)
            snprintf(suffix, sizeof(suffix), ".%u", number);
        if (snprintf(name, sizeof(name), "%s.saved%s", path, suffix) >= (int)sizeof(name))
            return;
        failed = rename_new(temporary, name);
    }
}

struct bytes {
    const void *data;
    size_t size;
};

static int replace_if(const char *temporary, const char *path, const struct bytes *expected)
{
    int failed = holds(path, expected->data, expected->size) ? 0 : -EAGAIN;
    if (!failed && rename(temporary, path) == 0)
        return 0;
    failed = failed ? failed : -errno;
    unlink(temporary);
    return failed;
}

/* The two files change places, so that what was there can be looked at when nobody can save it any more. Not
 * every file system can: there, the look comes before. Whatever is unlinked was looked at: between the two
 * exchanges, too, somebody may save. */
static int swap_if(const char *temporary, const char *path, const struct bytes *ours,
                   const struct bytes *expected)
{
    if (renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_EXCHANGE) != 0) {
        int failed = -errno;
        if (failed == -EINVAL || failed == -ENOSYS)
            return replace_if(temporary, path, expected);
        unlink(temporary);
        return failed;
    }
    if (holds(temporary, expected->data, expected->size)) {
        unlink(temporary);
        return 0;
    }
    renameat2(AT_FDCWD, temporary, AT_FDCWD, path,
              RENAME_EXCHANGE); /* the look tells if it could */
    if (holds(temporary, ours->data, ours->size))
        unlink(temporary);
    else
        give_back(temporary, path);
    return -EAGAIN;
}

int files_replace(const char *path, const void *data, size_t size, const void *expected,
                  size_t expected_size)
{
    char temporary[PATH_MAX];
    struct stat status;
    int fd = files_begin(path, temporary);
    if (fd < 0)
        return fd;
    int failed = files_write_all(fd, data, size);
    if (!failed && stat(path, &status) == 0 && fchmod(fd, status.st_mode & 0777) != 0)
        failed = -errno;
    if (!failed && fsync(fd) != 0)
        failed = -errno;
    if (close(fd) != 0 && !failed)
        failed = -errno;
    if (failed)
        unlink(temporary);
    else
        failed = swap_if(temporary, path, &(struct bytes){data, size},
                         &(struct bytes){expected, expected_size});
    if (!failed)
        flush_folder(path);
    return failed;
}

/* Moved aside first, over an empty file that keeps the name for it, so that it can be looked at when nobody can
 * save it any more. */
int files_remove(const char *path, const void *expected, size_t expected_size)
{
    char aside[PATH_MAX];
    int fd = files_begin(path, aside);
    if (fd < 0)
        return fd;
    close(fd);
    if (rename(path, aside) != 0) {
        int failed = -errno;
        unlink(aside);
        return failed;
    }
    if (!holds(aside, expected, expected_size)) {
        give_back(aside, path);
        return -EAGAIN;
    }
    int failed = unlink(aside) == 0 ? 0 : -errno;
    flush_folder(path);
    return failed;
}

int files_create(const char *path, const void *data, size_t size)
{
    return files_exists(path) ? -EEXIST : put(path, data, size, false);
}

int files_copy_new(const char *from, const char *to)
{
    char *data = NULL;
    size_t size = 0;
    if (files_exists(to))
        return -EEXIST;
    int failed = files_read(from, &data, &size);
    if (failed)
        return failed;
    failed = files_create(to, data, size);
    free(data);
    return failed;
}

bool files_exists(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

int files_regular_or_absent(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return errno == ENOENT ? 0 : -errno;
    return S_ISREG(status.st_mode) ? 0 : S_ISDIR(status.st_mode) ? -EISDIR : -EINVAL;
}

bool files_same(const char *a, const char *b)
{
    char *a_data = NULL, *b_data = NULL;
    size_t a_size = 0, b_size = 0;
    bool same = files_read(a, &a_data, &a_size) == 0 && files_read(b, &b_data, &b_size) == 0 &&
                a_data && b_data && a_size == b_size && memcmp(a_data, b_data, a_size) == 0;
    free(a_data);
    free(b_data);
    return same;
}

const char *files_display_path(const char *path)
{
    char here[PATH_MAX];
    if (!getcwd(here, sizeof(here)))
        return path;
    size_t length = strlen(here);
    bool below = strncmp(path, here, length) == 0 && path[length] == '/';
    return below ? path + length + 1 : path;
}
