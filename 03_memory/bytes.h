/* bytes.h - reference-counted immutable byte slices.
 *
 * A `struct bytes` is a small value: where, how many, and who keeps the memory. Any number of them
 * look at one block; a clone or a slice copies four words and never a byte. The block goes when its
 * last slice does, in whichever thread that is.
 *
 *     struct bytes   whole                    word
 *                    data -----------.        data -------------.
 *                    size_bytes 11   |        size_bytes 5      |
 *                    owner ---.      |        owner ---.        |
 *                    stock 3  |      |        stock 1  |        |
 *                             v      |                 |        |
 *     owner        [count 4 | ...]   |                 |        |
 *                             ^------+-----------------'        |
 *                                    v                          v
 *     bytes                          h  e  l  l  o  ,           w  o  r  l  d
 *
 * Static bytes have owner NULL: nothing to count and nothing to free, so a clone is a copy of four
 * words. Copied bytes lie behind their owner, in one block. Adopted and mapped bytes lie elsewhere;
 * their owner is a small block of its own.
 *
 * The count is in stock (weighted reference counting): a value holds `stock` references, one at
 * least, and the count is the sum over all values. A clone takes one reference out of the stock of
 * the value that it is made from, with a plain subtraction; only an empty stock costs an atomic
 * addition, of a thousand at once. So a clone and its drop are one atomic operation and not two.
 * The price: a clone writes to the value that it copies, so a value that several threads look at is
 * cloned by bytes_ref, which adds to the count and leaves the value alone.
 *
 * Why the count is right (numbered, because each step needs the ones before):
 *  1. count = the sum of `stock` over all struct bytes and struct bytes_buf of this owner.
 *  2. Whoever adds to the count holds a reference meanwhile, so it is at least 1. Nothing is
 *     published by the addition: the new value reaches another thread by a means that orders by
 *     itself (a lock, a queue, a join). Relaxed is enough.
 *  3. Whoever gives references up has done with the bytes. The subtraction is a release: all that
 *     was done to the memory comes before.
 *  4. Subtractions read and modify, so each sees a different value and exactly one brings the count
 *     to 0. That one frees.
 *  5. All changes of the count are read-modify-writes, so they continue the release sequence of
 *     each subtraction (C17 5.1.2.4p10). The acquire load of 0 before the free reads from all of
 *     these sequences: every other holder's use of the memory happens before the free.
 *  6. From 0 the count never rises: by 2 an addition needs a reference, and by 1 there is none.
 *  7. A value whose stock is the whole count is alone, and stays alone until it makes another: by 1
 *     no other value has a reference to add with.
 *  8. A count that would wrap would free too early. It stops instead in the middle of the upper
 *     half of its range and is never freed: a leak is safe, a use after free is not (Linux
 *     refcount_t).
 *
 * May run together, on slices of one owner:
 *                    ref, read    clone, slice, split, advance, truncate, get, unref (they write)
 *     same value     yes          no: one thread at a time
 *     own values     yes          yes
 *
 * Do not: copy a struct bytes by `=` and clone or unref both (the references are there once);
 * write through data; keep data after bytes_unref; truncate a file while it is mapped (SIGBUS).
 *
 * Interface: bytes_empty bytes_static bytes_copy bytes_adopt bytes_map
 *            bytes_clone bytes_ref bytes_unref bytes_slice bytes_split_to bytes_split_off
 *            bytes_advance bytes_truncate bytes_is_unique bytes_span bytes_equal bytes_compare
 *            bytes_find bytes_iovec bytes_consume
 *            bytes_get_{u,i}{8,16,32,64}[_be|_le] bytes_get_f{32,64}_{be,le}
 * Source: Rust's bytes crate (a slice that owns); Bevan, "Distributed garbage collection using
 *         reference counting", PARLE 1987, and Watson and Watson in the same volume (counts with
 *         weights); Boost.Atomic, "Reference counting"; ISO C17 5.1.2.4 and 7.17.3; Linux
 *         include/linux/refcount.h (saturation).
 */
#ifndef SYSLAB_MEMORY_BYTES_H
#define SYSLAB_MEMORY_BYTES_H

#include <endian.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/uio.h>

#include "03_memory/allocator.h"
#include "07_unsafe/span.h"

struct bytes {
    const uint8_t *data;
    size_t size_bytes;
    struct bytes_owner *owner; /* NULL: static, nothing is counted */
    size_t stock;              /* references of the owner's count that this value holds */
};

/* What keeps a block alive. Shared by all slices of it; only the count changes while it is shared.
 */
enum bytes_kind { BYTES_BLOCK, BYTES_ADOPTED, BYTES_MAPPED };
struct bytes_owner {
    atomic_size_t count;
    struct allocator *allocator; /* of the owner itself */
    uint8_t *base;               /* the whole memory, of which slices see parts */
    size_t size_bytes;
    enum bytes_kind kind;
};

/* Called once, when the last slice of adopted memory goes, in the thread that gave it up. */
typedef void (*bytes_free_fn)(void *data, size_t size_bytes, void *context);

/* A count above this has saturated: its block is never freed. */
#define BYTES_COUNT_MAX (SIZE_MAX / 2)

/* The rare ends of the functions below. Not for users. */
void bytes_saturate(struct bytes_owner *owner);
void bytes_restock(struct bytes_owner *owner, size_t *stock);
void bytes_settle(struct bytes_owner *owner, size_t count_after);

/* No bytes. Never fails, owns nothing. */
static inline struct bytes bytes_empty(void)
{
    return (struct bytes){NULL, 0, NULL, 0};
}

/* Look at memory that outlives every slice of it: a literal, a table in .rodata.
 * Owns: nothing. Cost: four words; clones and slices of it touch no count. */
static inline struct bytes bytes_static(const void *data, size_t size_bytes)
{
    return (struct bytes){data, size_bytes, NULL, 0};
}

/* Copy size_bytes bytes into a new block; one allocation for owner and bytes.
 * Returns: 0 and *out, or an error with *out as it was. Owns: *out holds one reference.
 * Threads: the allocator is called by the thread that gives up the last slice.
 * Errors: -ENOMEM; -EOVERFLOW: no object can be that large. */
int bytes_copy(struct allocator *allocator, const void *data, size_t size_bytes, struct bytes *out);

/* Take over memory that someone else made. free_fn(data, size_bytes, context) is called once, when
 * its last slice goes; NULL frees nothing.
 * Owns: on 0 the slices own data; on an error data is still the caller's, and free_fn is not
 * called. Errors: -ENOMEM. */
int bytes_adopt(struct allocator *allocator, void *data, size_t size_bytes, bytes_free_fn free_fn,
                void *context, struct bytes *out);

/* Map a whole file, read-only: its pages are read when they are first touched.
 * Owns: the mapping goes with the last slice. An empty file gives bytes_empty().
 * Errors: -ENOMEM; -EINVAL: not a regular file; what open(2), fstat(2) and mmap(2) give. */
int bytes_map(struct allocator *allocator, const char *path, struct bytes *out);

/* lesson: bytes-clone */
/* Take one reference out of *stock for another value. */
static inline size_t bytes_take_one(struct bytes_owner *owner, size_t *stock)
{
    if (!owner)
        return 0; /* static: nothing is counted */
    if (__builtin_expect(*stock < 2, 0))
        bytes_restock(owner, stock);
    --*stock;
    return 1;
}

/* One more value for the same bytes, with a reference out of *bytes's stock.
 * Owns: the result is ended by bytes_unref. Cost: no atomic operation but for one in a thousand.
 * Threads: one at a time on the same value; to clone one that threads share, bytes_ref. */
static inline struct bytes bytes_clone(struct bytes *bytes)
{
    /* "Likely" for the compiler: beside an atomic operation nobody sees a jump, here one does. */
    if (__builtin_expect(!bytes->owner, 1))
        return *bytes;
    size_t one = bytes_take_one(bytes->owner, &bytes->stock);
    return (struct bytes){bytes->data, bytes->size_bytes, bytes->owner, one};
}
/* end lesson */

/* lesson: bytes-ref */
/* As bytes_clone, and *bytes is only read.
 * Cost: one atomic addition. Threads: any number at once, also on the same value. */
static inline struct bytes bytes_ref(const struct bytes *bytes)
{
    struct bytes_owner *owner = bytes->owner;
    if (!owner)
        return *bytes;
    /* Relaxed: the caller's reference keeps the block; argument 2. */
    size_t before = atomic_fetch_add_explicit(&owner->count, 1, memory_order_relaxed);
    if (__builtin_expect(before >= BYTES_COUNT_MAX, 0))
        bytes_saturate(owner);
    return (struct bytes){bytes->data, bytes->size_bytes, owner, 1};
}

/* Give references up; the last free. */
static inline void bytes_give_back(struct bytes_owner *owner, size_t references)
{
    /* Release: pairs with the acquire in bytes_settle and bytes_is_sole; argument 3. */
    size_t before = atomic_fetch_sub_explicit(&owner->count, references, memory_order_release);
    if (__builtin_expect(before == references || before > BYTES_COUNT_MAX, 0))
        bytes_settle(owner, before - references);
}

/* End a value. The last one of its block frees the block. *bytes becomes empty, so that a second
 * unref does nothing; static bytes stay as they are, for there is nothing to give up. */
static inline void bytes_unref(struct bytes *bytes)
{
    if (__builtin_expect(bytes->owner != NULL, 0)) {
        bytes_give_back(bytes->owner, bytes->stock);
        *bytes = bytes_empty();
    }
}
/* end lesson */

/* lesson: bytes-slice */
/* *out = the size_bytes bytes at offset, without a copy, as one more value: a clone of a part.
 * Errors: -ERANGE: they are not all inside; *out is as it was. out may not be a live slice. */
static inline int bytes_slice(struct bytes *bytes, size_t offset, size_t size_bytes,
                              struct bytes *out)
{
    if (offset > bytes->size_bytes || size_bytes > bytes->size_bytes - offset)
        return -ERANGE;
    size_t one = bytes_take_one(bytes->owner, &bytes->stock);
    *out = (struct bytes){span_offset(bytes->data, offset), size_bytes, bytes->owner, one};
    return 0;
}
/* end lesson */

/* Move the front: skip size_bytes bytes. Errors: -ERANGE: there are fewer; nothing is skipped. */
static inline int bytes_advance(struct bytes *bytes, size_t size_bytes)
{
    if (size_bytes > bytes->size_bytes)
        return -ERANGE;
    bytes->data = span_offset(bytes->data, size_bytes);
    bytes->size_bytes -= size_bytes;
    return 0;
}

/* Move the end: keep the first size_bytes bytes. Errors: -ERANGE: there are fewer. */
static inline int bytes_truncate(struct bytes *bytes, size_t size_bytes)
{
    if (size_bytes > bytes->size_bytes)
        return -ERANGE;
    bytes->size_bytes = size_bytes;
    return 0;
}

/* *head = the first `at` bytes, and *bytes keeps the rest. Errors: -ERANGE: there are fewer. */
static inline int bytes_split_to(struct bytes *bytes, size_t at, struct bytes *head)
{
    int error = bytes_slice(bytes, 0, at, head);
    return error ? error : bytes_advance(bytes, at);
}

/* *tail = the bytes from `at` on, and *bytes keeps those before. Errors: -ERANGE. */
static inline int bytes_split_off(struct bytes *bytes, size_t at, struct bytes *tail)
{
    if (at > bytes->size_bytes)
        return -ERANGE;
    int error = bytes_slice(bytes, at, bytes->size_bytes - at, tail);
    return error ? error : bytes_truncate(bytes, at);
}

/* Whether all references of the count are these. */
static inline bool bytes_is_sole(const struct bytes_owner *owner, size_t stock)
{
    /* Acquire: pairs with the release in bytes_give_back: what former holders did is over. */
    return atomic_load_explicit(&owner->count, memory_order_acquire) == stock;
}

/* Whether this value is the only one of its block; static bytes are never unique.
 * Threads: true stays true until the caller itself makes another value; argument 7. */
static inline bool bytes_is_unique(const struct bytes *bytes)
{
    return bytes->owner && bytes_is_sole(bytes->owner, bytes->stock);
}

/* The same bytes as a plain view, valid while the reference is held. */
static inline struct span bytes_span(struct bytes bytes)
{
    return span_from(bytes.data, bytes.size_bytes);
}

/* Returns: whether both have the same bytes, wherever they lie. */
static inline bool bytes_equal(struct bytes a, struct bytes b)
{
    return span_equal(bytes_span(a), bytes_span(b));
}

/* Byte by byte, unsigned; a prefix comes first. Returns: below 0, 0, above 0. */
static inline int bytes_compare(struct bytes a, struct bytes b)
{
    return span_compare(bytes_span(a), bytes_span(b));
}

/* *offset = where needle first occurs; an empty one occurs at 0. Returns: whether it does. */
static inline bool bytes_find(struct bytes bytes, struct span needle, size_t *offset)
{
    return span_find(bytes_span(bytes), needle, offset);
}

/* Describe the non-empty slices of parts[count] for writev(2) or sendmsg(2): at most max of them.
 * Returns: how many iovecs were filled. Owns: nothing; the slices must live through the call. */
size_t bytes_iovec(const struct bytes *parts, size_t count, struct iovec *out, size_t max);

/* After a write of size_bytes: give up the parts that went out whole, and advance the one that went
 * out in part. Returns: the index of the first part that still has bytes to write, or count.
 * Errors: size_bytes may not exceed what the parts hold (asserted). */
size_t bytes_consume(struct bytes *parts, size_t count, size_t size_bytes);

/* Every number that can be read and written: name, type, the same bits unsigned, from file order,
 * to file order. */
#define BYTES_SAME(raw) (raw)
#define BYTES_NUMBERS(X)                                                                           \
    X(u8, uint8_t, uint8_t, BYTES_SAME, BYTES_SAME)                                                \
    X(i8, int8_t, uint8_t, BYTES_SAME, BYTES_SAME)                                                 \
    X(u16_be, uint16_t, uint16_t, be16toh, htobe16)                                                \
    X(u16_le, uint16_t, uint16_t, le16toh, htole16)                                                \
    X(i16_be, int16_t, uint16_t, be16toh, htobe16)                                                 \
    X(i16_le, int16_t, uint16_t, le16toh, htole16)                                                 \
    X(u32_be, uint32_t, uint32_t, be32toh, htobe32)                                                \
    X(u32_le, uint32_t, uint32_t, le32toh, htole32)                                                \
    X(i32_be, int32_t, uint32_t, be32toh, htobe32)                                                 \
    X(i32_le, int32_t, uint32_t, le32toh, htole32)                                                 \
    X(u64_be, uint64_t, uint64_t, be64toh, htobe64)                                                \
    X(u64_le, uint64_t, uint64_t, le64toh, htole64)                                                \
    X(i64_be, int64_t, uint64_t, be64toh, htobe64)                                                 \
    X(i64_le, int64_t, uint64_t, le64toh, htole64)                                                 \
    X(f32_be, float, uint32_t, be32toh, htobe32)                                                   \
    X(f32_le, float, uint32_t, le32toh, htole32)                                                   \
    X(f64_be, double, uint64_t, be64toh, htobe64)                                                  \
    X(f64_le, double, uint64_t, le64toh, htole64)

/* int bytes_get_u32_be(struct bytes *bytes, uint32_t *out): read a number at the front and move
 * past it. Errors: -ENODATA: too few bytes; nothing moves and *out is as it was.
 * memcpy of a fixed size is one load, at any alignment. */
#define BYTES_DEFINE_GET(name, type, raw_type, from_order, to_order)                               \
    static inline int bytes_get_##name(struct bytes *bytes, type *out)                             \
    {                                                                                              \
        raw_type raw;                                                                              \
        if (bytes->size_bytes < sizeof(raw))                                                       \
            return -ENODATA;                                                                       \
        memcpy(&raw, bytes->data, sizeof(raw));                                                    \
        raw = from_order(raw);                                                                     \
        memcpy(out, &raw, sizeof(raw));                                                            \
        bytes->data += sizeof(raw);                                                                \
        bytes->size_bytes -= sizeof(raw);                                                          \
        return 0;                                                                                  \
    }
BYTES_NUMBERS(BYTES_DEFINE_GET)
#undef BYTES_DEFINE_GET

#endif
