/* release_hidden.h - sees to it that a test that is called hidden is hidden.
 *
 * Interface: release_hidden_check
 */
#ifndef SYSLAB_GRADER_RELEASE_HIDDEN_H
#define SYSLAB_GRADER_RELEASE_HIDDEN_H

#include <stddef.h>

/* Whether the visible tests of a student's tree name a test that the course's manifests mark `hidden: true`:
 * its author has left it in the visible source. An exercise without visible tests is an error, for there the
 * search would find nothing whatever was left.
 * Returns: 0, or -EINVAL with a message, or -errno. */
int release_hidden_check(const char *course_root, const char *tree, char *error,
                         size_t error_bytes);

#endif
