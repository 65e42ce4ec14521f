/* bytes_buf.c - growth, and the way back from a slice to a buffer.
 *
 * Growth tries what is cheapest first: slide back over room that was consumed, then let the
 * allocator enlarge the block in place, then a new block. The first two move bytes that only this
 * buffer may see, so they need the block to be its own.
 */
#include "03_memory/bytes_buf.h"

#include "03_memory/bytes_internal.h"
#include "07_unsafe/assert.h"
#include "07_unsafe/checked.h"

enum {
    FIRST_BYTES = 64,          /* the least that a buffer allocates */
    PART_BYTES_MAX = 64 * 1024 /* the most that a part takes only because its block was large */
};

/* How much of the block lies before data. Of numbers, for a block that was adopted empty may be NULL,
 * and NULL - NULL is no expression of C. */
static size_t bytes_before(const struct bytes_owner *owner, const uint8_t *data)
{
    return (uintptr_t)data - (uintptr_t)owner->base;
}

int bytes_buf_from(struct bytes *bytes, struct bytes_buf *buf)
{
    struct bytes_owner *owner = bytes->owner;
    if (!owner || owner->kind == BYTES_MAPPED)
        return -EACCES;
    if (!bytes_is_unique(bytes))
        return -EBUSY;
    /* Unique: all of the block behind the slice is room. */
    uint8_t *data = (uint8_t *)(uintptr_t)bytes->data;
    size_t room = owner->size_bytes - bytes_before(owner, data);
    *buf = (struct bytes_buf){data, bytes->size_bytes, room, owner, bytes->stock, owner->allocator};
    *bytes = bytes_empty();
    return 0;
}

/* Slide the bytes to the front of the block. Only when at least as much was consumed as is left:
 * then each byte that moves is paid for by one that was consumed, and the two do not overlap. */
static bool slide(struct bytes_buf *buf, size_t need)
{
    struct bytes_owner *owner = buf->owner;
    if (need > owner->size_bytes || bytes_before(owner, buf->data) < buf->size_bytes)
        return false;
    if (buf->size_bytes)
        memcpy(owner->base, buf->data, buf->size_bytes);
    buf->data = owner->base;
    buf->capacity_bytes = owner->size_bytes;
    return true;
}

/* Let the allocator enlarge a block that is all this buffer's. The owner moves with it. */
static int enlarge(struct bytes_buf *buf, size_t capacity)
{
    struct bytes_owner *owner =
        allocator_resize(buf->allocator, buf->owner, BYTES_HEADER_BYTES + buf->owner->size_bytes,
                         BYTES_HEADER_BYTES + capacity, BYTES_ALIGN);
    if (!owner)
        return -ENOMEM;
    owner->base = (uint8_t *)owner + BYTES_HEADER_BYTES;
    owner->size_bytes = capacity;
    buf->owner = owner;
    buf->data = owner->base;
    buf->capacity_bytes = capacity;
    return 0;
}

static int move_to_new(struct bytes_buf *buf, size_t capacity)
{
    struct bytes_owner *owner = bytes_block_create(buf->allocator, capacity);
    if (!owner)
        return -ENOMEM;
    if (buf->size_bytes)
        memcpy(owner->base, buf->data, buf->size_bytes);
    if (buf->owner)
        bytes_give_back(buf->owner, buf->stock);
    buf->data = owner->base;
    buf->capacity_bytes = capacity;
    buf->owner = owner;
    buf->stock = 1;
    return 0;
}

/* Twice the block if it is all this buffer's, so that n bytes put one by one cost O(n). Otherwise
 * another block of the same size: whoever splits messages off a stream goes on with as much room as
 * at first. Not more than PART_BYTES_MAX for that: a small part of a large block stays small. */
static size_t grown_capacity(const struct bytes_buf *buf, size_t need, bool sole)
{
    size_t old = buf->owner ? buf->owner->size_bytes : 0;
    size_t wanted = old < PART_BYTES_MAX ? old : PART_BYTES_MAX;
    if (sole)
        wanted = old <= BYTES_SIZE_MAX / 2 ? 2 * old : BYTES_SIZE_MAX;
    size_t least = need > FIRST_BYTES ? need : FIRST_BYTES;
    return wanted > least ? wanted : least;
}

int bytes_buf_grow(struct bytes_buf *buf, size_t more_bytes)
{
    size_t need;
    if (!checked_add(buf->size_bytes, more_bytes, &need) || need > BYTES_SIZE_MAX)
        return -EOVERFLOW;
    bool sole = buf->owner && bytes_is_sole(buf->owner, buf->stock);
    if (sole && slide(buf, need))
        return 0;
    size_t capacity = grown_capacity(buf, need, sole);
    if (sole && buf->owner->kind == BYTES_BLOCK && buf->data == buf->owner->base)
        return enlarge(buf, capacity);
    return move_to_new(buf, capacity);
}
