/* ws_deque.c - growing, stealing several, giving old buffers back; and why each item is given out once.
 *
 * The paper puts two sequentially consistent fences: in take (our pop), between the store of bottom and the load of
 * top, and in steal, between the load of top and the load of bottom. Here the four accesses are sequentially
 * consistent themselves. That is as strong where it matters (argument 3), costs a thief nothing on x86-64, where
 * such a load is an ordinary one, and the thread sanitizer understands it.
 *
 *  1. Indices. Only a successful swap changes top, from t to t + 1, so each index is stolen, or popped as the last
 *     one, at most once. Only the owner writes bottom and the slots.
 *  2. A slot that may still be wanted is not overwritten. Push writes index b into slot b & mask of the buffer in
 *     use only if b - t < slots for a t that top had; top only grows, so all indices below b - slots + 1 are taken.
 *     A thief that reads a slot late, after it was overwritten, has a t below top, and its swap fails: argument 1.
 *  3. Pop and steal do not both take index i. Pop without a swap read top = t < i. Let the thief's swap take i: it
 *     read top = i. In the one order S of all sequentially consistent operations: pop's load of top comes before
 *     the swap that made top i, since it read something older; and that swap comes before the thief's load of top.
 *     So
 *         pop: bottom = i   <   pop: load top   <   swap to i   <   thief: load top   <   thief: load bottom
 *     and the thief reads bottom = i from that pop or something newer. If i: it finds nothing. If newer, the owner
 *     has pushed since: what is at index i now is another item, and its push was released to the thief. With a swap
 *     on both sides argument 1 decides. All this is for a swap to i by a thief. One by the owner itself came after
 *     that pop, since the pop read an older top; it is a release, the thief that read its i acquired it, and so sees
 *     bottom = i or newer as well. That is why the owner's swap need not be sequentially consistent.
 *  4. What the owner wrote before push(x) is seen by who steals x. The thief read bottom > i from a store by the
 *     owner after the push. Stores of bottom that leave something to steal are push's, with release, and pop's
 *     first, sequentially consistent: each releases all that the owner did before. Pop's last store, relaxed,
 *     restores the bottom of an empty deque: a thief that reads it finds top there already, or fails in its swap.
 *  5. Growing. The owner copies the indices from top to bottom - 1 and publishes the new buffer with release. A
 *     thief that still reads the old one finds the same items there: nobody writes to it any more. A thief that
 *     read a bottom from after the growth got, by 4, the new buffer as well.
 *  6. An item is not lost. An index leaves the range [top, bottom) only by a swap, whose thread has the item, or by
 *     pop's lowering of bottom, which keeps it if top <= bottom then, and else restores bottom, when by 1 another
 *     has it.
 *  7. Old buffers are smaller than the one in use by half, a quarter, and so on: together smaller than it.
 */
#include "02_concurrency/ws_deque.h"

#include <errno.h>

#include "02_concurrency/cache_line.h"

static const size_t slots_max = (size_t)1 << 32;

static size_t buffer_bytes(int64_t mask)
{
    return sizeof(struct ws_deque_buffer) + ((size_t)mask + 1) * sizeof(ws_deque_slot);
}

static struct ws_deque_buffer *make_buffer(struct allocator *allocator, int64_t mask)
{
    struct ws_deque_buffer *buffer =
        allocator_alloc(allocator, buffer_bytes(mask), CACHE_LINE_BYTES);
    if (!buffer)
        return NULL;
    buffer->mask = mask;
    buffer->older = NULL;
    for (int64_t i = 0; i <= mask; i++)
        atomic_init(&buffer->slots[i], NULL);
    return buffer;
}

static size_t free_buffers(struct allocator *allocator, struct ws_deque_buffer *buffer)
{
    size_t freed_bytes = 0;
    while (buffer) {
        struct ws_deque_buffer *older = buffer->older;
        size_t bytes = buffer_bytes(buffer->mask);
        allocator_free(allocator, buffer, bytes, CACHE_LINE_BYTES);
        freed_bytes += bytes;
        buffer = older;
    }
    return freed_bytes;
}

int ws_deque_init(struct ws_deque *deque, struct allocator *allocator, size_t slot_count)
{
    if (slot_count == 0 || slot_count > slots_max)
        return -EINVAL;
    int64_t slots = 1;
    while ((size_t)slots < slot_count)
        slots *= 2;
    struct ws_deque_buffer *buffer = make_buffer(allocator, slots - 1);
    if (!buffer)
        return -ENOMEM;
    atomic_init(&deque->top, 0);
    atomic_init(&deque->bottom, 0);
    atomic_init(&deque->buffer, buffer);
    deque->limit = slots;
    deque->allocator = allocator;
    return 0;
}

/* relaxed, in the owner's calls below: it reads what it wrote itself */
static struct ws_deque_buffer *own_buffer(const struct ws_deque *deque)
{
    return atomic_load_explicit(&deque->buffer, memory_order_relaxed);
}

void ws_deque_fini(struct ws_deque *deque)
{
    free_buffers(deque->allocator, own_buffer(deque));
}

static int grow(struct ws_deque *deque, int64_t top, int64_t bottom)
{
    struct ws_deque_buffer *old = own_buffer(deque);
    struct ws_deque_buffer *new = make_buffer(deque->allocator, old->mask * 2 + 1);
    if (!new)
        return -ENOMEM;
    for (int64_t i = top; i < bottom; i++) /* relaxed: published by the store below */
        atomic_store_explicit(
            &new->slots[i & new->mask],
            atomic_load_explicit(&old->slots[i & old->mask], memory_order_relaxed),
            memory_order_relaxed);
    new->older = old;
    /* release: pairs with the acquire in steal */
    atomic_store_explicit(&deque->buffer, new, memory_order_release);
    return 0;
}

int ws_deque_push_slow(struct ws_deque *deque, void *item)
{
    int64_t bottom = atomic_load_explicit(&deque->bottom, memory_order_relaxed);
    /* acquire: pairs with the swaps of thieves. Their reads of the slots that we reuse are behind us */
    int64_t top = atomic_load_explicit(&deque->top, memory_order_acquire);
    if (bottom - top > own_buffer(deque)->mask && grow(deque, top, bottom) != 0)
        return -ENOMEM;
    deque->limit = top + own_buffer(deque)->mask + 1;
    return ws_deque_push(deque, item);
}

size_t ws_deque_steal_batch(struct ws_deque *deque, void **out, size_t max)
{
    /* relaxed: only to know how many would be half; each steal looks for itself */
    int64_t top = atomic_load_explicit(&deque->top, memory_order_relaxed);
    int64_t half = (atomic_load_explicit(&deque->bottom, memory_order_relaxed) - top + 1) / 2;
    size_t wanted = half < 1 ? 1 : (size_t)half;
    if (wanted > max)
        wanted = max;
    size_t taken = 0;
    while (taken < wanted && ws_deque_steal(deque, &out[taken]) == WS_DEQUE_STOLEN)
        taken++;
    return taken;
}

size_t ws_deque_reclaim(struct ws_deque *deque)
{
    struct ws_deque_buffer *buffer = own_buffer(deque);
    size_t freed_bytes = free_buffers(deque->allocator, buffer->older);
    buffer->older = NULL;
    return freed_bytes;
}

size_t ws_deque_memory_bytes(const struct ws_deque *deque)
{
    size_t bytes = 0;
    for (const struct ws_deque_buffer *buffer = own_buffer(deque); buffer; buffer = buffer->older)
        bytes += buffer_bytes(buffer->mask);
    return bytes;
}
