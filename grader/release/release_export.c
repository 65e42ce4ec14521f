#include "grader/release/release_export.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "grader/base/files.h"
#include "grader/base/git.h"
#include "grader/base/lock.h"
#include "grader/base/text.h"
#include "grader/build_config.h"
#include "grader/engine/workspace.h"
#include "grader/release/release_cut.h"
#include "grader/release/release_hidden.h"

/* An asterisk stands for slashes too. The first pattern that fits decides; of an exercise, what fits none is
 * left out: a new kind of file there is no student's until somebody says so. */
static const struct {
    const char *pattern;
    enum release_kind kind;
} rules[] = {
    {"exercises/*/*/solution/*", RELEASE_SOLUTION},
    {"exercises/*/*/submissions/*", RELEASE_SUBMISSION},
    {"exercises/*/*/tests/hidden/*", RELEASE_HIDDEN_TEST},
    {"exercises/*/*/README.md", RELEASE_TAKEN},
    {"exercises/*/*/exercise.yaml", RELEASE_TAKEN},
    {"exercises/*/*/starter/*", RELEASE_TAKEN},
    {"exercises/*/*/tests/*", RELEASE_TAKEN},
    {"exercises/support/*", RELEASE_TAKEN},
    {"exercises/*/*", RELEASE_AUTHORS},
    {"exercises/MUTANTS.md", RELEASE_AUTHORS},
    {"grader/hostile/*", RELEASE_AUTHORS},
    {"grader/tests/*", RELEASE_AUTHORS}, /* they grade the solutions */
    {"grader/bench_*.sh", RELEASE_AUTHORS},
    {"grader/integrations/*", RELEASE_AUTHORS},
    {"docs/*.md", RELEASE_AUTHORS},
    {"docs/*.sh", RELEASE_AUTHORS},
    {"CONTRIBUTING.md", RELEASE_AUTHORS},
};

enum release_kind release_kind(const char *path)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
        if (fnmatch(rules[i].pattern, path, 0) == 0)
            return rules[i].kind;
    return RELEASE_TAKEN;
}

/* What one export works with. */
struct work {
    struct release_export *to;
    char target[PATH_MAX];    /* absolute */
    char temporary[PATH_MAX]; /* beside it */
    time_t time;              /* the commit's */
    char **paths;             /* the files to take, sorted as git sorts */
    bool *executable;
    size_t count;
    struct text ids; /* their blobs, one a line */
};

__attribute__((format(printf, 3, 4))) static int complain(struct work *work, int failed,
                                                          const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(work->to->error, RELEASE_ERROR_BYTES, format, args);
    va_end(args);
    return failed;
}

/* Run git in the checkout. Returns: 0 only where it ended with 0. */
static int ask(struct work *work, const char *const *words, const char *input,
               struct git_result *result)
{
    int failed = git_run(work->to->course_root, words, input, result);
    if (failed)
        return complain(work, failed, "git could not be run: %s", strerror(-failed));
    if (result->status == 0)
        return 0;
    complain(work, 0, "%s is no git checkout that can be read; git says: %s", work->to->course_root,
             result->error);
    git_result_fini(result);
    return -EINVAL;
}

/* ---- the checkout ---- */

/* A release of what nobody else has could not be made again, nor updated from. */
static int check_clean(struct work *work)
{
    struct git_result result;
    /* Without a lock: a release that is killed leaves git nothing to trip over. */
    static const char *const words[] = {"--no-optional-locks", "status", "--porcelain",
                                        "--untracked-files=no", NULL};
    int failed = ask(work, words, NULL, &result);
    if (failed)
        return failed;
    size_t lines = 0;
    for (const char *at = result.out; (at = strchr(at, '\n')); at++)
        lines++;
    if (lines > 0)
        failed = complain(work, -EBUSY,
                          "%s has %zu changed files that are not committed, the first: %.*s. A "
                          "release is made from a commit: commit or stash them",
                          work->to->course_root, lines, (int)strcspn(result.out, "\n") - 3,
                          result.out + 3);
    git_result_fini(&result);
    return failed;
}

/* A checkout inside another repository would give that one's files. */
static int check_top(struct work *work)
{
    struct git_result result;
    static const char *const words[] = {"rev-parse", "--show-cdup", NULL};
    int failed = ask(work, words, NULL, &result);
    if (failed)
        return failed;
    if (strcmp(result.out, "\n") != 0)
        failed = complain(work, -EINVAL, "%s is a folder of a git checkout, not its root",
                          work->to->course_root);
    git_result_fini(&result);
    return failed;
}

static int read_commit(struct work *work)
{
    struct git_result result;
    static const char *const words[] = {"show", "-s", "--format=%H %ct", "HEAD", NULL};
    struct release *release = &work->to->release;
    long long seconds;
    struct tm parts;
    int failed = ask(work, words, NULL, &result);
    if (failed)
        return failed;
    if (sscanf(result.out, "%64[0-9a-f] %lld", release->commit, &seconds) != 2)
        failed = complain(work, -EINVAL, "git tells no commit but: %.100s", result.out);
    git_result_fini(&result);
    if (failed)
        return failed;
    work->time = (time_t)seconds;
    strftime(release->date, sizeof(release->date), "%Y-%m-%dT%H:%M:%SZ",
             gmtime_r(&work->time, &parts));
    snprintf(release->version, sizeof(release->version), "%s", BUILD_CONFIG_VERSION);
    return 0;
}

/* One line of ls-tree: "100644 blob 5e2f...\tgrader/git.c". */
static int take_entry(struct work *work, char *entry)
{
    char *tab = strchr(entry, '\t');
    const char *path = tab ? tab + 1 : "";
    if (strncmp(entry, "100644 blob ", 12) != 0 && strncmp(entry, "100755 blob ", 12) != 0)
        return complain(work, -EINVAL,
                        "%s is a link or a submodule: a release has regular files only", path);
    enum release_kind kind = release_kind(path);
    work->to->counts[kind]++;
    if (kind != RELEASE_TAKEN)
        return 0;
    *tab = '\0';
    work->paths[work->count] = strdup(path);
    work->executable[work->count] = entry[3] == '7';
    text_append(&work->ids, "%s\n", entry + 12);
    return work->paths[work->count++] && !work->ids.failed ? 0 : -ENOMEM;
}

static int list_files(struct work *work)
{
    struct git_result result;
    static const char *const words[] = {"ls-tree", "-r", "-z", "--full-tree", "HEAD", NULL};
    size_t entries = 0;
    int failed = ask(work, words, NULL, &result);
    if (failed)
        return failed;
    for (size_t i = 0; i < result.out_bytes; i++)
        entries += result.out[i] == '\0';
    work->paths = calloc(entries + 1, sizeof(*work->paths));
    work->executable = calloc(entries + 1, sizeof(*work->executable));
    failed = work->paths && work->executable ? 0 : -ENOMEM;
    for (size_t at = 0; at < result.out_bytes && !failed;) {
        size_t length = strlen(result.out + at);
        failed = take_entry(work, result.out + at);
        at += length + 1;
    }
    git_result_fini(&result);
    return failed;
}

/* ---- the place ---- */

static int check_empty(const char *path)
{
    DIR *folder = opendir(path);
    if (!folder)
        return -errno;
    bool empty = true;
    for (struct dirent *entry; empty && (entry = readdir(folder));)
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    closedir(folder);
    return empty ? 0 : -ENOTEMPTY;
}

static int check_target(struct work *work)
{
    struct stat status;
    const char *path = work->to->target;
    if (lstat(path, &status) != 0)
        return errno == ENOENT ? 0 : complain(work, -errno, "%s: %s", path, strerror(errno));
    if (!S_ISDIR(status.st_mode))
        return complain(work, -ENOTDIR, "%s is there and is no folder", path);
    int failed = check_empty(path);
    if (failed)
        return complain(work, failed, "%s: %s. A release wants a new or an empty folder", path,
                        strerror(-failed));
    return 0;
}

/* The target's parent, made absolute, and the name in it. */
static int find_place(struct work *work)
{
    char parent[PATH_MAX], named[PATH_MAX];
    if (snprintf(named, sizeof(named), "%s", work->to->target) >= (int)sizeof(named))
        return complain(work, -ENAMETOOLONG, "%s: the path is too long", work->to->target);
    for (size_t length = strlen(named); length > 1 && named[length - 1] == '/'; length--)
        named[length - 1] = '\0';
    char *slash = strrchr(named, '/');
    const char *name = slash ? slash + 1 : named;
    if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return complain(work, -EINVAL, "%s: name a new folder", work->to->target);
    const char *above = !slash ? "." : slash == named ? "/" : named;
    if (slash)
        *slash = '\0';
    if (!realpath(slash == named ? "/" : above, parent))
        return complain(work, -errno, "%s: %s", slash == named ? "/" : above, strerror(errno));
    size_t root = strlen(work->to->course_root);
    if (strncmp(parent, work->to->course_root, root) == 0 && (!parent[root] || parent[root] == '/'))
        return complain(work, -EINVAL, "%s lies in the course; name a folder outside of it",
                        work->to->target);
    const char *between = strcmp(parent, "/") == 0 ? "" : "/";
    if (snprintf(work->target, PATH_MAX, "%s%s%s", parent, between, name) >= PATH_MAX ||
        snprintf(work->temporary, PATH_MAX, "%s%s.%s.syslab-XXXXXX", parent, between, name) >=
            PATH_MAX)
        return complain(work, -ENAMETOOLONG, "%s: the path is too long", work->to->target);
    return 0;
}

/* ---- writing ---- */

static int set_time(const struct work *work, const char *path)
{
    const struct timespec times[2] = {{.tv_sec = work->time}, {.tv_sec = work->time}};
    return utimensat(AT_FDCWD, path, times, 0) == 0 ? 0 : -errno;
}

/* Not flushed one by one: the whole tree is, before it gets its name. */
static int write_file(struct work *work, const char *path, mode_t mode, const char *data,
                      size_t size)
{
    char whole[PATH_MAX];
    if (snprintf(whole, sizeof(whole), "%s/%s", work->temporary, path) >= (int)sizeof(whole))
        return -ENAMETOOLONG;
    char *slash = strrchr(whole, '/');
    *slash = '\0';
    int failed = files_make_folders(whole);
    *slash = '/';
    if (failed)
        return failed;
    int fd = open(whole, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0)
        return -errno;
    failed = files_write_all(fd, data, size);
    if (!failed && fchmod(fd, mode) != 0)
        failed = -errno;
    if (close(fd) != 0 && !failed)
        failed = -errno;
    return failed ? failed : set_time(work, whole);
}

static int export_file(struct work *work, size_t index, char *data, size_t size)
{
    char hash[HASH_TEXT_BYTES];
    size_t line;
    const char *path = work->paths[index];
    if (release_cut(data, &size, &line) != 0)
        return complain(work, -EINVAL, "%s:%zu: 'instructor only' or its end has no partner", path,
                        line);
    int failed = hash_bytes(data, size, hash);
    if (!failed)
        failed = release_add(&work->to->release, path, hash, work->executable[index]);
    if (!failed)
        failed = write_file(work, path, work->executable[index] ? 0755 : 0644, data, size);
    return failed ? complain(work, failed, "%s: %s", path, strerror(-failed)) : 0;
}

/* What cat-file printed: "<id> blob <size>\n<bytes>\n" for each. */
static int export_blobs(struct work *work, char *data, size_t bytes)
{
    char *at = data, *end = data + bytes;
    for (size_t i = 0; i < work->count; i++) {
        size_t size;
        char *line = memchr(at, '\n', (size_t)(end - at));
        if (!line || sscanf(at, "%*s blob %zu", &size) != 1 || size >= (size_t)(end - line))
            return complain(work, -EINVAL, "%s: git has no contents for it", work->paths[i]);
        int failed = export_file(work, i, line + 1, size);
        if (failed)
            return failed;
        at = line + 1 + size + 1;
    }
    return 0;
}

static int export_files(struct work *work)
{
    struct git_result result;
    static const char *const words[] = {"cat-file", "--batch", NULL};
    int failed = ask(work, words, work->ids.data, &result);
    if (failed)
        return failed;
    failed = export_blobs(work, result.out, result.out_bytes);
    git_result_fini(&result);
    return failed;
}

/* Folders get the commit's time last: each file in them changed it. */
static int set_folder_times(struct work *work)
{
    char path[PATH_MAX];
    int failed = set_time(work, work->temporary);
    for (size_t i = 0; i < work->count && !failed; i++) {
        if (snprintf(path, sizeof(path), "%s/%s", work->temporary, work->paths[i]) >= PATH_MAX)
            return -ENAMETOOLONG;
        for (char *slash = path + strlen(path); !failed;) {
            slash = memrchr(path, '/', (size_t)(slash - path));
            if (slash <= path + strlen(work->temporary))
                break;
            *slash = '\0';
            failed = set_time(work, path);
        }
    }
    return failed;
}

static int flush(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int failed = syncfs(fd) == 0 ? 0 : -errno;
    close(fd);
    return failed;
}

static int seal(struct work *work)
{
    char path[PATH_MAX + sizeof("/release.json")];
    snprintf(path, sizeof(path), "%s/release.json", work->temporary);
    int failed = release_save(&work->to->release, work->temporary);
    if (!failed)
        failed = set_time(work, path);
    if (!failed && chmod(work->temporary, 0755) != 0)
        failed = -errno;
    if (!failed)
        failed = set_folder_times(work);
    if (!failed)
        failed = flush(work->temporary);
    if (!failed && rename(work->temporary, work->target) != 0)
        failed = -errno;
    return failed ? complain(work, failed, "%s: %s", work->to->target, strerror(-failed)) : 0;
}

/* ".syslab-2026.syslab-XXXXXX" beside the target: what a release that was killed left. Whoever is at work on one
 * has its lock. */
static bool is_left_over(const struct work *work, const char *folder, const char *name)
{
    const char *ours = strrchr(work->temporary, '/') + 1;
    size_t fixed = strlen(ours) - strlen("XXXXXX");
    struct stat status;
    return strlen(name) == strlen(ours) && strncmp(name, ours, fixed) == 0 &&
           fstatat(AT_FDCWD, folder, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISDIR(status.st_mode) && status.st_uid == geteuid();
}

static void sweep(const struct work *work)
{
    char parent[PATH_MAX], path[PATH_MAX];
    const char *slash = strrchr(work->temporary, '/');
    snprintf(parent, sizeof(parent), "%.*s", (int)(slash - work->temporary), work->temporary);
    DIR *folder = opendir(*parent ? parent : "/");
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        if (snprintf(path, sizeof(path), "%s/%s", parent, entry->d_name) >= (int)sizeof(path) ||
            !is_left_over(work, path, entry->d_name))
            continue;
        int lock = lock_folder(path);
        if (lock >= 0)
            workspace_destroy(path, lock);
    }
    if (folder)
        closedir(folder);
}

/* Returns: the lock of a new folder, or -errno. */
static int make_temporary(struct work *work)
{
    char *end = work->temporary + strlen(work->temporary) - strlen("XXXXXX");
    int lock;
    do {
        memcpy(end, "XXXXXX", strlen("XXXXXX"));
        if (!mkdtemp(work->temporary))
            return -errno;
        lock = lock_folder(work->temporary);
    } while (lock == -EAGAIN || lock == -ENOENT); /* another release took it for a left-over */
    if (lock < 0)
        rmdir(work->temporary);
    return lock;
}

static int export(struct work *work)
{
    int failed = check_target(work);
    if (failed)
        return failed;
    sweep(work);
    int lock = make_temporary(work);
    if (lock < 0)
        return complain(work, lock, "%s: %s", work->to->target, strerror(-lock));
    mode_t mask = umask(022);
    failed = export_files(work);
    if (!failed)
        failed = release_hidden_check(work->to->course_root, work->temporary, work->to->error,
                                      RELEASE_ERROR_BYTES);
    if (!failed)
        failed = seal(work);
    umask(mask);
    if (failed)
        workspace_destroy(work->temporary, -1);
    close(lock);
    return failed;
}

int release_export(struct release_export *to)
{
    struct work work = {.to = to};
    to->error[0] = '\0';
    int failed = check_top(&work);
    if (!failed)
        failed = check_clean(&work);
    if (!failed)
        failed = read_commit(&work);
    if (!failed)
        failed = find_place(&work);
    if (!failed)
        failed = list_files(&work);
    if (!failed)
        failed = export(&work);
    for (size_t i = 0; i < work.count; i++)
        free(work.paths[i]);
    free(work.paths);
    free(work.executable);
    text_fini(&work.ids);
    if (failed && !to->error[0])
        complain(&work, failed, "%s: %s", to->target, strerror(-failed));
    return failed;
}
