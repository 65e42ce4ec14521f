/* update_apply.c - the two steps of an update that write: copies aside, then the changes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grader/files.h"
#include "grader/update_internal.h"

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
    return 0;
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
    if (!failed && change->executable && chmod(change->path, 0755) != 0)
        failed = -errno;
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

/* A folder of which nothing is left goes, too. */
static int remove_file(struct update *update, const struct update_change *change)
{
    char folder[PATH_MAX];
    if (unlink(change->path) != 0 && errno != ENOENT)
        return -errno;
    snprintf(folder, sizeof(folder), "%s", change->path);
    size_t root = strlen(update->root);
    for (char *slash; (slash = strrchr(folder, '/')) && (size_t)(slash - folder) > root;) {
        *slash = '\0';
        if (rmdir(folder) != 0)
            break;
    }
    return 0;
}

int update_apply(struct update *update)
{
    int failed = 0;
    for (size_t i = 0; i < update->count && !failed; i++) {
        struct update_change *change = &update->changes[i];
        snprintf(update->where, sizeof(update->where), "%s", change->name);
        if (!change->of_course)
            failed = apply_to_work(change);
        else if (change->outcome == UPDATE_REMOVED)
            failed = remove_file(update, change);
        else if (change->write)
            failed = write_change(change);
    }
    return failed;
}
