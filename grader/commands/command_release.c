/* command_release.c - syslab release DIR: the tree that students get, made from the instructor's checkout. */
#include <stdio.h>

#include "grader/base/files.h"
#include "grader/base/options.h"
#include "grader/base/prose.h"
#include "grader/commands/commands.h"
#include "grader/course/course.h"
#include "grader/release/release_export.h"

static void tell(const struct release_export *made)
{
    fputs("Release: ", stdout);
    prose_put_name(stdout, files_display_path(made->target), true);
    printf("  (%zu files, version %s, commit %.12s)\n", made->release.count, made->release.version,
           made->release.commit);
    printf(
        "Left out: %zu files of solutions, %zu submissions, %zu files of hidden tests, %zu of the "
        "authors'\n",
        made->counts[RELEASE_SOLUTION], made->counts[RELEASE_SUBMISSION],
        made->counts[RELEASE_HIDDEN_TEST], made->counts[RELEASE_AUTHORS]);
}

static const char notes[] =
    "\n"
    "DIR              a folder that is made: it must not exist, or be empty\n"
    "The tree is of what is committed; the same commit gives the same bytes.\n"
    "Exit status: 0 made; 2 usage or machine.\n";

int command_release(int argc, char **argv)
{
    int status;
    const char *target = NULL;
    struct course course;
    char error[PATH_MAX + 400];
    const struct option_rule rules[] = {{0}};
    const struct options options = {argv[0], "release DIR", rules, &target, 1};
    if (!options_parse(&options, argc, argv, &status)) {
        if (status == COMMAND_PASSED) /* it was --help */
            fputs(notes, stdout);
        return status;
    }
    if (!target) {
        options_complain("release needs a new folder for the tree. Usage: ./syslab release DIR");
        return COMMAND_USAGE;
    }
    if (course_find(&course, error, sizeof(error)) != 0) {
        options_complain("%s", error);
        return COMMAND_USAGE;
    }
    if (course_is_release(course.root)) {
        options_complain("%s is a student's tree: a release is made from the instructor's checkout",
                         course.root);
        return COMMAND_USAGE;
    }
    struct release_export made = {.course_root = course.root, .target = target};
    int failed = release_export(&made);
    if (failed)
        options_complain("%s", made.error);
    else
        tell(&made);
    release_free(&made.release);
    return failed ? COMMAND_USAGE : COMMAND_PASSED;
}
