/* span.h - a view of bytes that knows its length.
 *
 * A pointer and a length that travel together. Every access is checked against the length, by one
 * comparison that cannot wrap, and says by its result whether it was inside. Parsers are written on
 * spans: what cannot be read past its end cannot be made to.
 *
 *     memory      . . . [ h e l l o   w o r l d ] . . .
 *     span               ^data                        size_bytes 11
 *     span_slice(6, 5)               ^data            size_bytes 5
 *
 * struct span reads; struct span_mut also writes. `get` and `put` take an offset and leave the view
 * alone; `take` and `skip` consume its front, which is how a format is read field after field.
 *
 * Invariant: data points at size_bytes readable (span_mut: writable) bytes, or size_bytes is zero.
 * On false nothing was read, written or consumed, and *out is as it was.
 *
 * Do not: let a span outlive the bytes that it looks at; widen one by hand; cast its data to an
 * integer pointer (alignment and aliasing, see punning.h: use get and take).
 *
 * Owns: nothing. Threads: as the bytes. Cost: O(1) but for equal, compare, find and copy.
 *
 * Interface: span_from span_from_string span_mut_from span_mut_view span_is_empty
 *            span_slice span_take span_skip span_mut_slice span_mut_take span_mut_skip
 *            span_get_u8 span_get_u{16,32,64}_{le,be}     span_take_u8
 * span_take_u{16,32,64}_{le,be} span_put_u8 span_put_u{16,32,64}_{le,be}     span_copy span_fill
 *            span_equal span_compare span_starts_with span_find_byte span_find
 * Source: ISO C17 6.5.6p8 (a pointer may not even be formed outside of its array); SEI CERT
 * ARR30-C.
 */
#ifndef SYSLAB_UNSAFE_SPAN_H
#define SYSLAB_UNSAFE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "07_unsafe/punning.h"

struct span {
    const uint8_t *data;
    size_t size_bytes;
};

struct span_mut {
    uint8_t *data;
    size_t size_bytes;
};

/* A view of size_bytes bytes, which the caller keeps as long as the view. data may be NULL when it is 0. */
static inline struct span span_from(const void *data, size_t size_bytes)
{
    return (struct span){data, size_bytes};
}

/* The bytes of a string without its terminator. */
static inline struct span span_from_string(const char *text)
{
    return (struct span){(const uint8_t *)text, strlen(text)};
}

/* The same, to write into. */
static inline struct span_mut span_mut_from(void *data, size_t size_bytes)
{
    return (struct span_mut){data, size_bytes};
}

/* The same bytes, for reading. */
static inline struct span span_mut_view(struct span_mut span)
{
    return (struct span){span.data, span.size_bytes};
}

/* Returns: whether it has no bytes. */
static inline bool span_is_empty(struct span span)
{
    return span.size_bytes == 0;
}

/* Whether [offset, offset + size_bytes) is inside. Two comparisons and no sum: a sum could wrap. */
static inline bool span_holds(size_t whole_bytes, size_t offset, size_t size_bytes)
{
    /* lesson: span-holds */
    return offset <= whole_bytes && size_bytes <= whole_bytes - offset;
    /* end lesson */
}

/* The pointer `offset` bytes on. NULL + 0 is undefined in C, so an empty view stays where it is. */
static inline const uint8_t *span_offset(const uint8_t *data, size_t offset)
{
    return offset ? data + offset : data;
}

/* *out = the size_bytes bytes at offset. Returns: whether all are inside. */
static inline bool span_slice(struct span span, size_t offset, size_t size_bytes, struct span *out)
{
    if (!span_holds(span.size_bytes, offset, size_bytes))
        return false;
    *out = span_from(span_offset(span.data, offset), size_bytes);
    return true;
}

/* Move the first size_bytes bytes from *span to *out. Returns: whether there were as many. */
static inline bool span_take(struct span *span, size_t size_bytes, struct span *out)
{
    struct span taken;
    if (!span_slice(*span, 0, size_bytes, &taken))
        return false;
    *span = span_from(span_offset(span->data, size_bytes), span->size_bytes - size_bytes);
    *out = taken;
    return true;
}

/* Drop the first size_bytes bytes. Returns: whether there were as many. */
static inline bool span_skip(struct span *span, size_t size_bytes)
{
    struct span skipped;
    return span_take(span, size_bytes, &skipped);
}

/* As span_slice, to write into. */
static inline bool span_mut_slice(struct span_mut span, size_t offset, size_t size_bytes,
                                  struct span_mut *out)
{
    if (!span_holds(span.size_bytes, offset, size_bytes))
        return false;
    *out = span_mut_from(offset ? span.data + offset : span.data, size_bytes);
    return true;
}

/* As span_take, to write into. */
static inline bool span_mut_take(struct span_mut *span, size_t size_bytes, struct span_mut *out)
{
    struct span_mut taken, rest;
    if (!span_mut_slice(*span, 0, size_bytes, &taken))
        return false;
    if (!span_mut_slice(*span, size_bytes, span->size_bytes - size_bytes, &rest))
        return false;
    *span = rest;
    *out = taken;
    return true;
}

/* As span_skip. */
static inline bool span_mut_skip(struct span_mut *span, size_t size_bytes)
{
    struct span_mut skipped;
    return span_mut_take(span, size_bytes, &skipped);
}

/* One byte at offset. Returns: whether it is inside. */
static inline bool span_get_u8(struct span span, size_t offset, uint8_t *out)
{
    if (offset >= span.size_bytes)
        return false;
    *out = span.data[offset];
    return true;
}

/* Move the first byte into *out. Returns: whether there was one. */
static inline bool span_take_u8(struct span *span, uint8_t *out)
{
    return span_get_u8(*span, 0, out) && span_skip(span, 1);
}

/* Write one byte at offset. Returns: whether it is inside. */
static inline bool span_put_u8(struct span_mut span, size_t offset, uint8_t value)
{
    if (offset >= span.size_bytes)
        return false;
    span.data[offset] = value;
    return true;
}

/* Integers of 16, 32 and 64 bits, least (le) or most (be) significant byte first, at any alignment:
 *
 *     bool span_get_u32_be(struct span span, size_t offset, uint32_t *out)
 *     bool span_take_u32_be(struct span *span, uint32_t *out)
 *     bool span_put_u32_be(struct span_mut span, size_t offset, uint32_t value)
 *
 * Signed values are cast by the caller: the bits are the same. */
#define SPAN_DEFINE_INTEGER(bits, order)                                                           \
    static inline bool span_get_u##bits##_##order(struct span span, size_t offset,                 \
                                                  uint##bits##_t *out)                             \
    {                                                                                              \
        if (!span_holds(span.size_bytes, offset, sizeof(*out)))                                    \
            return false;                                                                          \
        *out = punning_load_u##bits##_##order(span.data + offset);                                 \
        return true;                                                                               \
    }                                                                                              \
    static inline bool span_take_u##bits##_##order(struct span *span, uint##bits##_t *out)         \
    {                                                                                              \
        return span_get_u##bits##_##order(*span, 0, out) && span_skip(span, sizeof(*out));         \
    }                                                                                              \
    static inline bool span_put_u##bits##_##order(struct span_mut span, size_t offset,             \
                                                  uint##bits##_t value)                            \
    {                                                                                              \
        if (!span_holds(span.size_bytes, offset, sizeof(value)))                                   \
            return false;                                                                          \
        punning_store_u##bits##_##order(span.data + offset, value);                                \
        return true;                                                                               \
    }

SPAN_DEFINE_INTEGER(16, le)
SPAN_DEFINE_INTEGER(32, le)
SPAN_DEFINE_INTEGER(64, le)
SPAN_DEFINE_INTEGER(16, be)
SPAN_DEFINE_INTEGER(32, be)
SPAN_DEFINE_INTEGER(64, be)
#undef SPAN_DEFINE_INTEGER

/* Copy all of `from` to the front of `to`; they may overlap. Returns: whether it fits. */
static inline bool span_copy(struct span_mut to, struct span from)
{
    if (from.size_bytes > to.size_bytes)
        return false;
    if (from.size_bytes) /* memmove forbids NULL, even for no bytes */
        memmove(to.data, from.data, from.size_bytes);
    return true;
}

/* Write the value to every byte. */
static inline void span_fill(struct span_mut span, uint8_t value)
{
    if (span.size_bytes)
        memset(span.data, value, span.size_bytes);
}

/* Byte by byte as unsigned values; a prefix comes before what it begins.
 * Returns: below, equal to or above 0, as a comes before, equals or comes after b. */
static inline int span_compare(struct span a, struct span b)
{
    size_t common = a.size_bytes < b.size_bytes ? a.size_bytes : b.size_bytes;
    int order = common ? memcmp(a.data, b.data, common) : 0;
    return order ? order : (a.size_bytes > b.size_bytes) - (a.size_bytes < b.size_bytes);
}

/* Returns: whether both have the same bytes. */
static inline bool span_equal(struct span a, struct span b)
{
    return a.size_bytes == b.size_bytes && span_compare(a, b) == 0;
}

/* Returns: whether the first bytes are those of prefix; an empty one begins everything. */
static inline bool span_starts_with(struct span span, struct span prefix)
{
    struct span front;
    return span_slice(span, 0, prefix.size_bytes, &front) && span_equal(front, prefix);
}

/* *offset = where the byte, or the whole needle, first occurs. Returns: whether it does. An empty
 * needle occurs at 0. Cost: linear (glibc's memmem is the two-way algorithm). */
static inline bool span_find_byte(struct span span, uint8_t byte, size_t *offset)
{
    const uint8_t *at = span.size_bytes ? memchr(span.data, byte, span.size_bytes) : NULL;
    if (!at)
        return false;
    *offset = (size_t)(at - span.data);
    return true;
}

/* The same, of several bytes. */
static inline bool span_find(struct span span, struct span needle, size_t *offset)
{
    if (needle.size_bytes == 0) {
        *offset = 0;
        return true;
    }
    const uint8_t *at = needle.size_bytes > span.size_bytes
                            ? NULL
                            : memmem(span.data, span.size_bytes, needle.data, needle.size_bytes);
    if (!at)
        return false;
    *offset = (size_t)(at - span.data);
    return true;
}

#endif
