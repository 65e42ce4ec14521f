/* workspace.h - the folder that a student works in.
 *
 *     work/                          $SYSLAB_WORK, else beside exercises/
 *         03_memory/arena/
 *             arena.c                the student's; nothing here ever overwrites or removes it
 *                                    but reset, which keeps a copy first
 *             arena.h                a copy to look at: grading uses the course's own
 *             README.md              where handout and lesson are
 *         .syslab/
 *             progress.sqlite        records, hints shown (store.h)
 *             backup/20260114-093005/03_memory/arena/arena.c
 *
 * Interface: workspace_find workspace_file workspace_starter workspace_store workspace_fill
 *            workspace_started workspace_reset
 */
#ifndef SYSLAB_GRADER_WORKSPACE_H
#define SYSLAB_GRADER_WORKSPACE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "grader/course.h"
#include "grader/manifest.h"

struct workspace {
    char root[PATH_MAX]; /* absolute; need not exist yet */
    const struct course *course;
};

/* Returns: 0, or -ENAMETOOLONG or -errno where the current folder cannot be named. */
int workspace_find(const struct course *course, struct workspace *out);

/* The student's file, and the starter that it began as. Paths that do not fit are -ENAMETOOLONG. */
int workspace_file(const struct workspace *workspace, const struct manifest *manifest,
                   char out[PATH_MAX]);
int workspace_starter(const struct workspace *workspace, const struct manifest *manifest,
                      char out[PATH_MAX]);

/* The path of the progress store; its folder is made if need be. */
int workspace_store(const struct workspace *workspace, char out[PATH_MAX]);

/* Copy in the starters of one exercise, and count the files that are new. What exists stays.
 * Errors: -ENOSPC, -EROFS, -EACCES, -ENOTDIR; `where` is the path that could not be made. */
int workspace_fill(const struct workspace *workspace, const struct manifest *manifest,
                   unsigned *created, char where[PATH_MAX]);

/* Whether the student's file exists and is no longer the starter. */
bool workspace_started(const struct workspace *workspace, const struct manifest *manifest);

/* Put the starter back. A file that was there is kept first, under backup/; its path is in `backup`,
 * "" where there was none. On any error the file is as it was. */
int workspace_reset(const struct workspace *workspace, const struct manifest *manifest,
                    char backup[PATH_MAX]);

#endif
