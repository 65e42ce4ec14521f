/* bytes.c - your shared bytes. The handout is README.md; the contract is there and in bytes.h.
 *
 * A good order of work, one red test after the other:
 *   1. bytes_static, bytes_get_u32, and the bounds of bytes_slice: no owner is needed.
 *   2. bytes_copy and bytes_drop, with a plain count.
 *   3. bytes_clone, bytes_slice, bytes_split_to; then bytes_adopt.
 *   4. Threads: the count is atomic, or under a mutex.
 */
#include "bytes.h"

/* TODO(student): decide what an owner must know. How many values look at the memory; how to give
 * the memory back (copied and adopted memory go different ways); which allocator the owner itself
 * came from, and with which size. Threads will share the count. */
struct bytes_owner {
    struct allocator *allocator;
};

struct bytes bytes_static(const void *data, size_t size_bytes)
{
    /* TODO(student): no owner is needed. What must data and size be? */
    (void)data, (void)size_bytes;
    return (struct bytes){NULL, 0, NULL};
}

bool bytes_copy(struct allocator *allocator, const void *data, size_t size_bytes, struct bytes *out)
{
    /* TODO(student): memory for an owner and for the bytes: one block or two. Can the sum of the
     * two sizes overflow? Start with one value that looks at it. */
    (void)allocator, (void)data, (void)size_bytes, (void)out;
    return false;
}

bool bytes_adopt(struct allocator *allocator, void *data, size_t size_bytes, bytes_free_fn free_fn,
                 void *context, struct bytes *out)
{
    /* TODO(student): memory for an owner only; the bytes stay where they are. */
    (void)allocator, (void)data, (void)size_bytes, (void)free_fn, (void)context, (void)out;
    return false;
}

struct bytes bytes_clone(const struct bytes *bytes)
{
    /* TODO(student): one more value looks at the memory. Static bytes have no count. */
    (void)bytes;
    return (struct bytes){NULL, 0, NULL};
}

bool bytes_slice(const struct bytes *bytes, size_t offset, size_t size_bytes, struct bytes *out)
{
    /* TODO(student): first the bounds, without a sum that can wrap; then as a clone. */
    (void)bytes, (void)offset, (void)size_bytes, (void)out;
    return false;
}

bool bytes_split_to(struct bytes *bytes, size_t at, struct bytes *head)
{
    /* TODO(student): a slice of the front, and then what remains of *bytes. */
    (void)bytes, (void)at, (void)head;
    return false;
}

bool bytes_get_u32(struct bytes *bytes, uint32_t *out)
{
    /* TODO(student): the first byte is the most significant one, on every machine. */
    (void)bytes, (void)out;
    return false;
}

bool bytes_is_unique(const struct bytes *bytes)
{
    /* TODO(student): read the count, so that what other threads did before they dropped is over. */
    (void)bytes;
    return false;
}

void bytes_drop(struct bytes *bytes)
{
    /* TODO(student): one value fewer. Exactly one thread may find that it was the last. */
    (void)bytes;
}
