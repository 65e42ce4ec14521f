/* wait_group.c - a count and a futex; the argument is in wait_group.h. */
#include "02_concurrency/wait_group.h"

#include "02_concurrency/futex.h"
#include "07_unsafe/assert.h"

/* lesson: wait-group */
void wait_group_add(struct wait_group *group, uint32_t count)
{
    /* relaxed: whatever starts the thing hands on what it needs */
    uint32_t before = atomic_fetch_add_explicit(&group->count, count, memory_order_relaxed);
    ASSERT(before <= INT32_MAX && count <= INT32_MAX - before);
    (void)before; /* where ASSERT is off */
}

void wait_group_done(struct wait_group *group)
{
    /* release: pairs with the acquire in wait_group_wait_until */
    uint32_t before = atomic_fetch_sub_explicit(&group->count, 1, memory_order_release);
    ASSERT(before > 0);
    if (before == 1) /* from here on the group may be gone: only its address is used */
        futex_wake(&group->count, FUTEX_ALL);
}

int wait_group_wait_until(struct wait_group *group, uint64_t deadline_ns)
{
    uint32_t count;
    /* acquire: pairs with the release in wait_group_done */
    while ((count = atomic_load_explicit(&group->count, memory_order_acquire)) != 0)
        if (futex_wait_until(&group->count, count, deadline_ns) == -ETIMEDOUT)
            /* acquire: the last one may just have ended */
            return atomic_load_explicit(&group->count, memory_order_acquire) ? -ETIMEDOUT : 0;
    return 0;
}
/* end lesson */
