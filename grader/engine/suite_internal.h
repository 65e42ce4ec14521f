/* suite_internal.h - between suite.c and the readers of its parts: suite_manifest.c for exercise.yaml,
 * suite_kit.c for the archives.
 *
 * Interface: suite_begin_part suite_add_manifest suite_add_kit suite_add_files
 */
#ifndef SYSLAB_GRADER_SUITE_INTERNAL_H
#define SYSLAB_GRADER_SUITE_INTERNAL_H

#include "grader/engine/suite.h"

/* A new part without a hash. Returns: 0 and *out, or -E2BIG. */
int suite_begin_part(struct suite *suite, const char *name, struct suite_part **out);

/* Returns: 0 or -errno, -EINVAL for a file that is no YAML mapping. */
int suite_add_manifest(struct suite *suite, const char *path);

/* Add a kit's members to the parts of their names: a member of several builds is one part.
 * Returns: 0 or -errno, -EINVAL for a file that is no archive. */
int suite_add_kit(struct suite *suite, const char *path, const char *build);

/* Add the files that the kit in this folder shows to its tests, as one part; none where it shows none.
 * Returns: 0 or -errno. */
int suite_add_files(struct suite *suite, const char *kit);

#endif
