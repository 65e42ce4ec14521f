/* workspace.h - the folder in which one submission is built, under $TMPDIR or /tmp.
 *
 *     <folder>/arena.c              the submission, as it was read
 *     <folder>/include/arena.h      the course's copy of the exercise's headers
 *     <folder>/include/03_memory/   the public headers of the chapters up to the exercise's
 *
 * Nothing else of the course is in it: no test, no solution, no other student's file.
 *
 * Interface: workspace_create workspace_create_empty workspace_destroy workspace_sweep workspace_chapter
 *            workspace_is_header
 */
#ifndef SYSLAB_GRADER_WORKSPACE_H
#define SYSLAB_GRADER_WORKSPACE_H

#include "grader/course/manifest.h"
#include "grader/inspect/source.h"

/* Returns: 0, the folder's name in out (PATH_MAX bytes) and *lock, a descriptor that keeps it from being
 * swept, for workspace_destroy; or -errno and no folder. */
int workspace_create(const char *course_root, const struct manifest *manifest,
                     const struct source *source, char *out, int *lock);
/* The same with nothing in it. */
int workspace_create_empty(char *out, int *lock);
void workspace_destroy(const char *folder, int lock);

/* Remove what graders of this user that were killed left behind: folders that are older
 * than some seconds and that no living process has locked. */
void workspace_sweep(void);

/* The chapters whose headers a submission finds, in build order, up to its exercise's own.
 * Returns: NULL after the last. */
const char *workspace_chapter(const char *exercise, size_t index);

/* Whether a file's name, without folders, is that of a public header. */
bool workspace_is_header(const char *name);

#endif
