/* Why it is right.
 *
 *   1. A processor's stripe is changed only by the addq of counter_add_here, in a thread that the kernel has running
 *      on that processor: if it was interrupted, moved, or got a signal since label 1, it goes on at 4 instead, and
 *      cpu is compared within the sequence. So two such additions to one stripe are never under way at once.
 *   2. addq is one instruction. An interrupt is before it or after it; after it the instruction pointer is at 2, no
 *      longer in the sequence: an addition that was made is not made again.
 *   3. Who is moved adds elsewhere, to the stripe of the other processor or, atomically, to the shared one. The shared
 *      stripe, and all stripes where nothing is restartable, are changed by atomic additions alone. Hence each
 *      addition changes one stripe, once.
 *   4. A stripe is 8 bytes on a multiple of 128: a load is not torn by a store or by addq. Relaxed order is enough
 *      for a read, since it promises nothing about other data; who is to see the exact sum has synchronised with
 *      those that added, and so their additions happen before the read.
 *   5. Sums are taken without sign, modulo 2^64, where an overflow is defined; the result is what the mathematical sum
 *      would be in 64 bits.
 */
#include "02_concurrency/counter.h"

#include <errno.h>
#include <unistd.h>

static size_t counter_bytes(uint32_t count)
{
    return sizeof(struct counter) + (count + (size_t)1) * sizeof(struct counter_stripe);
}

bool counter_is_restartable(void)
{
#if defined(COUNTER_RSEQ)
    return __rseq_size > 0; /* 0: the kernel refused, or GLIBC_TUNABLES=glibc.pthread.rseq=0 */
#else
    return false;
#endif
}

int counter_create(struct counter **out, struct allocator *allocator)
{
    /* Configured and not online: a processor may be switched on later, and numbers are not reused. */
    long configured = sysconf(_SC_NPROCESSORS_CONF);
    uint32_t count = configured > 0 ? (uint32_t)configured : 1;
    struct counter *counter =
        allocator_alloc(allocator, counter_bytes(count), _Alignof(struct counter));
    if (!counter)
        return -ENOMEM;
    counter->count = count;
    counter->restartable = counter_is_restartable();
    counter->allocator = allocator;
    for (uint32_t i = 0; i <= count; i++)
        atomic_init(&counter->stripes[i].sum, 0);
    *out = counter;
    return 0;
}

void counter_destroy(struct counter *counter)
{
    if (counter)
        allocator_free(counter->allocator, counter, counter_bytes(counter->count),
                       _Alignof(struct counter));
}

/* Threads take numbers as they come: neighbours get different stripes. */
static uint32_t thread_number(void)
{
    static _Atomic(uint32_t) next = 1;
    static _Thread_local uint32_t number;
    if (number ==
        0) /* relaxed: only a number; 0 comes again after 2^32 threads, and does no harm */
        number = atomic_fetch_add_explicit(&next, 1, memory_order_relaxed);
    return number;
}

void counter_add_shared(struct counter *counter, int64_t delta)
{
    uint32_t stripe = counter->restartable ? counter->count : thread_number() % counter->count;
    /* relaxed: orders nothing else; atomic additions wrap by definition */
    atomic_fetch_add_explicit(&counter->stripes[stripe].sum, delta, memory_order_relaxed);
}

int64_t counter_read(const struct counter *counter)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i <= counter->count; i++)
        /* relaxed: see 4 */
        sum += (uint64_t)atomic_load_explicit(&counter->stripes[i].sum, memory_order_relaxed);
    return (int64_t)sum;
}
