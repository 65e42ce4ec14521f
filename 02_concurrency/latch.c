/* latch.c - one word and a futex; the argument is in latch.h. */
#include "02_concurrency/latch.h"

#include "02_concurrency/futex.h"
#include "07_unsafe/assert.h"

/* lesson: latch */
void latch_count_down(struct latch *latch)
{
    /* release: pairs with the acquire in latch_is_open and in latch_wait_until */
    uint32_t before = atomic_fetch_sub_explicit(&latch->count, 1, memory_order_release);
    ASSERT(before > 0);
    if (before == 1) /* from here on the latch may be gone: only its address is used */
        futex_wake(&latch->count, FUTEX_ALL);
}

int latch_wait_until(struct latch *latch, uint64_t deadline_ns)
{
    uint32_t count;
    /* acquire: pairs with the release in latch_count_down */
    while ((count = atomic_load_explicit(&latch->count, memory_order_acquire)) != 0)
        if (futex_wait_until(&latch->count, count, deadline_ns) == -ETIMEDOUT)
            return latch_is_open(latch) ? 0 : -ETIMEDOUT;
    return 0;
}
/* end lesson */
