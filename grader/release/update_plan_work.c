/* update_plan_work.c - what becomes of the workspace's files: each starter of the new version against what the
 * student made of the old one. */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/files.h"
#include "grader/base/listing.h"
#include "grader/release/update_internal.h"

static int merge(struct update *update, struct update_change *change,
                 const struct update_text *base)
{
    bool clean;
    const struct update_sides sides = {*base, change->before, change->theirs};
    int failed = update_merge(update->scratch, &sides, &change->after, &clean);
    change->write = !failed && clean;
    change->outcome = clean ? UPDATE_MERGED : UPDATE_CONFLICT;
    return failed;
}

static int take_theirs(struct update_change *change, enum update_outcome outcome)
{
    change->outcome = outcome;
    change->write = true;
    change->after.data = malloc(change->theirs.size + 1);
    if (!change->after.data)
        return -ENOMEM;
    memcpy(change->after.data, change->theirs.data, change->theirs.size);
    change->after.size = change->theirs.size;
    return 0;
}

static bool same_bytes(const struct update_text *a, const struct update_text *b)
{
    return a->size == b->size && (a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}

/* There is a base: three versions, and which of them differ. */
static int decide(struct update *update, struct update_change *change,
                  const struct update_text *base)
{
    if (update_text_same(&change->before, &change->theirs)) {
        change->outcome = UPDATE_UNCHANGED;
        return 0;
    }
    if (same_bytes(base, &change->theirs)) {
        change->outcome = UPDATE_UNCHANGED;
        return 0;
    }
    if (same_bytes(base, &change->before))
        return take_theirs(change, UPDATE_UPDATED);
    return merge(update, change, base);
}

/* Workspaces from before bases were kept: the starter that the tree still has is what theirs began as, or the
 * nearest to it. It is kept at once, for after the update the tree has another. */
static int find_base(const struct update *update, const struct update_change *change,
                     struct update_text *base)
{
    char starter[PATH_MAX], folder[PATH_MAX];
    int failed = update_read_text(change->base_path, base);
    if (failed != -ENOENT)
        return failed;
    const char *slash = strrchr(change->name, '/');
    failed = update_path(starter, "%s/exercises/%.*s/starter%s", update->root,
                         (int)(slash - change->name), change->name, slash);
    if (!failed)
        failed = update_read_text(starter, base);
    if (failed)
        return failed;
    failed = update_path(folder, "%.*s", (int)(strrchr(change->base_path, '/') - change->base_path),
                         change->base_path);
    if (!failed)
        failed = files_make_folders(folder);
    return failed ? failed : files_write(change->base_path, base->data, base->size);
}

static int plan_existing(struct update *update, struct update_change *change)
{
    struct update_text base = {.data = NULL};
    int failed = find_base(update, change, &base);
    if (failed == -ENOENT) { /* the student's own file, where the new version has one too */
        bool same = update_text_same(&change->before, &change->theirs);
        change->outcome = same ? UPDATE_UNCHANGED : UPDATE_CONFLICT;
        return 0;
    }
    if (!failed)
        failed = decide(update, change, &base);
    update_text_fini(&base);
    return failed;
}

/* path: "exercises/<chapter>/<exercise>/starter/<file>", in the new version. */
static int plan_starter(struct update *update, const char *path)
{
    char name[PATH_MAX], from[PATH_MAX];
    const char *inside = path + strlen("exercises/");
    const char *starter = strstr(inside, "/starter/");
    snprintf(name, sizeof(name), "%.*s/%s", (int)(starter - inside), inside,
             starter + strlen("/starter/"));
    struct update_change *change = update_add(update, update->workspace->root, name);
    if (!change ||
        asprintf(&change->base_path, "%s/.syslab/base/%s", update->workspace->root, name) < 0)
        return -ENOMEM;
    int failed = update_path(from, "%s/%s", update->from, path);
    if (!failed)
        failed = update_read_text(from, &change->theirs);
    if (!failed)
        failed = update_read(change);
    if (failed || change->outcome == UPDATE_LEFT)
        return failed;
    if (change->existed)
        return plan_existing(update, change);
    if (!files_exists(change->base_path))
        return take_theirs(change, UPDATE_NEW);
    change->outcome = UPDATE_ABSENT;
    return 0;
}

static const char starters[] = "exercises/*/*/starter/*";

static int plan_release(struct update *update)
{
    int failed = 0;
    for (size_t i = 0; i < update->next->count && !failed; i++)
        if (fnmatch(starters, update->next->files[i].path, FNM_PATHNAME) == 0)
            failed = plan_starter(update, update->next->files[i].path);
    return failed;
}

static int plan_checkout(struct update *update)
{
    struct listing found;
    int failed = listing_find(&found, update->from, starters);
    for (size_t i = 0; i < found.count && !failed; i++)
        failed = plan_starter(update, found.paths[i] + strlen(update->from) + 1);
    listing_fini(&found);
    return failed;
}

int update_plan_work(struct update *update)
{
    return update->next ? plan_release(update) : plan_checkout(update);
}
