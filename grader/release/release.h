/* release.h - what is in one version of a student's tree: release.json at its root.
 *
 *     {"syslab": "0.1.0", "commit": "9c1d...", "date": "2026-01-14T09:30:05Z", "files": [
 *       {"path": "03_memory/README.md", "sha256": "5e2f...", "executable": false}, ...]}
 *
 * Files are sorted by path; release.json itself is not among them. `syslab release` writes it last, and so
 * does `syslab update`: a tree that has it is whole, or holds what its student changed.
 *
 * Interface: release_load release_free release_find release_add release_save
 */
#ifndef SYSLAB_GRADER_RELEASE_H
#define SYSLAB_GRADER_RELEASE_H

#include <stdbool.h>
#include <stddef.h>

#include "grader/base/hash.h"

struct release_file {
    char *path; /* below the root, no "..": never in .git/, build/ or work/ */
    char sha256[HASH_TEXT_BYTES];
    bool executable;
};

struct release {
    char version[32], commit[HASH_TEXT_BYTES], date[32];
    struct release_file *files;
    size_t count, capacity;
};

/* Read <root>/release.json.
 * Returns: 0 and *out, or -errno with a message in error: -ENOENT without one, -EINVAL for a wrong one.
 * Owns: release_free. */
int release_load(const char *root, struct release *out, char *error, size_t error_bytes);
void release_free(struct release *release);

/* The file of that path, or NULL. Cost: O(log files). */
const struct release_file *release_find(const struct release *release, const char *path);

/* Append a file whose path comes after all the others. Returns: 0, -EINVAL for a path that no release may
 * have, -ENOMEM. */
int release_add(struct release *release, const char *path, const char *sha256, bool executable);

/* Put it at <root>/release.json, in place of another, whole or not at all. Returns: 0 or -errno. */
int release_save(const struct release *release, const char *root);

#endif
