/* Accepted: every owner is a control block of its own, and a copy is memory that the library
 * adopts from itself. One way to free, at the price of two allocations for a copy. The orders
 * are the default (sequentially consistent), which is more than is needed and never wrong. */
#include "bytes.h"

#include <stdatomic.h>
#include <string.h>

struct bytes_owner {
    _Atomic(size_t) values;
    struct allocator *allocator;
    void *data;
    size_t size_bytes;
    bytes_free_fn free_fn;
    void *context;
};

static void free_own(void *data, size_t size_bytes, void *context)
{
    allocator_free(context, data, size_bytes, 1);
}

static struct bytes empty(void)
{
    return bytes_static(NULL, 0);
}

struct bytes bytes_static(const void *data, size_t size_bytes)
{
    return (struct bytes){.data = data, .size_bytes = size_bytes};
}

bool bytes_adopt(struct allocator *allocator, void *data, size_t size_bytes, bytes_free_fn free_fn,
                 void *context, struct bytes *out)
{
    struct bytes_owner *owner = allocator_alloc(allocator, sizeof(*owner), _Alignof(max_align_t));
    if (!owner)
        return false;
    owner->values = 1;
    owner->allocator = allocator;
    owner->data = data;
    owner->size_bytes = size_bytes;
    owner->free_fn = free_fn;
    owner->context = context;
    *out = (struct bytes){data, size_bytes, owner};
    return true;
}

bool bytes_copy(struct allocator *allocator, const void *data, size_t size_bytes, struct bytes *out)
{
    void *own = allocator_alloc(allocator, size_bytes, 1);
    if (!own)
        return false;
    if (!bytes_adopt(allocator, own, size_bytes, free_own, allocator, out)) {
        free_own(own, size_bytes, allocator);
        return false;
    }
    if (size_bytes > 0)
        memcpy(own, data, size_bytes);
    return true;
}

bool bytes_slice(const struct bytes *bytes, size_t offset, size_t size_bytes, struct bytes *out)
{
    if (size_bytes > bytes->size_bytes || offset > bytes->size_bytes - size_bytes)
        return false;
    if (bytes->owner)
        bytes->owner->values++;
    *out = (struct bytes){bytes->data ? bytes->data + offset : NULL, size_bytes, bytes->owner};
    return true;
}

struct bytes bytes_clone(const struct bytes *bytes)
{
    struct bytes clone = empty();
    (void)bytes_slice(bytes, 0, bytes->size_bytes, &clone);
    return clone;
}

bool bytes_split_to(struct bytes *bytes, size_t at, struct bytes *head)
{
    struct bytes rest;
    if (at > bytes->size_bytes || !bytes_slice(bytes, at, bytes->size_bytes - at, &rest))
        return false;
    *head = *bytes;
    head->size_bytes = at;
    *bytes = rest;
    return true;
}

bool bytes_get_u32(struct bytes *bytes, uint32_t *out)
{
    uint32_t value = 0;
    if (bytes->size_bytes < sizeof(value))
        return false;
    for (size_t i = 0; i < sizeof(value); i++)
        value = value << 8 | bytes->data[i];
    *out = value;
    bytes->data += sizeof(value);
    bytes->size_bytes -= sizeof(value);
    return true;
}

bool bytes_is_unique(const struct bytes *bytes)
{
    return bytes->owner && bytes->owner->values == 1;
}

void bytes_drop(struct bytes *bytes)
{
    struct bytes_owner *owner = bytes->owner;
    *bytes = empty();
    if (!owner || --owner->values > 0)
        return;
    if (owner->free_fn)
        owner->free_fn(owner->data, owner->size_bytes, owner->context);
    allocator_free(owner->allocator, owner, sizeof(*owner), _Alignof(max_align_t));
}
