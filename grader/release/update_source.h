/* update_source.h - where an update comes from: a folder, a git URL, or the branch that a clone follows.
 *
 * Interface: update_source_open update_source_close update_source_settle
 */
#ifndef SYSLAB_GRADER_UPDATE_SOURCE_H
#define SYSLAB_GRADER_UPDATE_SOURCE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "grader/release/release.h"

struct update_source {
    char folder
        [PATH_MAX]; /* the new version, whole: every file has the hash that its release.json says */
    struct release release;
    char commit[65];       /* of the branch that the clone follows; "" for the others */
    char staged[PATH_MAX]; /* what close removes; "" for a folder that was named */
};

/* from: a folder or a git URL, NULL for the branch that the clone at root follows. staging: a folder that need
 * not exist, for what git brings.
 * Returns: 0, or -errno with a message in error. Blocks: as long as the network does. Owns: close. */
int update_source_open(struct update_source *source, const char *root, const char *from,
                       const char *staging, char *error, size_t error_bytes);
void update_source_close(struct update_source *source);

/* After an update from the branch that a clone follows, let the clone's branch stand there too, so that git
 * shows as changes what the student changed. Only where that is a step forward and nothing is staged: a student
 * who commits merges by hand. Returns: whether it was done, or there was nothing to do. */
bool update_source_settle(const struct update_source *source, const char *root);

#endif
