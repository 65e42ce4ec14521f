/* command_update.c - syslab update [FROM]: a new version of the course, and nothing of the student's lost. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "grader/base/files.h"
#include "grader/base/options.h"
#include "grader/base/prose.h"
#include "grader/commands/commands.h"
#include "grader/course/course.h"
#include "grader/engine/workspace.h"
#include "grader/release/update.h"
#include "grader/release/update_source.h"

/* ---- what is said ---- */

static const char *reason(const struct update_change *change)
{
    switch (change->outcome) {
    case UPDATE_CONFLICT:
        return change->of_course ? "the new one is in place; yours is in the backup"
                                 : "yours stays as it is; the new starter is beside it, .new";
    case UPDATE_ABSENT:
        return "not in your workspace; './syslab init' brings the starter";
    case UPDATE_KEPT:
        return "you changed it; the new version does not";
    case UPDATE_LEFT:
        return change->error == -EINVAL ? "no regular file" : strerror(-change->error);
    default:
        return "";
    }
}

static void tell_change(const struct update_change *change)
{
    const char *why = reason(change);
    printf("  %-10s ", update_outcome_word(change->outcome));
    prose_put_name(stdout, files_display_path(change->path), true);
    printf("%s%s\n", *why ? ": " : "", why);
}

/* Each file of the student's; of the course's, those that the student had a hand in, and a count. */
static void tell_changes(const struct update *update, bool any_course)
{
    size_t counts[UPDATE_OUTCOMES] = {0};
    for (size_t i = 0; i < update->count; i++) {
        const struct update_change *change = &update->changes[i];
        bool quiet = change->outcome == UPDATE_UNCHANGED || change->outcome == UPDATE_UPDATED ||
                     change->outcome == UPDATE_NEW || change->outcome == UPDATE_REMOVED;
        if (change->of_course)
            counts[change->outcome]++;
        if (!change->of_course || !quiet)
            tell_change(change);
    }
    if (any_course)
        printf("  the course's own files: %zu updated, %zu new, %zu removed, %zu unchanged\n",
               counts[UPDATE_UPDATED], counts[UPDATE_NEW], counts[UPDATE_REMOVED],
               counts[UPDATE_UNCHANGED]);
}

static size_t count_open(const struct update *update)
{
    size_t open = 0;
    for (size_t i = 0; i < update->count; i++)
        open += update->changes[i].outcome == UPDATE_CONFLICT ||
                update->changes[i].outcome == UPDATE_LEFT;
    return open;
}

static void tell_kept(const char *folder)
{
    fputs("What you had is kept: ", stdout);
    prose_put_name(stdout, files_display_path(folder), true);
    fputc('\n', stdout);
}

static void tell_backup(const struct update *update)
{
    char path[2 * PATH_MAX];
    for (size_t i = 0; i < update->earlier_count; i++) {
        snprintf(path, sizeof(path), "%s/.syslab/backup/%s", update->workspace->root,
                 update->earlier[i]);
        tell_kept(path);
    }
    if (update->backup[0])
        tell_kept(update->backup);
}

static int fault(const struct update *update, int failed, const char *stands)
{
    const char *why = failed == -EAGAIN    ? "it was saved while the update ran"
                      : failed == -EBADMSG ? "expected what a stopped update left, found something "
                                             "else: move it away"
                                           : strerror(-failed);
    options_complain("%s: %s. %s Run ./syslab update again", update->where, why, stands);
    return COMMAND_USAGE;
}

/* ---- the update ---- */

/* Returns: a lock's descriptor, or -errno; -EWOULDBLOCK where another update runs. */
static int lock_workspace(const struct update *update)
{
    int failed = files_make_folders(update->scratch);
    if (failed)
        return failed;
    int lock = open(update->scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock < 0)
        return -errno;
    if (flock(lock, LOCK_EX | LOCK_NB) == 0)
        return lock;
    failed = -errno;
    close(lock);
    return failed;
}

static int carry_out(struct update *update)
{
    int failed = update_plan(update);
    if (failed)
        return fault(update, failed, "Nothing was changed.");
    failed = update_back_up(update);
    if (failed)
        return fault(update, failed, "Nothing was changed.");
    failed = update_apply(update);
    if (failed) {
        tell_backup(update);
        return fault(update, failed, "The update stopped there, and nothing is lost.");
    }
    return COMMAND_PASSED;
}

static bool course_is_whole(const struct update *update)
{
    for (size_t i = 0; i < update->count; i++)
        if (update->changes[i].of_course && update->changes[i].outcome == UPDATE_LEFT)
            return false;
    return true;
}

static int finish(struct update *update, const struct update_source *source)
{
    int failed = 0;
    bool whole = course_is_whole(update);
    if (update->next && whole)
        failed = release_save(update->next, update->root);
    snprintf(update->where, sizeof(update->where), "%s", COURSE_RELEASE_FILE);
    if (failed)
        return fault(update, failed, "All but this is updated.");
    if (update->next && whole && !update_source_settle(source, update->root))
        puts("Your git branch stays where it is: it has commits or staged changes of your own.");
    tell_backup(update);
    if (update->next)
        puts(whole ? "Now run ./syslab start: it builds the new version."
                   : "What was left alone is in the way: move it, and run ./syslab update again.");
    if (fflush(stdout) == 0)
        failed = update_note_remove(update);
    if (failed)
        return fault(update, failed, "All but this is updated.");
    return count_open(update) ? COMMAND_FAILED : COMMAND_PASSED;
}

static int run(struct update *update, const struct update_source *source)
{
    int status = carry_out(update);
    if (status)
        return status;
    tell_changes(update, update->next != NULL);
    return finish(update, source);
}

/* What is asked of the command. */
struct request {
    const char *from; /* NULL: where the clone comes from */
    const char *to;   /* the version's commit, or how that begins; NULL: any that is not older */
};

enum { COMMIT_SHOWN = 12, COMMIT_LEAST = 7 };

/* As git: forward is the way, and back goes who names the place. What was published later is not older, so
 * the dates of the commits tell. */
static int check_version(const struct release *old, const struct release *next,
                         const struct request *request)
{
    const char *to = request->to;
    if (to && (strlen(to) < COMMIT_LEAST || strncmp(next->commit, to, strlen(to)) != 0)) {
        options_complain("the version there is commit %.*s, not %s. Nothing was changed",
                         COMMIT_SHOWN, next->commit, to);
        return COMMAND_USAGE;
    }
    if (to || strcmp(next->date, old->date) >= 0)
        return COMMAND_PASSED;
    options_complain("the version there, of %.10s, is older than yours, of %.10s. Nothing was "
                     "changed. To go back to it: ./syslab update %s%s--to %.*s",
                     next->date, old->date, request->from ? request->from : "",
                     request->from ? " " : "", COMMIT_SHOWN, next->commit);
    return COMMAND_USAGE;
}

/* In a student's tree: get the new version, and take it in. */
static int update_release(struct update *update, const struct request *request)
{
    char error[PATH_MAX + 600], staging[PATH_MAX + sizeof("/tree")];
    struct release old;
    struct update_source source;
    if (release_load(update->root, &old, error, sizeof(error)) != 0) {
        options_complain("%s", error);
        return COMMAND_USAGE;
    }
    snprintf(staging, sizeof(staging), "%s/tree", update->scratch);
    int failed =
        update_source_open(&source, update->root, request->from, staging, error, sizeof(error));
    if (failed) {
        options_complain("%s", error);
        release_free(&old);
        return COMMAND_USAGE;
    }
    int status = check_version(&old, &source.release, request);
    if (status == COMMAND_PASSED) {
        printf("Version %s of %.10s, commit %.*s\n", source.release.version, source.release.date,
               COMMIT_SHOWN, source.release.commit);
        update->from = source.folder;
        update->old = &old;
        update->next = &source.release;
        status = run(update, &source);
    }
    update_source_close(&source);
    release_free(&old);
    return status;
}

/* In the course's own checkout, git brings the course, and this the workspace. */
static int update_checkout(struct update *update, const struct request *request)
{
    if (request->from || request->to) {
        options_complain("%s is the course's own checkout, which git updates: git pull, then "
                         "./syslab update without a name",
                         update->root);
        return COMMAND_USAGE;
    }
    return run(update, &(struct update_source){.commit = ""});
}

static int update_all(const struct work *workspace, const struct request *request)
{
    struct update update;
    int failed = update_init(&update, workspace, workspace->course->root);
    int lock = failed ? failed : lock_workspace(&update);
    if (lock < 0) {
        options_complain("%s: %s. Nothing was changed", workspace->root,
                         lock == -EWOULDBLOCK ? "another update is at work" : strerror(-lock));
        return COMMAND_USAGE;
    }
    int status = course_is_release(update.root) ? update_release(&update, request)
                                                : update_checkout(&update, request);
    update_fini(&update);
    workspace_destroy(update.scratch, -1);
    close(lock);
    return status;
}

static const char notes[] =
    "\n"
    "FOLDER, GIT-URL  where the new version is; in a clone, by default where it was\n"
    "                 cloned from\n"
    "--to COMMIT      that version and no other, also where it is older than yours\n"
    "Starters that changed are merged into your files, and a copy of each is kept.\n"
    "Exit status: 0 up to date; 1 conflicts are left, yours stay as they are;\n"
    "2 usage or machine, and nothing is lost.\n";

int command_update(int argc, char **argv)
{
    int status;
    struct request request = {.from = NULL};
    struct course course;
    struct work workspace;
    char error[PATH_MAX + 400];
    const struct option_rule rules[] = {{"--to", OPTION_TEXT, &request.to}, {0}};
    const struct options options = {argv[0], "update [FOLDER or GIT-URL] [--to COMMIT]", rules,
                                    &request.from, 1};
    if (!options_parse(&options, argc, argv, &status)) {
        if (status == COMMAND_PASSED) /* it was --help */
            fputs(notes, stdout);
        return status;
    }
    if (course_find(&course, error, sizeof(error)) != 0) {
        options_complain("%s", error);
        return COMMAND_USAGE;
    }
    int failed = work_find(&course, &workspace);
    if (failed) {
        options_complain("%s: %s", course.root, strerror(-failed));
        return COMMAND_USAGE;
    }
    return update_all(&workspace, &request);
}
