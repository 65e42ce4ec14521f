/* command_submit.c - syslab submit: the student's files as one archive, laid out as `grade` reads it.
 *
 *     03_memory/arena/arena.c
 *     03_memory/slab/slab.c
 *
 * Unpacked in DIR/<student>/ that is DIR/<student>/<chapter>/<exercise>/<file>.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "grader/base/files.h"
#include "grader/base/options.h"
#include "grader/base/outlet.h"
#include "grader/base/prose.h"
#include "grader/base/spawn.h"
#include "grader/base/terminal.h"
#include "grader/commands/commands.h"
#include "grader/desk/desk.h"
#include "grader/engine/engine.h"

/* tar's words, then one path for each exercise. */
static const char *const tar_words[] = {
    "tar",    "--create", "--gzip",      "--owner=0", "--group=0", "--numeric-owner",
    "--file", "-",        "--directory", "",          "--"};
enum { TAR_WORDS = sizeof(tar_words) / sizeof(tar_words[0]), TAR_FOLDER = 9 };

struct archive {
    char path[PATH_MAX];
    char **words; /* of tar, ended by NULL */
    size_t count;
};

/* tar writes to its standard output, which is `fd`. */
static int run_tar(char **words, int fd)
{
    const struct spawn tar = {(const char *const *)words, NULL, -1, fd, -1, false};
    pid_t child;
    int ended, failed = spawn_start(&tar, &child);
    if (!failed)
        failed = spawn_wait(child, &ended);
    if (failed)
        return failed;
    return WIFEXITED(ended) && WEXITSTATUS(ended) == 0 ? 0 : -EIO;
}

/* A full disk leaves the archive of last time whole. */
static int write_archive(const struct desk *desk, struct archive *archive)
{
    struct outlet outlet;
    int failed = outlet_open(archive->path, &outlet);
    if (failed)
        return failed;
    archive->words[TAR_FOLDER] = (char *)desk->workspace.root;
    return outlet_close(&outlet, run_tar(archive->words, outlet.fd));
}

/* An archive in the place of what it is to hold, or of the progress, would be a loss. */
static bool would_replace_work(const struct desk *desk, const char *path)
{
    char file[PATH_MAX];
    for (size_t i = 0; i < desk->count; i++) {
        const struct desk_exercise *exercise = &desk->exercises[i];
        if (exercise->manifest && work_file(&desk->workspace, exercise->manifest, file) == 0 &&
            outlet_is(path, file))
            return true;
    }
    static const char *const own[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        if (snprintf(file, sizeof(file), "%s/.syslab/progress.sqlite%s", desk->workspace.root,
                     own[i]) < (int)sizeof(file) &&
            outlet_is(path, file))
            return true;
    return false;
}

/* Editors keep these beside a file with changes that are not saved. */
static bool is_open_in_editor(const struct desk *desk, const struct manifest *manifest)
{
    static const char *const patterns[] = {"%s/%s/.%s.swp", "%s/%s/.#%s", "%s/%s/#%s#"};
    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
        char path[PATH_MAX];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        int length = snprintf(path, sizeof(path), patterns[i], desk->workspace.root,
                              manifest->exercise, manifest->file);
#pragma GCC diagnostic pop
        if (length < (int)sizeof(path) && files_exists(path))
            return true;
    }
    return false;
}

static void describe(const struct terminal *terminal, const struct desk *desk,
                     const struct desk_exercise *exercise)
{
    char file[PATH_MAX], hash[65];
    const struct manifest *manifest = exercise->manifest;
    desk_file(desk, exercise, file);
    engine_submission_hash(file, hash);
    bool tested = exercise->graded && strcmp(hash, exercise->submission_hash) == 0;
    bool passed = tested && exercise->verdict == VERDICT_PASS;
    const char *note = !tested   ? "changed since it was last tested: ./syslab test"
                       : !passed ? "does not pass yet"
                                 : "";
    char name[PATH_MAX], points[24] = "?";
    snprintf(name, sizeof(name), "%s/%s", exercise->name, manifest->file);
    if (tested)
        snprintf(points, sizeof(points), "%g", exercise->points);
    fprintf(terminal->out, "  %s%s%s %-32s %4s of %-4u %s\n",
            terminal_style(terminal, passed ? STYLE_GOOD : STYLE_BAD),
            terminal_mark(terminal, passed ? MARK_PASS : MARK_FAIL),
            terminal_style(terminal, STYLE_PLAIN), name, points, manifest->max_points, note);
    if (is_open_in_editor(desk, manifest))
        options_complain("%s seems to be open in an editor: is it saved?", name);
}

/* What the student has written goes in; a starter as it was would be graded as an answer. */
static int collect(const struct terminal *terminal, const struct desk *desk,
                   struct archive *archive)
{
    archive->words = calloc(TAR_WORDS + desk->count + 1, sizeof(*archive->words));
    if (!archive->words)
        return -ENOMEM;
    for (size_t i = 0; i < TAR_WORDS; i++)
        archive->words[i] = (char *)tar_words[i];
    for (size_t i = 0; i < desk->count; i++) {
        const struct desk_exercise *exercise = &desk->exercises[i];
        char *name = NULL;
        if (!exercise->manifest || !work_started(&desk->workspace, exercise->manifest))
            continue;
        if (asprintf(&name, "%s/%s", exercise->name, exercise->manifest->file) < 0)
            return -ENOMEM;
        archive->words[TAR_WORDS + archive->count++] = name;
        describe(terminal, desk, exercise);
    }
    return 0;
}

/* With the archive on the standard output, what is said goes beside it. */
static void tell(const struct terminal *terminal, const struct archive *archive, bool piped)
{
    if (piped)
        return;
    fputs("\nHand in: ", terminal->out);
    prose_put_name(terminal->out, files_display_path(archive->path), terminal->utf8);
    fprintf(terminal->out, "  (%zu %s)\n", archive->count, archive->count == 1 ? "file" : "files");
}

static int submit(const struct desk *desk, struct archive *archive)
{
    struct terminal terminal;
    bool piped = outlet_names_stdout(archive->path);
    if (!piped && would_replace_work(desk, archive->path)) {
        options_complain("%s is a file of your work, which the archive would replace; name another",
                         files_display_path(archive->path));
        return COMMAND_USAGE;
    }
    int failed = outlet_check(archive->path, OUTLET_ARCHIVE);
    if (failed) {
        options_complain("%s: %s", files_display_path(archive->path), outlet_reason(failed));
        return COMMAND_USAGE;
    }
    terminal_init(&terminal, piped ? stderr : stdout);
    failed = collect(&terminal, desk, archive);
    if (!failed && archive->count == 0) {
        options_complain("there is nothing to submit: no file differs from its starter");
        return COMMAND_USAGE;
    }
    fflush(stdout);
    if (!failed)
        failed = write_archive(desk, archive);
    if (failed) {
        options_complain("%s was not written: %s", archive->path, strerror(-failed));
        return COMMAND_USAGE;
    }
    tell(&terminal, archive, piped);
    return COMMAND_PASSED;
}

static const char notes[] =
    "\n"
    "--output FILE    the archive; submission.tar.gz in the workspace if none is\n"
    "                 named. An older archive is replaced, another file is not\n"
    "It holds the files that differ from their starters. Your instructor unpacks it.\n"
    "Exit status: 0 packed, passed or not; 2 nothing to submit, usage or machine.\n";

int command_submit(int argc, char **argv)
{
    int status;
    const char *output = NULL;
    struct archive archive = {0};
    const struct option_rule rules[] = {{"--output", OPTION_TEXT, &output}, {0}};
    const struct options options = {argv[0], "submit [--output FILE]", rules, NULL, 0};
    struct desk desk;
    if (!options_parse(&options, argc, argv, &status)) {
        if (status == COMMAND_PASSED) /* it was --help */
            fputs(notes, stdout);
        return status;
    }
    status = desk_open(&desk, true);
    if (status)
        return status;
    desk_warn(&desk);
    int length = output ? snprintf(archive.path, sizeof(archive.path), "%s", output)
                        : snprintf(archive.path, sizeof(archive.path), "%s/submission.tar.gz",
                                   desk.workspace.root);
    status = length < (int)sizeof(archive.path) ? submit(&desk, &archive) : COMMAND_USAGE;
    for (size_t i = 0; i < archive.count; i++)
        free(archive.words[TAR_WORDS + i]);
    free(archive.words);
    desk_close(&desk);
    return status;
}
