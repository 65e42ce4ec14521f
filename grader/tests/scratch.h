/* scratch.h - a scratch folder for the tests of one case, removed with all that is in it.
 *
 * Interface: scratch_make scratch_remove scratch_path scratch_write
 */
#ifndef SYSLAB_GRADER_TESTS_SCRATCH_H
#define SYSLAB_GRADER_TESTS_SCRATCH_H

#include <check.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grader/base/files.h"

static char scratch[64];

static int scratch_unlink(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status, (void)kind, (void)where;
    return remove(path);
}

static inline void scratch_make(void)
{
    strcpy(scratch, "/tmp/syslab-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(scratch));
}

static inline void scratch_remove(void)
{
    nftw(scratch, scratch_unlink, 16, FTW_DEPTH | FTW_PHYS);
}

/* A path in the folder; of the last four asked for. */
static inline const char *scratch_path(const char *name)
{
    static char paths[4][PATH_MAX];
    static unsigned turn;
    char *path = paths[turn++ % 4];
    snprintf(path, PATH_MAX, "%s/%s", scratch, name);
    return path;
}

static inline const char *scratch_write(const char *name, const char *text)
{
    const char *path = scratch_path(name);
    char folder[PATH_MAX];
    snprintf(folder, sizeof(folder), "%s", path);
    *strrchr(folder, '/') = '\0';
    ck_assert_int_eq(files_make_folders(folder), 0);
    ck_assert_int_eq(files_write(path, text, strlen(text)), 0);
    return path;
}

#endif
