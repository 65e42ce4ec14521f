/* bytes.c - the reference: an atomic count in a header; copied bytes lie right behind it.
 *
 *     copied     [ owner: count 2 | ... ][ h e l l o ]      one block
 *     adopted    [ owner: count 1 | ... ] ---> bytes        the owner alone is ours
 *
 * Invariant: count is the number of values with this owner. A value is made only from a live value,
 * so the count cannot rise again from 0, and whoever brings it to 0 is alone with the memory.
 */
#include "bytes.h"

#include <stdatomic.h>
#include <string.h>

struct bytes_owner {
    atomic_size_t count;
    struct allocator *allocator;
    size_t block_bytes; /* of the owner's own block */
    /* Adopted memory only; free_fn is NULL for copied bytes, which go with the block. */
    bytes_free_fn free_fn;
    void *context;
    void *data;
    size_t size_bytes;
};

/* An owner with extra_bytes behind it and one value; NULL: no memory. */
static struct bytes_owner *make_owner(struct allocator *allocator, size_t extra_bytes)
{
    if (extra_bytes > SIZE_MAX - sizeof(struct bytes_owner))
        return NULL; /* the sum would wrap: a tiny block for many bytes */
    size_t block_bytes = sizeof(struct bytes_owner) + extra_bytes;
    struct bytes_owner *owner =
        allocator_alloc(allocator, block_bytes, _Alignof(struct bytes_owner));
    if (!owner)
        return NULL;
    *owner = (struct bytes_owner){.allocator = allocator, .block_bytes = block_bytes};
    atomic_init(&owner->count, 1);
    return owner;
}

struct bytes bytes_static(const void *data, size_t size_bytes)
{
    return (struct bytes){data, size_bytes, NULL};
}

bool bytes_copy(struct allocator *allocator, const void *data, size_t size_bytes, struct bytes *out)
{
    struct bytes_owner *owner = make_owner(allocator, size_bytes);
    if (!owner)
        return false;
    uint8_t *own = (uint8_t *)(owner + 1);
    if (size_bytes) /* memcpy forbids NULL, even for no bytes */
        memcpy(own, data, size_bytes);
    *out = (struct bytes){own, size_bytes, owner};
    return true;
}

bool bytes_adopt(struct allocator *allocator, void *data, size_t size_bytes, bytes_free_fn free_fn,
                 void *context, struct bytes *out)
{
    struct bytes_owner *owner = make_owner(allocator, 0);
    if (!owner)
        return false; /* data was not taken over, so free_fn is not ours to call */
    owner->free_fn = free_fn;
    owner->context = context;
    owner->data = data;
    owner->size_bytes = size_bytes;
    *out = (struct bytes){data, size_bytes, owner};
    return true;
}

struct bytes bytes_clone(const struct bytes *bytes)
{
    if (bytes->owner)
        /* Relaxed: the caller's value keeps the count above 0, and the new value reaches another
         * thread by something that orders by itself. */
        atomic_fetch_add_explicit(&bytes->owner->count, 1, memory_order_relaxed);
    return *bytes;
}

bool bytes_slice(const struct bytes *bytes, size_t offset, size_t size_bytes, struct bytes *out)
{
    /* Two comparisons and no sum: offset + size_bytes could wrap. Before anything is counted, so
     * that there is nothing to undo. */
    if (offset > bytes->size_bytes || size_bytes > bytes->size_bytes - offset)
        return false;
    struct bytes part = bytes_clone(bytes);
    if (offset) /* NULL + 0 is undefined in C */
        part.data += offset;
    part.size_bytes = size_bytes;
    *out = part;
    return true;
}

bool bytes_split_to(struct bytes *bytes, size_t at, struct bytes *head)
{
    if (!bytes_slice(bytes, 0, at, head))
        return false;
    if (at)
        bytes->data += at;
    bytes->size_bytes -= at;
    return true;
}

bool bytes_get_u32(struct bytes *bytes, uint32_t *out)
{
    const uint8_t *b = bytes->data;
    if (bytes->size_bytes < 4)
        return false;
    /* By value and not by layout: right on machines of either byte order, at any alignment. */
    *out = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
    bytes->data += 4;
    bytes->size_bytes -= 4;
    return true;
}

bool bytes_is_unique(const struct bytes *bytes)
{
    /* Acquire: pairs with the release in bytes_drop; the caller may write after a true. */
    return bytes->owner && atomic_load_explicit(&bytes->owner->count, memory_order_acquire) == 1;
}

static void destroy(struct bytes_owner *owner)
{
    if (owner->free_fn)
        owner->free_fn(owner->data, owner->size_bytes, owner->context);
    allocator_free(owner->allocator, owner, owner->block_bytes, _Alignof(struct bytes_owner));
}

void bytes_drop(struct bytes *bytes)
{
    struct bytes_owner *owner = bytes->owner;
    *bytes = (struct bytes){NULL, 0, NULL};
    /* Pairs with itself in the other threads. Release: what this thread did with the bytes comes before
     * the free, in whichever thread that is. Acquire: the last one sees all that the others did. One
     * operation, not two: a separate load afterwards could find 0 in two threads. */
    if (owner && atomic_fetch_sub_explicit(&owner->count, 1, memory_order_acq_rel) == 1)
        destroy(owner);
}
