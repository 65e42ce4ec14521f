#include "grader/base/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grader/base/files.h"
#include "grader/base/html.h"

static bool same_inode(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

bool outlet_names_stdout(const char *path)
{
    struct stat named, standard;
    if (strcmp(path, "-") == 0)
        return true;
    return stat(path, &named) == 0 && fstat(STDOUT_FILENO, &standard) == 0 &&
           same_inode(&named, &standard);
}

/* The path without links; its last part need not exist. */
static int resolve(const char *path, char out[PATH_MAX])
{
    char folder[PATH_MAX], base[PATH_MAX];
    struct stat status;
    if (realpath(path, out))
        return 0;
    if (errno != ENOENT)
        return -errno;
    if (lstat(path, &status) == 0)
        return -ENOENT; /* a link that leads nowhere */
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t length = slash ? (size_t)(slash - path) + 1 : 0;
    if (length >= sizeof(folder))
        return -ENAMETOOLONG;
    memcpy(folder, length ? path : ".", length ? length : 1);
    folder[length ? length : 1] = '\0';
    if (!realpath(folder, base))
        return -errno;
    bool top = strcmp(base, "/") == 0;
    if (snprintf(out, PATH_MAX, "%s/%s", top ? "" : base, name) >= PATH_MAX)
        return -ENAMETOOLONG;
    return *name ? 0 : -EISDIR;
}

bool outlet_is(const char *path, const char *file)
{
    struct stat a, b;
    char a_name[PATH_MAX], b_name[PATH_MAX];
    if (stat(path, &a) == 0 && stat(file, &b) == 0)
        return same_inode(&a, &b);
    return resolve(path, a_name) == 0 && resolve(file, b_name) == 0 && strcmp(a_name, b_name) == 0;
}

/* How an output of the kind begins. Of JSON and XML that is not much, so the first key is in it. */
static const char *const beginnings[][9] = {
    [OUTLET_REPORT] = {"student,", "{\n  \"exercises\": [", "{\n  \"execution_time\": ",
                       "{\n  \"output\": \"There is no grade: " /* run_autograder */,
                       "{\n  \"version\": 3,", "eyJ2ZXJzaW9uIjox" /* {"version":1 in base64 */,
                       "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>", HTML_BEGINNING,
                       NULL},
    [OUTLET_ARCHIVE] = {"\x1f\x8b\x08", NULL},
    [OUTLET_SOURCE] = {NULL},
};

/* Returns: 0, -EEXIST where it begins with none of them. */
static int compare_beginning(int fd, enum outlet_kind kind)
{
    char begins[256];
    ssize_t got = pread(fd, begins, sizeof(begins), 0);
    if (got <= 0)
        return got < 0 ? -errno : 0;
    for (const char *const *one = beginnings[kind]; *one; one++)
        if (strlen(*one) <= (size_t)got && memcmp(begins, *one, strlen(*one)) == 0)
            return 0;
    return -EEXIST;
}

int outlet_check(const char *path, enum outlet_kind kind)
{
    struct stat status;
    if (outlet_names_stdout(path) || stat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return 0; /* what is wrong with it, opening says */
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int failed = compare_beginning(fd, kind);
    close(fd);
    return failed;
}

const char *outlet_reason(int failed)
{
    return failed == -EEXIST
               ? "a file of another kind is there, which may be somebody's work; name "
                 "another file, or remove that one"
               : strerror(-failed);
}

/* What is no regular file is written where it is. */
static int open_in_place(const char *path, struct outlet *out)
{
    out->fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
    return out->fd < 0 ? -errno : 0;
}

/* A link that somebody else made, in /tmp say, may lead to what only we can write. The kernel follows none in
 * such a folder, but finding out where it leads, as resolve does, it leaves to us. */
static bool is_strange_link(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 && S_ISLNK(status.st_mode) && status.st_uid != geteuid() &&
           status.st_uid != 0;
}

int outlet_open(const char *path, struct outlet *out)
{
    struct stat status;
    *out = (struct outlet){.fd = STDOUT_FILENO};
    if (outlet_names_stdout(path))
        return 0;
    if (is_strange_link(path))
        return -EPERM;
    bool exists = stat(path, &status) == 0;
    if (exists && !S_ISREG(status.st_mode))
        return open_in_place(path, out);
    int failed = resolve(path, out->path);
    if (failed)
        return failed;
    out->fd = files_begin(out->path, out->temporary);
    if (out->fd < 0)
        return out->fd;
    /* Grades that only their owner could read stay so. */
    if (exists && fchmod(out->fd, status.st_mode & 0777) != 0)
        return outlet_close(out, -errno);
    return 0;
}

int outlet_close(struct outlet *outlet, int failed)
{
    if (outlet->fd == STDOUT_FILENO)
        return failed;
    if (outlet->temporary[0])
        return files_end(outlet->fd, outlet->temporary, outlet->path, true, failed);
    if (close(outlet->fd) != 0 && !failed)
        failed = -errno;
    return failed;
}
