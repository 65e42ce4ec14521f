#include "grader/release/update_source.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "grader/base/files.h"
#include "grader/base/git.h"
#include "grader/course/course.h"
#include "grader/engine/workspace.h"

/* Where a complaint goes. */
struct complaint {
    char *error;
    size_t error_bytes;
};

__attribute__((format(printf, 3, 4))) static int complain(const struct complaint *to, int failed,
                                                          const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(to->error, to->error_bytes, format, args);
    va_end(args);
    return failed;
}

/* Returns: 0 only where git ended with 0. */
static int ask(const char *folder, const char *const *words, struct git_result *result,
               const struct complaint *to)
{
    int failed = git_run(folder, words, NULL, result);
    if (failed)
        return complain(to, failed, "git could not be run: %s", strerror(-failed));
    if (result->status == 0)
        return 0;
    complain(to, 0, "nothing was changed, for git says: %s", result->error);
    git_result_fini(result);
    return -EINVAL;
}

static int run(const char *folder, const char *const *words, const struct complaint *to)
{
    struct git_result result;
    int failed = ask(folder, words, &result, to);
    if (!failed)
        git_result_fini(&result);
    return failed;
}

/* ---- getting it ---- */

static int clone(struct update_source *source, const char *from, const struct complaint *to)
{
    const char *const words[] = {"clone", "-q", "--depth=1", "--", from, source->staged, NULL};
    return run(".", words, to);
}

/* The commit that the clone's branch follows, checked out in the staging folder. */
static int fetch(struct update_source *source, const char *root, const struct complaint *to)
{
    static const char *const fetch_words[] = {"fetch", "-q", NULL};
    static const char *const which[] = {"rev-parse", "--verify", "-q", "@{upstream}^{commit}",
                                        NULL};
    const char *const clone_words[] = {"clone", "-q", "--shared",     "--no-checkout",
                                       "--",    root, source->staged, NULL};
    const char *const checkout[] = {"checkout", "-q", "--detach", source->commit, NULL};
    struct git_result result;
    int failed = git_run(root, which, NULL, &result);
    bool follows = !failed && result.status == 0;
    git_result_fini(&result);
    if (!follows)
        return complain(to, -EINVAL,
                        "%s is no clone that follows a branch, so name the new version: ./syslab "
                        "update FOLDER or ./syslab update GIT-URL",
                        root);
    failed = run(root, fetch_words, to);
    if (!failed)
        failed = ask(root, which, &result, to);
    if (failed)
        return failed;
    snprintf(source->commit, sizeof(source->commit), "%.*s", (int)strcspn(result.out, "\n"),
             result.out);
    git_result_fini(&result);
    failed = run(".", clone_words, to);
    return failed ? failed : run(source->staged, checkout, to);
}

static int stage(struct update_source *source, const char *root, const char *from,
                 const struct complaint *to)
{
    workspace_destroy(source->staged, -1); /* what a killed update left */
    return from ? clone(source, from, to) : fetch(source, root, to);
}

/* ---- looking at it ---- */

/* A stick that was pulled out too early holds half of a version. */
static int check_file(const struct update_source *source, const struct release_file *file,
                      const struct complaint *to)
{
    char path[PATH_MAX], hash[HASH_TEXT_BYTES], *data;
    size_t size;
    if (snprintf(path, sizeof(path), "%s/%s", source->folder, file->path) >= (int)sizeof(path))
        return complain(to, -ENAMETOOLONG, "%s: the path is too long", file->path);
    int failed = files_read(path, &data, &size);
    if (failed)
        return complain(to, failed, "the new version is not whole, so nothing was changed: %s: %s",
                        path, strerror(-failed));
    failed = hash_bytes(data, size, hash);
    free(data);
    if (failed || strcmp(hash, file->sha256) == 0)
        return failed;
    return complain(to, -EINVAL,
                    "the new version is not whole, so nothing was changed: %s is not what its "
                    "release.json says",
                    path);
}

static int check(struct update_source *source, const struct complaint *to)
{
    int failed = release_load(source->folder, &source->release, to->error, to->error_bytes);
    for (size_t i = 0; i < source->release.count && !failed; i++)
        failed = check_file(source, &source->release.files[i], to);
    return failed;
}

int update_source_open(struct update_source *source, const char *root, const char *from,
                       const char *staging, char *error, size_t error_bytes)
{
    const struct complaint to = {error, error_bytes};
    *source = (struct update_source){.commit = ""};
    error[0] = '\0';
    int failed = 0;
    if (from && course_is_release(from)) {
        if (!realpath(from, source->folder))
            return complain(&to, -errno, "%s: %s", from, strerror(errno));
        if (strcmp(source->folder, root) == 0)
            return complain(&to, -EINVAL, "%s is this tree itself; name the new version", from);
    } else {
        snprintf(source->staged, sizeof(source->staged), "%s", staging);
        snprintf(source->folder, sizeof(source->folder), "%s", staging);
        failed = stage(source, root, from, &to);
    }
    if (!failed)
        failed = check(source, &to);
    if (failed)
        update_source_close(source);
    return failed;
}

void update_source_close(struct update_source *source)
{
    release_free(&source->release);
    if (source->staged[0])
        workspace_destroy(source->staged, -1);
}

/* ---- the clone's branch ---- */

static bool succeeds(const char *root, const char *const *words)
{
    struct git_result result;
    bool done = git_run(root, words, NULL, &result) == 0 && result.status == 0;
    git_result_fini(&result);
    return done;
}

bool update_source_settle(const struct update_source *source, const char *root)
{
    if (!source->commit[0])
        return true;
    const char *const forward[] = {"merge-base", "--is-ancestor", "HEAD", source->commit, NULL};
    const char *const nothing_staged[] = {"diff", "--cached", "--quiet", NULL};
    const char *const move[] = {"reset", "-q", "--mixed", source->commit, NULL};
    const char *const fill[] = {"checkout-index", "-q", "-a", NULL};
    if (!succeeds(root, forward) || !succeeds(root, nothing_staged) || !succeeds(root, move))
        return false;
    succeeds(root, fill); /* files of the branch that are no part of the release; others stay */
    return true;
}
