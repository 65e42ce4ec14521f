#include "grader/desk/grading.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grader/base/command_exit.h"
#include "grader/base/files.h"
#include "grader/base/options.h"

static int open_engine(const struct engine_options *options, struct engine **out)
{
    char error[1024];
    if (engine_create(options, out, error, sizeof(error)) == 0)
        return 0;
    options_complain("%s", error);
    return COMMAND_USAGE;
}

int grading_open(const struct desk *desk, bool no_sandbox, const uint64_t *seed,
                 struct engine **out)
{
    const struct engine_options options = {
        .course_root = desk->course.root,
        .build_root = desk->course.build,
        .no_sandbox = no_sandbox,
        .seed = seed,
    };
    return open_engine(&options, out);
}

int grading_open_bulk(const struct desk *desk, bool no_sandbox, struct engine **out)
{
    const struct engine_options options = {
        .course_root = desk->course.root,
        .build_root = desk->course.build,
        .no_sandbox = no_sandbox,
        .serial_builds = true, /* the cores are taken up by other submissions */
    };
    return open_engine(&options, out);
}

int grading_run(struct engine *engine, struct desk *desk, const struct desk_exercise *exercise,
                const char *file, const struct engine_progress *progress, struct record **out)
{
    char own[PATH_MAX];
    *out = NULL;
    int failed = engine_grade(engine, exercise->manifest, file, progress, out);
    if (failed) {
        options_complain("%s could not be graded: %s", file, strerror(-failed));
        return COMMAND_GRADER_ERROR;
    }
    desk_file(desk, exercise, own);
    if (strcmp(own, file) == 0 && store_put(desk->store, "", *out) != 0)
        snprintf(desk->warning, sizeof(desk->warning), "this result is not remembered: %s",
                 store_error());
    return 0;
}

int grading_status(const struct record *record)
{
    if (record->verdict == VERDICT_GRADER_ERROR)
        return COMMAND_GRADER_ERROR;
    return record->verdict == VERDICT_PASS ? COMMAND_PASSED : COMMAND_FAILED;
}

int grading_check_db(const char *path)
{
    int failed = files_regular_or_absent(path);
    if (failed == 0)
        return 0;
    options_complain("%s: %s", path,
                     failed == -EINVAL ? "not a regular file, so no place for a database of grades"
                                       : strerror(-failed));
    return COMMAND_USAGE;
}

int grading_find_db(const char *source, char *out)
{
    struct stat status;
    int failed = stat(source, &status) == 0 ? 0 : -errno;
    bool folder = !failed && S_ISDIR(status.st_mode);
    if (snprintf(out, PATH_MAX, "%s%s", source, folder ? "/grades.sqlite" : "") >= PATH_MAX)
        failed = -ENAMETOOLONG;
    /* Opening would make an empty one. */
    if (!failed && stat(out, &status) != 0)
        failed = -errno;
    if (failed) {
        options_complain("%s: %s%s", folder ? out : source, strerror(-failed),
                         folder ? ". './syslab grade' makes it" : "");
        return COMMAND_USAGE;
    }
    return grading_check_db(out);
}

int grading_find_db_here(const char *how, char *out)
{
    if (!files_exists("grades.sqlite")) {
        options_complain("there is no grades.sqlite in this folder; name the gradebook, or the "
                         "folder of submissions that it lies in, as %s",
                         how);
        return COMMAND_USAGE;
    }
    return grading_find_db("grades.sqlite", out);
}

int grading_lock_db(const char *path, int *lock_fd)
{
    char lock[PATH_MAX];
    /* Before the lock is made: beside a device there is no place for one. */
    int status = grading_check_db(path);
    if (status)
        return status;
    if (snprintf(lock, sizeof(lock), "%s-lock", path) >= (int)sizeof(lock)) {
        options_complain("%s: %s", path, strerror(ENAMETOOLONG));
        return COMMAND_USAGE;
    }
    int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) {
        options_complain("%s: %s", lock, strerror(errno));
        return COMMAND_USAGE;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        options_complain("another './syslab grade' is at work on %s", path);
        close(fd);
        return COMMAND_USAGE;
    }
    *lock_fd = fd;
    return 0;
}

void grading_shield(void)
{
    sigset_t keys;
    sigemptyset(&keys);
    sigaddset(&keys, SIGINT);
    sigaddset(&keys, SIGQUIT);
    sigaddset(&keys, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &keys, NULL);
}
