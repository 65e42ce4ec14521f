/* update_apply.c - the two steps of an update that write: copies aside, then the changes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grader/base/files.h"
#include "grader/release/update_internal.h"

/* Make the folder of a file. */
static int make_parent(const char *path)
{
    char folder[PATH_MAX];
    int failed = update_path(folder, "%.*s", (int)(strrchr(path, '/') - path), path);
    return failed ? failed : files_make_folders(folder);
}

/* ---- copies aside ---- */

/* What was edited and will be another; what the course itself wrote is in the course. */
static bool is_students(const struct update_change *change)
{
    bool edited = change->outcome == UPDATE_MERGED || change->outcome == UPDATE_CONFLICT;
    return change->existed && change->write && (edited || !change->of_course);
}

static int back_up(struct update *update, const struct update_change *change)
{
    char path[PATH_MAX];
    if (!update->backup[0]) {
        int failed = work_backup_folder(update->workspace, update->backup);
        if (failed)
            return failed;
    }
    int failed = update_path(path, "%s/%s%s", update->backup, change->of_course ? "course/" : "",
                             change->name);
    if (!failed)
        failed = make_parent(path);
    return failed ? failed : files_create(path, change->before.data, change->before.size);
}

int update_back_up(struct update *update)
{
    for (size_t i = 0; i < update->count; i++) {
        const struct update_change *change = &update->changes[i];
        if (!is_students(change))
            continue;
        snprintf(update->where, sizeof(update->where), "%s", change->name);
        int failed = back_up(update, change);
        if (failed)
            return failed;
    }
    return update_note_write(update);
}

/* ---- the changes ---- */

static int write_change(const struct update_change *change)
{
    int failed = make_parent(change->path);
    if (failed)
        return failed;
    failed = change->existed ? files_replace(change->path, change->after.data, change->after.size,
                                             change->before.data, change->before.size)
                             : files_create(change->path, change->after.data, change->after.size);
    return failed == -EEXIST ? -EAGAIN : failed;
}

/* The new starter beside the student's file. One that lies there already may have been edited since: it keeps
 * its name, and this one gets a number. */
static int lay_beside(struct update_change *change)
{
    char path[PATH_MAX];
    for (unsigned number = 0; number < 1000; number++) {
        struct update_text there = {.data = NULL};
        char suffix[16] = "";
        if (number > 0)
            snprintf(suffix, sizeof(suffix), ".%u", number);
        int failed = update_path(path, "%s.new%s", change->path, suffix);
        if (!failed)
            failed = files_create(path, change->theirs.data, change->theirs.size);
        if (failed == -EEXIST && update_read_text(path, &there) == 0 &&
            update_text_same(&there, &change->theirs))
            failed = 0;
        update_text_fini(&there);
        if (failed != -EEXIST)
            return failed;
    }
    return -EEXIST;
}

/* The base comes last: until then, the next update takes the file for what it was. */
static int apply_to_work(struct update_change *change)
{
    int failed = 0;
    if (change->outcome == UPDATE_ABSENT || change->outcome == UPDATE_LEFT)
        return 0;
    if (change->write)
        failed = write_change(change);
    else if (change->outcome == UPDATE_CONFLICT)
        failed = lay_beside(change);
    if (!failed)
        failed = make_parent(change->base_path);
    return failed ? failed
                  : files_write(change->base_path, change->theirs.data, change->theirs.size);
}

/* A folder of which nothing is left goes, too: those that the file's name in the course has, no others. */
static int remove_file(struct update *update, const struct update_change *change)
{
    char folder[PATH_MAX];
    int failed = files_remove(change->path, change->before.data, change->before.size);
    if (failed)
        return failed == -ENOENT ? 0 : failed;
    failed = update_path(folder, "%s/%s", update->root, change->name);
    char *name = folder + strlen(update->root) + 1;
    for (char *slash; !failed && (slash = strrchr(name, '/'));) {
        *slash = '\0';
        if (rmdir(folder) != 0)
            break;
    }
    return failed;
}

static int set_mode(const struct update_change *change)
{
    struct stat status;
    if (stat(change->path, &status) != 0)
        return -errno;
    mode_t mode = status.st_mode & 07777;
    mode = change->executable ? mode | (mode & 0444) >> 2 : mode & ~(mode_t)0111;
    return chmod(change->path, mode) == 0 ? 0 : -errno;
}

static int apply_to_course(struct update *update, const struct update_change *change)
{
    if (change->outcome == UPDATE_REMOVED)
        return remove_file(update, change);
    int failed = change->write ? write_change(change) : 0;
    return !failed && change->set_mode ? set_mode(change) : failed;
}

int update_apply(struct update *update)
{
    int failed = 0;
    for (size_t i = 0; i < update->count && !failed; i++) {
        struct update_change *change = &update->changes[i];
        snprintf(update->where, sizeof(update->where), "%s", change->name);
        failed = change->of_course ? apply_to_course(update, change) : apply_to_work(change);
    }
    return failed;
}
