/* work.h - the folder that a student works in.
 *
 *     work/                          $SYSLAB_WORK, else beside exercises/
 *         03_memory/arena/
 *             arena.c                the student's; nothing here ever overwrites or removes it
 *                                    but reset, which keeps a copy first
 *             arena.h                a copy to look at: grading uses the course's own
 *             README.md              where handout and lesson are
 *         .syslab/
 *             base/03_memory/arena/  the starters that the files above began as: update.h merges from them
 *             progress.sqlite        records, hints shown (store.h)
 *             unfinished.json        what an update that was stopped has to tell: update_note.c
 *             backup/20260114-093005/03_memory/arena/arena.c
 *
 * Interface: work_find work_file work_starter work_store work_fill
 *            work_backup_folder work_started work_reset
 */
#ifndef SYSLAB_GRADER_WORK_H
#define SYSLAB_GRADER_WORK_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "grader/course/course.h"
#include "grader/course/manifest.h"

struct work {
    char root[PATH_MAX]; /* absolute; need not exist yet */
    const struct course *course;
};

/* Returns: 0, or -ENAMETOOLONG or -errno where the current folder cannot be named. */
int work_find(const struct course *course, struct work *out);

/* The student's file, and the starter that it began as. Paths that do not fit are -ENAMETOOLONG. */
int work_file(const struct work *workspace, const struct manifest *manifest, char out[PATH_MAX]);
int work_starter(const struct work *workspace, const struct manifest *manifest, char out[PATH_MAX]);

/* The path of the progress store; its folder is made if need be. */
int work_store(const struct work *workspace, char out[PATH_MAX]);

/* Copy in the starters of one exercise, and count the files that are new. What exists stays.
 * Errors: -ENOSPC, -EROFS, -EACCES, -ENOTDIR; `where` is the path that could not be made. */
int work_fill(const struct work *workspace, const struct manifest *manifest, unsigned *created,
              char where[PATH_MAX]);

/* A new folder under backup/, named for this second. Errors: as mkdir. */
int work_backup_folder(const struct work *workspace, char out[PATH_MAX]);

/* Whether the student's file exists and is no longer the starter. */
bool work_started(const struct work *workspace, const struct manifest *manifest);

/* Put the starter back. A file that was there is kept first, under backup/; its path is in `backup`,
 * "" where there was none. On any error the file is as it was. */
int work_reset(const struct work *workspace, const struct manifest *manifest,
               char backup[PATH_MAX]);

#endif
