/* files.h - files that are whole or absent, whatever happens to the machine half-way.
 *
 * A file is written under a temporary name in its own folder, flushed to the disk, and only then
 * given its name: a full disk, a kill or a power cut leaves the old file or none, never half of one.
 *
 * Interface: files_make_folders files_read files_write files_create files_copy_new files_exists
 *            files_same files_display_path. Do not fopen(path, "w") what a student may lose.
 */
#ifndef SYSLAB_GRADER_FILES_H
#define SYSLAB_GRADER_FILES_H

#include <stdbool.h>
#include <stddef.h>

/* Make a folder and those above it. Errors: -ENOTDIR where a file is in the way; as mkdir. */
int files_make_folders(const char *path);

/* Read a regular file whole; *data is followed by a zero byte that *size does not count.
 * Owns: the caller frees *data. Errors: -EISDIR, -EFBIG over 16 MiB, as open and read. */
int files_read(const char *path, char **data, size_t *size);

/* Put data at path in place of what is there, atomically and durably.
 * Errors: -ENOSPC, -EROFS, -EACCES, ...: what was there before is untouched. */
int files_write(const char *path, const void *data, size_t size);

/* As files_write, but an existing file stays. Errors: also -EEXIST. */
int files_create(const char *path, const void *data, size_t size);

/* Copy a file to a path where nothing is yet. Errors: -EEXIST, and those of reading and creating. */
int files_copy_new(const char *from, const char *to);

bool files_exists(const char *path);

/* Whether both can be read and hold the same bytes. */
bool files_same(const char *a, const char *b);

/* The path as a person in the current folder would type it: relative where it lies below.
 * Returns: a pointer into path. */
const char *files_display_path(const char *path);

#endif
