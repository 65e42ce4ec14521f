/* manifest_internal.h - between manifest.c, which reads, and manifest_check.c, which judges.
 *
 * Interface: manifest_check
 */
#ifndef SYSLAB_GRADER_MANIFEST_INTERNAL_H
#define SYSLAB_GRADER_MANIFEST_INTERNAL_H

#include "grader/manifest.h"

/* Where a message about a manifest goes. */
struct manifest_complaint {
    const char *path; /* as the reader knows it: exercises/03_memory/arena/exercise.yaml */
    const char *text; /* the whole file, to find line numbers in */
    char *error;
    size_t error_bytes;
};

/* Judge what the schema cannot: sums, uniqueness, shapes of names.
 * Returns: 0, or -EINVAL with "path:line: ..." in the complaint's error. */
int manifest_check(const struct manifest *manifest, const struct manifest_complaint *complaint);

#endif
