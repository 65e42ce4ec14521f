/* hash.h - SHA-256 of files and text, as 64 hexadecimal digits.
 *
 * Interface: hash_begin hash_add hash_add_file hash_end hash_bytes
 */
#ifndef SYSLAB_GRADER_HASH_H
#define SYSLAB_GRADER_HASH_H

#include <stddef.h>

enum { HASH_TEXT_BYTES = 65 };

struct hash; /* one computation */

/* Returns: NULL without memory. Owns: hash_end frees it. */
struct hash *hash_begin(void);

/* The bytes alone: "ab" and "c" are hashed as "a" and "bc" are. */
void hash_add(struct hash *hash, const void *data, size_t size_bytes);

/* The file's size, then its bytes, so that two files are never taken for another two.
 * Returns: 0 or -errno. */
int hash_add_file(struct hash *hash, const char *path);

/* The hash of all that was added, and the end of the computation. */
void hash_end(struct hash *hash, char out[HASH_TEXT_BYTES]);

/* The plain SHA-256 of some bytes, as sha256sum prints it. Returns: 0 or -ENOMEM. */
int hash_bytes(const void *data, size_t size_bytes, char out[HASH_TEXT_BYTES]);

#endif
