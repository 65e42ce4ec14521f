#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grader/base/files.h"
#include "grader/base/grow.h"
#include "grader/release/update_internal.h"

const char *update_outcome_word(enum update_outcome outcome)
{
    static const char *const words[UPDATE_OUTCOMES] = {
        [UPDATE_UNCHANGED] = "unchanged",
        [UPDATE_UPDATED] = "updated",
        [UPDATE_NEW] = "new",
        [UPDATE_MERGED] = "merged",
        [UPDATE_CONFLICT] = "conflict",
        [UPDATE_REMOVED] = "removed",
        [UPDATE_KEPT] = "kept",
        [UPDATE_ABSENT] = "absent",
        [UPDATE_LEFT] = "left alone",
    };
    return words[outcome];
}

int update_path(char out[PATH_MAX], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(out, PATH_MAX, format, args);
    va_end(args);
    return length < PATH_MAX ? 0 : -ENAMETOOLONG;
}

int update_init(struct update *update, const struct work *workspace, const char *from)
{
    *update = (struct update){.workspace = workspace, .from = from};
    int failed = update_path(update->root, "%s", workspace->course->root);
    return failed ? failed : update_path(update->scratch, "%s/.syslab/update", workspace->root);
}

void update_fini(struct update *update)
{
    for (size_t i = 0; i < update->count; i++) {
        struct update_change *change = &update->changes[i];
        free(change->name);
        free(change->path);
        free(change->base_path);
        update_text_fini(&change->before);
        update_text_fini(&change->after);
        update_text_fini(&change->theirs);
    }
    for (size_t i = 0; i < update->earlier_count; i++)
        free(update->earlier[i]);
    free(update->earlier);
    free(update->changes);
    update->changes = NULL;
    update->earlier = NULL;
    update->count = update->capacity = update->earlier_count = update->earlier_capacity = 0;
}

struct update_change *update_add(struct update *update, const char *folder, const char *name)
{
    struct update_change *change =
        grow((void **)&update->changes, update->count, &update->capacity, sizeof(*update->changes));
    if (!change)
        return NULL;
    update->count++;
    snprintf(update->where, sizeof(update->where), "%s", name);
    change->name = strdup(name);
    if (asprintf(&change->path, "%s/%s", folder, name) < 0)
        change->path = NULL;
    return change->name && change->path ? change : NULL;
}

int update_read_text(const char *path, struct update_text *out)
{
    return files_read(path, &out->data, &out->size);
}

int update_read(struct update_change *change)
{
    struct stat status;
    if (lstat(change->path, &status) != 0) {
        change->error = errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
    } else if (S_ISLNK(status.st_mode)) {
        /* What the link leads to is written, not the link replaced. */
        char *target = realpath(change->path, NULL);
        change->error = target ? 0 : -errno;
        if (target) {
            free(change->path);
            change->path = target;
        }
        change->existed = true;
    } else {
        change->existed = true;
    }
    if (!change->error && change->existed)
        change->error = update_read_text(change->path, &change->before);
    if (change->error == -ENOMEM)
        return -ENOMEM;
    if (change->error)
        change->outcome = UPDATE_LEFT;
    return 0;
}

int update_plan(struct update *update)
{
    int failed = files_make_folders(update->scratch);
    if (failed) {
        snprintf(update->where, sizeof(update->where), "%s", update->scratch);
        return failed;
    }
    failed = update_plan_work(update);
    if (!failed && update->next)
        failed = update_plan_course(update);
    return failed ? failed : update_note_read(update);
}
