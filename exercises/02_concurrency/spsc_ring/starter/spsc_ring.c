/* spsc_ring.c - your ring. The handout is README.md; the contract is spsc_ring.h.
 *
 * A good order of work:
 *   1. For one thread: init, push, pop. The slot of item number n is n modulo the capacity.
 *   2. The batches: one count is changed once, however many items there are.
 *   3. For two threads: which store announces what, and which load has to have seen it? Give those two an order,
 *      and all others memory_order_relaxed.
 *   4. Each side remembers in `own` what it last saw of the other's count, and looks again only when that
 *      is not enough.
 */
#include "spsc_ring.h"

void spsc_ring_init(struct spsc_ring *ring, void **slots, uint32_t capacity, uint32_t start)
{
    (void)ring, (void)slots, (void)capacity, (void)start; /* step 1 */
}

bool spsc_ring_push(struct spsc_ring *ring, void *item)
{
    (void)ring, (void)item;
    return false; /* step 1 */
}

bool spsc_ring_pop(struct spsc_ring *ring, void **item)
{
    (void)ring, (void)item;
    return false; /* step 1 */
}

size_t spsc_ring_push_many(struct spsc_ring *ring, void *const *items, size_t count)
{
    (void)ring, (void)items, (void)count;
    return 0; /* step 2 */
}

size_t spsc_ring_pop_many(struct spsc_ring *ring, void **items, size_t count)
{
    (void)ring, (void)items, (void)count;
    return 0; /* step 2 */
}
