/* course.h - where the course lies on this machine, and which exercises it has.
 *
 * Two folders: the course root, which holds exercises/, and the build root, which holds kits/ and
 * grader/runner. The environment names them (SYSLAB_ROOT, SYSLAB_BUILD), else the folders that this
 * program was built from and in.
 *
 * Interface: course_find course_is_release course_exercises course_free_names
 */
#ifndef SYSLAB_GRADER_COURSE_H
#define SYSLAB_GRADER_COURSE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct course {
    char root[PATH_MAX];  /* absolute, no trailing slash */
    char build[PATH_MAX]; /* likewise */
};

/* Find both folders.
 * Returns: 0, or -ENOENT or -ENOTDIR with a message in error that names the folder and the remedy.
 */
int course_find(struct course *out, char *error, size_t error_bytes);

/* A student's tree has this at its root: `syslab release` writes it, release.h says what is in it. */
#define COURSE_RELEASE_FILE "release.json"

/* Whether the course at root is a student's tree: no solutions, submissions and hidden tests. */
bool course_is_release(const char *root);

/* The exercises in the order in which a student takes them: an exercise after its prerequisites,
 * and otherwise by name. An exercise whose manifest is wrong is listed as well: loading it says
 * why. Returns: 0 and *names, an array of *count names such as "03_memory/arena"; or -errno. Owns:
 * the caller frees with course_free_names. */
int course_exercises(const struct course *course, char ***names, size_t *count);
void course_free_names(char **names, size_t count);

#endif
