#include "grader/formats/format_output.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grader/base/command_exit.h"
#include "grader/base/files.h"
#include "grader/base/options.h"
#include "grader/base/outlet.h"

/* Whether the path is the gradebook's own, or one of the files that SQLite and `grade` keep by it. */
static bool is_database(const char *path, const char *db)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal", "-lock"};
    char file[PATH_MAX];
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
        if (snprintf(file, sizeof(file), "%s%s", db, suffixes[i]) < (int)sizeof(file) &&
            outlet_is(path, file))
            return true;
    return false;
}

/* By the name of the file that would be replaced, wherever links lead to it. */
static bool is_source(const char *path)
{
    static const char *const endings[] = {".c", ".h", ".s", ".S"};
    char file[PATH_MAX];
    const char *dot = realpath(path, file) ? strrchr(file, '.') : NULL;
    for (size_t i = 0; dot && i < sizeof(endings) / sizeof(endings[0]); i++)
        if (strcmp(dot, endings[i]) == 0)
            return true;
    return false;
}

int format_output_check(const char *path, const char *db, const char *file)
{
    const char *what = db && is_database(path, db)                          ? "the grades' database"
                       : (file && outlet_is(path, file)) || is_source(path) ? "a source file"
                                                                            : NULL;
    int failed = what ? 0 : outlet_check(path, OUTLET_REPORT);
    if (what)
        options_complain("%s is %s, which a report must not replace; name another file", path,
                         what);
    else if (failed)
        options_complain("%s: %s", path, outlet_reason(failed));
    else
        return COMMAND_PASSED;
    return COMMAND_USAGE;
}

int format_output_write(const char *path, char *text)
{
    struct outlet outlet;
    int failed = text ? outlet_open(path, &outlet) : -ENOMEM;
    if (!failed) {
        size_t length = strlen(text);
        fflush(stdout); /* what was printed before comes first, where both go the same way */
        failed = files_write_all(outlet.fd, text, length);
        if (!failed && length && text[length - 1] != '\n')
            failed = files_write_all(outlet.fd, "\n", 1);
        failed = outlet_close(&outlet, failed);
    }
    free(text);
    if (!failed)
        return COMMAND_PASSED;
    options_complain("%s was not written: %s", path, strerror(-failed));
    return COMMAND_USAGE;
}
