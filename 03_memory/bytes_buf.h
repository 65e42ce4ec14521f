/* bytes_buf.h - the mutable side of bytes: write, split off, freeze, all without copying.
 *
 * A `struct bytes_buf` is a window on a block: bytes that are written, then room for more. It grows
 * by itself. Splitting cuts the window in two that do not overlap; freezing turns a window into
 * immutable slices. The parts go their own ways, to other threads also: they share nothing but the
 * count.
 *
 *     block   [owner][ a a a a a a | b b b b b b b b | c c c . . . . . . . . . ]
 *                      ^frozen       ^split off        ^data      ^room
 *                                                      <-size---->
 *                                                      <---- capacity --------->
 *
 * Invariants: windows of one block never overlap, so nothing is written that anyone else can read.
 * size_bytes <= capacity_bytes. owner is NULL exactly when capacity_bytes was never more than 0.
 *
 * A buffer holds references in stock as a slice does (bytes.h): splitting takes one out of it.
 *
 * Do not: keep data over a put or a reserve (the block may move); copy the struct by `=`; let two
 * threads use one buffer. Threads: one at a time for one buffer; any number for its parts.
 *
 * Interface: bytes_buf_init bytes_buf_fini bytes_buf_from bytes_buf_reserve bytes_buf_clear
 *            bytes_buf_put bytes_buf_put_{u,i}{8,16,32,64}[_be|_le] bytes_buf_put_f{32,64}_{be,le}
 *            bytes_buf_get_* (the same names) bytes_buf_advance bytes_buf_truncate
 *            bytes_buf_split_to bytes_buf_split_off bytes_buf_freeze
 *            bytes_buf_spare bytes_buf_commit bytes_buf_span
 * Source: Rust's bytes crate, BytesMut.
 */
#ifndef SYSLAB_MEMORY_BYTES_BUF_H
#define SYSLAB_MEMORY_BYTES_BUF_H

#include "03_memory/bytes.h"

struct bytes_buf {
    uint8_t *data;
    size_t size_bytes;
    size_t capacity_bytes;
    struct bytes_owner *owner; /* NULL: nothing allocated yet */
    size_t stock;              /* references of the owner's count that this buffer holds */
    struct allocator *allocator;
};

/* An empty buffer; nothing is allocated yet. Owns: ended by bytes_buf_fini or emptied by freeze. */
static inline void bytes_buf_init(struct bytes_buf *buf, struct allocator *allocator)
{
    *buf = (struct bytes_buf){.allocator = allocator};
}

/* Give up the window. The buffer is then as after init. Safe twice. */
static inline void bytes_buf_fini(struct bytes_buf *buf)
{
    if (buf->owner)
        bytes_give_back(buf->owner, buf->stock);
    bytes_buf_init(buf, buf->allocator);
}

/* Write in place again: turn the only slice of its block into a buffer, without a copy.
 * Returns: 0, and *bytes is empty; or an error, and *bytes is as it was. buf is overwritten.
 * Errors: -EBUSY: other slices see the block; -EACCES: the memory may not be written (static or
 * mapped). Later growth comes from the allocator that made the owner. */
int bytes_buf_from(struct bytes *bytes, struct bytes_buf *buf);

/* The slow path of bytes_buf_reserve; not for users. */
int bytes_buf_grow(struct bytes_buf *buf, size_t more_bytes);

/* Make room for more_bytes after those written. If no one else sees the block, room that was
 * consumed at its front is used again before anything is allocated.
 * Errors: -ENOMEM, -EOVERFLOW; the buffer is as it was. Cost: amortised O(1) a byte written. */
static inline int bytes_buf_reserve(struct bytes_buf *buf, size_t more_bytes)
{
    if (__builtin_expect(buf->capacity_bytes - buf->size_bytes >= more_bytes, 1))
        return 0;
    return bytes_buf_grow(buf, more_bytes);
}

/* Append size_bytes bytes, which may not lie in this buffer. Errors: as bytes_buf_reserve. */
static inline int bytes_buf_put(struct bytes_buf *buf, const void *data, size_t size_bytes)
{
    int error = bytes_buf_reserve(buf, size_bytes);
    if (error || size_bytes == 0)
        return error;
    memcpy(buf->data + buf->size_bytes, data, size_bytes);
    buf->size_bytes += size_bytes;
    return 0;
}

/* Forget what is written and keep the room. */
static inline void bytes_buf_clear(struct bytes_buf *buf)
{
    buf->size_bytes = 0;
}

/* Skip the first size_bytes bytes. Errors: -ERANGE: there are fewer; nothing is skipped. */
static inline int bytes_buf_advance(struct bytes_buf *buf, size_t size_bytes)
{
    if (size_bytes > buf->size_bytes)
        return -ERANGE;
    if (size_bytes) /* NULL + 0 is undefined in C */
        buf->data += size_bytes;
    buf->size_bytes -= size_bytes;
    buf->capacity_bytes -= size_bytes;
    return 0;
}

/* Keep the first size_bytes bytes; the rest is room again. Errors: -ERANGE: there are fewer. */
static inline int bytes_buf_truncate(struct bytes_buf *buf, size_t size_bytes)
{
    if (size_bytes > buf->size_bytes)
        return -ERANGE;
    buf->size_bytes = size_bytes;
    return 0;
}

/* lesson: bytes-split */
/* Cut at `at`: *head gets the first `at` bytes, with no room behind them; *buf keeps the rest.
 * Returns: 0, or -ERANGE: fewer are written. Cost: O(1), no copy; seldom an atomic operation. */
static inline int bytes_buf_split_to(struct bytes_buf *buf, size_t at, struct bytes_buf *head)
{
    if (at > buf->size_bytes)
        return -ERANGE;
    size_t one = bytes_take_one(buf->owner, &buf->stock);
    *head = (struct bytes_buf){buf->data, at, at, buf->owner, one, buf->allocator};
    return bytes_buf_advance(buf, at);
}

/* Cut at `at`: *tail gets the bytes from there and all the room; *buf keeps those before.
 * Returns: 0, or -ERANGE: fewer are written. Cost: as bytes_buf_split_to. */
static inline int bytes_buf_split_off(struct bytes_buf *buf, size_t at, struct bytes_buf *tail)
{
    if (at > buf->size_bytes)
        return -ERANGE;
    size_t one = bytes_take_one(buf->owner, &buf->stock);
    uint8_t *from = at ? buf->data + at : buf->data;
    *tail = (struct bytes_buf){from, buf->size_bytes - at, buf->capacity_bytes - at, buf->owner,
                               one,  buf->allocator};
    buf->size_bytes = buf->capacity_bytes = at;
    return 0;
}

/* Make what is written immutable. The buffer is then empty, as after init, and may be used again.
 * Owns: the result takes over the buffer's references. Cost: O(1), no copy. */
static inline struct bytes bytes_buf_freeze(struct bytes_buf *buf)
{
    struct bytes frozen = {buf->data, buf->size_bytes, buf->owner, buf->stock};
    bytes_buf_init(buf, buf->allocator);
    return frozen;
}
/* end lesson */

/* The bytes written, valid until the buffer is next written to. */
static inline struct span bytes_buf_span(const struct bytes_buf *buf)
{
    return span_from(buf->data, buf->size_bytes);
}

/* The room behind what is written, for readv(2) or recvmsg(2); reserve first, commit afterwards. */
static inline struct iovec bytes_buf_spare(struct bytes_buf *buf)
{
    return (struct iovec){(void *)(uintptr_t)span_offset(buf->data, buf->size_bytes),
                          buf->capacity_bytes - buf->size_bytes};
}

/* Count size_bytes bytes of the room as written: the kernel filled them.
 * Errors: -ERANGE: there is not as much room; nothing changes. */
static inline int bytes_buf_commit(struct bytes_buf *buf, size_t size_bytes)
{
    if (size_bytes > buf->capacity_bytes - buf->size_bytes)
        return -ERANGE;
    buf->size_bytes += size_bytes;
    return 0;
}

/* int bytes_buf_put_u32_be(struct bytes_buf *buf, uint32_t value): append. Errors: as reserve.
 * int bytes_buf_get_u32_be(struct bytes_buf *buf, uint32_t *out): read at the front and move past
 * it. Errors: -ENODATA: too few bytes; nothing moves and *out is as it was. */
#define BYTES_BUF_DEFINE(name, type, raw_type, from_order, to_order)                               \
    static inline int bytes_buf_put_##name(struct bytes_buf *buf, type value)                      \
    {                                                                                              \
        raw_type raw;                                                                              \
        memcpy(&raw, &value, sizeof(raw));                                                         \
        raw = to_order(raw);                                                                       \
        return bytes_buf_put(buf, &raw, sizeof(raw));                                              \
    }                                                                                              \
    static inline int bytes_buf_get_##name(struct bytes_buf *buf, type *out)                       \
    {                                                                                              \
        struct bytes front = bytes_static(buf->data, buf->size_bytes);                             \
        int error = bytes_get_##name(&front, out);                                                 \
        return error ? error : bytes_buf_advance(buf, sizeof(raw_type));                           \
    }
BYTES_NUMBERS(BYTES_BUF_DEFINE)
#undef BYTES_BUF_DEFINE

#endif
