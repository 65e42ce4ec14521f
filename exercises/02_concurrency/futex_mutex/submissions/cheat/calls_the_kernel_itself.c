/* The kernel is called behind the back of the tests. What sleeps there they cannot see. */
#include "futex_mutex.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FREE, HELD, AWAITED };

void futex_mutex_init(struct futex_mutex *mutex)
{
    atomic_init(&mutex->word, FREE);
}

bool futex_mutex_try_lock(struct futex_mutex *mutex)
{
    uint32_t seen = FREE;
    return atomic_compare_exchange_strong_explicit(&mutex->word, &seen, HELD, memory_order_acquire,
                                                   memory_order_relaxed);
}

void futex_mutex_lock(struct futex_mutex *mutex)
{
    if (futex_mutex_try_lock(mutex))
        return;
    while (atomic_exchange_explicit(&mutex->word, AWAITED, memory_order_acquire) != FREE)
        syscall(SYS_futex, &mutex->word, FUTEX_WAIT_PRIVATE, AWAITED, NULL, NULL, 0);
}

void futex_mutex_unlock(struct futex_mutex *mutex)
{
    if (atomic_exchange_explicit(&mutex->word, FREE, memory_order_release) == AWAITED)
        syscall(SYS_futex, &mutex->word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}
