/* files.h - files that are whole or absent, whatever happens to the machine half-way.
 *
 * A file is written under a temporary name in its own folder, flushed to the disk, and only then
 * given its name: a full disk, a kill or a power cut leaves the old file or none, never half of one.
 *
 * Interface: files_make_folders files_read files_read_open files_write files_replace files_remove
 *            files_create files_begin files_write_all files_end files_copy_new files_exists
 *            files_regular_or_absent files_same
 *            files_display_path. Do not fopen(path, "w") what a student may lose. What a person named
 *            on the command line may be a device or a link: outlet.h.
 */
#ifndef SYSLAB_GRADER_FILES_H
#define SYSLAB_GRADER_FILES_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* Make a folder and those above it. Errors: -ENOTDIR where a file is in the way; as mkdir. */
int files_make_folders(const char *path);

/* Read a regular file whole; *data is followed by a zero byte that *size does not count.
 * Owns: the caller frees *data. Errors: -EISDIR, -EFBIG over 16 MiB, as open and read. */
int files_read(const char *path, char **data, size_t *size);

/* The same of a file that is open, from where it is read next; it stays open. */
int files_read_open(int fd, char **data, size_t *size);

/* Put data at path in place of what is there, atomically and durably.
 * Errors: -ENOSPC, -EROFS, -EACCES, ...: what was there before is untouched. */
int files_write(const char *path, const void *data, size_t size);

/* As files_write, with the old file's permissions, but only while it still holds what was expected: an editor
 * may have saved since. Errors: also -EAGAIN, and the file is as the editor left it; if it was saved once more
 * while this looked, the other is beside it, as <path>.saved. */
int files_replace(const char *path, const void *data, size_t size, const void *expected,
                  size_t expected_size);

/* Remove a file or a link, but only while it still holds what was expected.
 * Errors: as unlink, and -EAGAIN as for files_replace. */
int files_remove(const char *path, const void *expected, size_t expected_size);

/* As files_write, but an existing file stays. Errors: also -EEXIST. */
int files_create(const char *path, const void *data, size_t size);

/* The same in steps, for what is written bit by bit: begin makes an empty file beside `path`.
 * Returns: its descriptor, and its name in `temporary`, or -errno. Owns: files_end. */
int files_begin(const char *path, char temporary[PATH_MAX]);

/* Write all of it, however many calls that takes. Returns: 0 or -errno; how far it came is not known then. */
int files_write_all(int fd, const char *data, size_t size);

/* Flush it, close it and give it its name; with `failed` set, or when that fails, remove it.
 * Returns: `failed`, or 0, or -errno. */
int files_end(int fd, const char *temporary, const char *path, bool replace, int failed);

/* Copy a file to a path where nothing is yet. Errors: -EEXIST, and those of reading and creating. */
int files_copy_new(const char *from, const char *to);

/* Whether there is anything of that name; a link that leads nowhere is something. */
bool files_exists(const char *path);

/* Whether a regular file can be kept there, without opening: opening a device may already do
 * something. Returns: 0, -EISDIR, -EINVAL for what is neither, or as stat. */
int files_regular_or_absent(const char *path);

/* Whether both can be read and hold the same bytes. */
bool files_same(const char *a, const char *b);

/* The path as a person in the current folder would type it: relative where it lies below.
 * Returns: a pointer into path. */
const char *files_display_path(const char *path);

#endif
