/* source.h - a submission's file, read once and judged before the compiler sees it.
 *
 * What is at the path may be anything: a folder, a FIFO that would block, a device, a link to somebody
 * else's file. Only a regular file is opened, and only what was read here is hashed and compiled.
 *
 * Interface: source_read source_hash source_fini
 */
#ifndef SYSLAB_GRADER_SOURCE_H
#define SYSLAB_GRADER_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

struct source {
    char *text; /* NUL-ended; holds no other NUL unless refused */
    size_t length;
    bool refused;      /* the student is to mend it: message says what */
    char message[300]; /* in words, naming the file */
};

enum { SOURCE_HASH_MAX_BYTES = 16 << 20 };

/* A file's SHA-256, whatever a submission's limit is; of one above SOURCE_HASH_MAX_BYTES, that of its
 * size and its first bytes. Leaves "" for what is no regular file or cannot be read.
 * Returns: 0, or -errno for a fault of the machine, as source_read. */
int source_hash(const char *path, char out[65]);

/* Read a file of at most max_bytes. CRLF line ends are accepted: the compiler takes them.
 * Returns: 0 and *source, which may be refused; -errno for a fault of the machine.
 * Owns: source_fini. Blocks: never on the file's kind. */
int source_read(const char *path, size_t max_bytes, struct source *source);
void source_fini(struct source *source);

#endif
