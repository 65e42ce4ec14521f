/* bytes.h - immutable bytes that are shared and not copied.
 *
 * A `struct bytes` is a value of three words. Any number of them may look at one piece of memory,
 * or at parts of it; the last one that is dropped gives the memory back.
 *
 *     struct bytes   a              b = slice of a
 *                    data ---.      data -------.
 *                    size 11 |      size 5      |
 *                    owner   |      owner       |
 *                      |     v        |         v
 *                      |     hello,world        |     the bytes lie where you decide
 *                      v              v
 *                    struct bytes_owner             yours to define: at least a count
 *
 * The handout (README.md) is the contract. In short: clone and slice never copy a byte, never
 * allocate, and never fail for want of memory; static bytes have owner NULL.
 *
 * Do not change this file: your submission is graded against the course's copy.
 *
 * Interface: bytes_static bytes_copy bytes_adopt bytes_clone bytes_slice bytes_split_to bytes_get_u32
 *            bytes_is_unique bytes_drop
 */
#ifndef SYSLAB_EXERCISES_BYTES_H
#define SYSLAB_EXERCISES_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "03_memory/allocator.h"

struct bytes_owner;

struct bytes {
    const uint8_t *data;
    size_t size_bytes;
    struct bytes_owner *owner; /* NULL: nothing to count and nothing to free */
};

/* Gives adopted memory back: the whole of it, as it was adopted. */
typedef void (*bytes_free_fn)(void *data, size_t size_bytes, void *context);

/* Bytes that outlive every slice of them, such as a literal. Allocates nothing. */
struct bytes bytes_static(const void *data, size_t size_bytes);

/* A copy of size_bytes bytes (0 is legal, data may then be NULL).
 * Returns: true and *out, or false: no memory; *out is then as it was. */
bool bytes_copy(struct allocator *allocator, const void *data, size_t size_bytes,
                struct bytes *out);

/* Take over memory. free_fn(data, size_bytes, context) is called exactly once, when the last value
 * that looks at it is dropped; a NULL free_fn is not called.
 * Returns: true and *out; or false: no memory; then data is still the caller's. */
bool bytes_adopt(struct allocator *allocator, void *data, size_t size_bytes, bytes_free_fn free_fn,
                 void *context, struct bytes *out);

/* Another value for the same bytes. */
struct bytes bytes_clone(const struct bytes *bytes);

/* *out = another value, for the size_bytes bytes at offset.
 * Returns: true, or false: they are not all inside; nothing has then changed. */
bool bytes_slice(const struct bytes *bytes, size_t offset, size_t size_bytes, struct bytes *out);

/* Cut: *head = a value for the first `at` bytes, and *bytes keeps the rest.
 * Returns: true, or false: there are fewer; nothing has then changed. */
bool bytes_split_to(struct bytes *bytes, size_t at, struct bytes *head);

/* Read four bytes, most significant first, and move past them.
 * Returns: true, or false: there are fewer; nothing has then changed. */
bool bytes_get_u32(struct bytes *bytes, uint32_t *out);

/* Whether this value is the only one that looks at its memory; false for static bytes. When it is
 * true, all that other threads did with the memory is over, and the caller may write to it. */
bool bytes_is_unique(const struct bytes *bytes);

/* End a value. The last one of its memory gives the memory back. *bytes becomes empty (NULL, 0,
 * NULL), and to drop an empty value does nothing. */
void bytes_drop(struct bytes *bytes);

#endif
