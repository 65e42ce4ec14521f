/* update_plan_course.c - what becomes of the course's own files: replaced, unless the student edited them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "grader/base/git.h"
#include "grader/course/course.h"
#include "grader/release/update_internal.h"

/* ---- the old version's text, out of the clone ---- */

/* The commit that brought the tree's release.json, or "". */
static void find_commit(const struct update *update, char commit[65])
{
    static const char file[] = "./" COURSE_RELEASE_FILE;
    static const char *const words[] = {"log", "-1", "--format=%H", "--", file, NULL};
    struct git_result result;
    commit[0] = '\0';
    if (git_run(update->root, words, NULL, &result) == 0 && result.status == 0)
        sscanf(result.out, "%64[0-9a-f]", commit);
    git_result_fini(&result);
}

/* Returns: false where the clone does not have it, or has another. */
static bool find_base(const struct update *update, const struct release_file *old,
                      struct update_text *base)
{
    char commit[65], object[PATH_MAX], hash[HASH_TEXT_BYTES];
    struct git_result result;
    find_commit(update, commit);
    if (!commit[0] || update_path(object, "%s:./%s", commit, old->path) != 0)
        return false;
    const char *const words[] = {"cat-file", "blob", object, NULL};
    bool found = git_run(update->root, words, NULL, &result) == 0 && result.status == 0 &&
                 hash_bytes(result.out, result.out_bytes, hash) == 0 &&
                 strcmp(hash, old->sha256) == 0;
    if (found) {
        *base = (struct update_text){result.out, result.out_bytes};
        result.out = NULL;
    }
    git_result_fini(&result);
    return found;
}

/* ---- one file ---- */

static int plan_edited(struct update *update, struct update_change *change,
                       const struct release_file *old)
{
    struct update_sides sides = {.ours = change->before, .theirs = change->theirs};
    bool clean = false;
    int failed = 0;
    if (old && find_base(update, old, &sides.base))
        failed = update_merge(update->scratch, &sides, &change->after, &clean);
    update_text_fini(&sides.base);
    change->write = true;
    change->outcome = clean ? UPDATE_MERGED : UPDATE_CONFLICT;
    if (!clean) {
        change->after = change->theirs;
        change->theirs = (struct update_text){.data = NULL};
    }
    return failed;
}

static int take_theirs(struct update_change *change, enum update_outcome outcome)
{
    change->outcome = outcome;
    change->write = true;
    change->after = change->theirs;
    change->theirs = (struct update_text){.data = NULL};
    return 0;
}

static int plan_text(struct update *update, struct update_change *change,
                     const struct release_file *next)
{
    char path[PATH_MAX], hash[HASH_TEXT_BYTES] = "";
    const struct release_file *old = release_find(update->old, next->path);
    int failed = 0;
    if (change->existed)
        failed = hash_bytes(change->before.data, change->before.size, hash);
    if (failed || strcmp(hash, next->sha256) == 0)
        return failed;
    if (old && change->existed && strcmp(old->sha256, next->sha256) == 0) {
        change->outcome = UPDATE_KEPT;
        return 0;
    }
    failed = update_path(path, "%s/%s", update->from, next->path);
    if (!failed)
        failed = update_read_text(path, &change->theirs);
    if (failed)
        return failed;
    if (!change->existed)
        return take_theirs(change, old ? UPDATE_UPDATED : UPDATE_NEW);
    if (old && strcmp(hash, old->sha256) == 0)
        return take_theirs(change, UPDATE_UPDATED);
    return plan_edited(update, change, old);
}

/* Whether it can be run is the course's to say, whoever wrote what is in it. */
static void plan_mode(struct update_change *change)
{
    struct stat status;
    bool is_executable =
        change->existed && stat(change->path, &status) == 0 && status.st_mode & S_IXUSR;
    change->set_mode = is_executable != change->executable;
    if (change->set_mode && change->outcome == UPDATE_UNCHANGED)
        change->outcome = UPDATE_UPDATED;
}

static int plan_file(struct update *update, const struct release_file *next)
{
    struct update_change *change = update_add(update, update->root, next->path);
    if (!change)
        return -ENOMEM;
    change->of_course = true;
    change->executable = next->executable;
    int failed = update_read(change);
    if (failed || change->outcome == UPDATE_LEFT)
        return failed;
    failed = plan_text(update, change, next);
    if (!failed)
        plan_mode(change);
    return failed;
}

/* Whether the file lies in the tree, and not where a folder leads that the student made a link. */
static bool lies_in_course(const struct update *update, const struct update_change *change)
{
    char *root = realpath(update->root, NULL);
    char *folder = strndup(change->path, (size_t)(strrchr(change->path, '/') - change->path));
    char *real = folder ? realpath(folder, NULL) : NULL;
    size_t length = root ? strlen(root) : 0;
    bool lies = root && real && strncmp(real, root, length) == 0 &&
                (real[length] == '/' || real[length] == '\0');
    free(root);
    free(folder);
    free(real);
    return lies;
}

/* A file that the new version has no longer. Where the student put a link, that is what goes. */
static int plan_removal(struct update *update, const struct release_file *old)
{
    char hash[HASH_TEXT_BYTES];
    struct update_change *change = update_add(update, update->root, old->path);
    if (!change)
        return -ENOMEM;
    change->of_course = true;
    int failed = update_read_text(change->path, &change->before);
    if (failed == -ENOENT || failed == -ENOTDIR || failed == -ENOMEM)
        return failed == -ENOMEM ? failed : 0;
    if (failed) {
        change->outcome = UPDATE_LEFT;
        change->error = failed;
        return 0;
    }
    failed = hash_bytes(change->before.data, change->before.size, hash);
    bool unchanged = strcmp(hash, old->sha256) == 0 && lies_in_course(update, change);
    change->outcome = unchanged ? UPDATE_REMOVED : UPDATE_KEPT;
    return failed;
}

int update_plan_course(struct update *update)
{
    int failed = 0;
    for (size_t i = 0; i < update->next->count && !failed; i++)
        failed = plan_file(update, &update->next->files[i]);
    for (size_t i = 0; i < update->old->count && !failed; i++)
        if (!release_find(update->next, update->old->files[i].path))
            failed = plan_removal(update, &update->old->files[i]);
    return failed;
}
