/* release_export.h - makes a student's tree out of the instructor's checkout.
 *
 * It holds the files of the commit that is checked out (HEAD), byte for byte, but for what students must not
 * have, whole files (the tables in release_export.c) and marked parts (release_cut.h). The same commit gives
 * the same tree: bytes, modes and times. What is not committed never comes along.
 *
 * The tree is made under another name beside its place, flushed to the disk, and only then renamed: a full
 * disk or a kill leaves nothing in its place. What a kill left beside it goes with the next release there.
 *
 * Interface: release_export
 */
#ifndef SYSLAB_GRADER_RELEASE_EXPORT_H
#define SYSLAB_GRADER_RELEASE_EXPORT_H

#include "grader/release/release.h"

enum { RELEASE_ERROR_BYTES = 1024 };

/* Why a file is left out. */
enum release_kind {
    RELEASE_TAKEN,
    RELEASE_SOLUTION,
    RELEASE_SUBMISSION,
    RELEASE_HIDDEN_TEST,
    RELEASE_AUTHORS, /* of use only to those who write the course, or full of answers */
    RELEASE_KINDS,
};

/* What becomes of the file of that path. */
enum release_kind release_kind(const char *path);

struct release_export {
    const char *course_root; /* in */
    const char *target;      /* in: absent, or an empty folder; outside of the course */
    struct release release;  /* out; release_free */
    size_t counts[RELEASE_KINDS];
    char error[RELEASE_ERROR_BYTES];
};

/* Returns: 0; or -errno and a message in error, and the target is as it was: -EBUSY where the checkout has
 * changes that are not committed, -ENOTEMPTY, -EINVAL, -ENOSPC, ... */
int release_export(struct release_export *to);

#endif
