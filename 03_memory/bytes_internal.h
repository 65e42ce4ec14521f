/* bytes_internal.h - what bytes.c and bytes_buf.c share: the block whose bytes follow its owner.
 *
 *     [ struct bytes_owner | padding ][ size_bytes bytes ]
 *     ^ aligned to BYTES_ALIGN        ^ base, BYTES_HEADER_BYTES on, aligned likewise
 *
 * Interface: bytes_block_create BYTES_HEADER_BYTES BYTES_ALIGN BYTES_SIZE_MAX. Not for users.
 */
#ifndef SYSLAB_MEMORY_BYTES_INTERNAL_H
#define SYSLAB_MEMORY_BYTES_INTERNAL_H

#include "03_memory/bytes.h"

#define BYTES_ALIGN _Alignof(max_align_t)
#define BYTES_HEADER_BYTES                                                                         \
    ((sizeof(struct bytes_owner) + BYTES_ALIGN - 1) / BYTES_ALIGN * BYTES_ALIGN)
/* The most bytes of a block: with its header it is an object whose offsets fit ptrdiff_t. */
#define BYTES_SIZE_MAX ((size_t)PTRDIFF_MAX - BYTES_HEADER_BYTES)

/* A block of size_bytes, at most BYTES_SIZE_MAX, with a count of 1. Returns: NULL: no memory. */
struct bytes_owner *bytes_block_create(struct allocator *allocator, size_t size_bytes);

#endif
