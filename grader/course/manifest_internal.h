/* manifest_internal.h - between manifest.c, which reads, and manifest_check.c, which judges; and for
 * what else is written in YAML.
 *
 * Interface: manifest_check manifest_parse manifest_parse_free
 */
#ifndef SYSLAB_GRADER_MANIFEST_INTERNAL_H
#define SYSLAB_GRADER_MANIFEST_INTERNAL_H

#include <cyaml/cyaml.h>

#include "grader/course/manifest.h"

/* Where a message about a manifest goes. */
struct manifest_complaint {
    const char *path; /* as the reader knows it: exercises/03_memory/arena/exercise.yaml */
    const char *text; /* the whole file, to find line numbers in */
    char *error;
    size_t error_bytes;
    const char *keys; /* the header that lists the keys */
};

/* Read the complaint's text by a schema whose value is a pointer.
 * Returns: 0 and *out, or -errno with "path:line: ..." in the complaint's error.
 * Owns: manifest_parse_free, which takes NULL as well. */
int manifest_parse(const struct manifest_complaint *complaint,
                   const struct cyaml_schema_value *schema, void **out);
void manifest_parse_free(const struct cyaml_schema_value *schema, void *loaded);

/* Judge what the schema cannot: sums, uniqueness, shapes of names.
 * Returns: 0, or -EINVAL with "path:line: ..." in to->error. */
int manifest_check(const struct manifest *manifest, const struct manifest_complaint *to);

#endif
