/* mutex_checked.h - the calls of mutex.h, with their source lines told to 02_concurrency/lock_order.h.
 *
 * mutex.h includes this where MUTEX_CHECKED is 1. The mutex itself is the same byte, and so are its slow paths: only
 * what is compiled into the caller differs. Each name becomes a macro, to know the line that it is used on.
 *
 * Do not: include it yourself; use these names as function pointers where MUTEX_CHECKED is 1.
 * Interface: as mutex.h, by the same names.
 */
#ifndef SYSLAB_CONCURRENCY_MUTEX_CHECKED_H
#define SYSLAB_CONCURRENCY_MUTEX_CHECKED_H

#include "02_concurrency/lock_order.h"
#include "02_concurrency/mutex.h"

/* As mutex_lock; the order is checked before it blocks. */
static inline void mutex_checked_lock(struct mutex *mutex, const char *site)
{
    lock_order_before(mutex, site);
    mutex_lock(mutex);
    lock_order_acquired(mutex, site);
}

/* As mutex_lock_until; the order is checked before it blocks. */
static inline bool mutex_checked_lock_until(struct mutex *mutex, uint64_t deadline_ns,
                                            const char *site)
{
    lock_order_before(mutex, site);
    bool is_taken = mutex_lock_until(mutex, deadline_ns);
    if (is_taken)
        lock_order_acquired(mutex, site);
    return is_taken;
}

/* As mutex_try_lock; what does not block needs no order. */
static inline bool mutex_checked_try_lock(struct mutex *mutex, const char *site)
{
    bool is_taken = mutex_try_lock(mutex);
    if (is_taken)
        lock_order_acquired(mutex, site);
    return is_taken;
}

/* What this thread does not hold stays as it is. */
static inline void mutex_checked_unlock(struct mutex *mutex, const char *site)
{
    if (lock_order_released(mutex, site))
        mutex_unlock(mutex);
}

/* As mutex_init; what was known of the address is forgotten. */
static inline void mutex_checked_init(struct mutex *mutex)
{
    mutex_init(mutex);
    lock_order_forget(mutex);
}

/* As mutex_fini; what was known of the address is forgotten. */
static inline void mutex_checked_fini(struct mutex *mutex)
{
    lock_order_forget(mutex);
    mutex_fini(mutex);
}

#define mutex_lock(mutex) mutex_checked_lock(mutex, LOCK_ORDER_SITE)
#define mutex_lock_until(mutex, deadline_ns)                                                       \
    mutex_checked_lock_until(mutex, deadline_ns, LOCK_ORDER_SITE)
#define mutex_try_lock(mutex) mutex_checked_try_lock(mutex, LOCK_ORDER_SITE)
#define mutex_unlock(mutex)   mutex_checked_unlock(mutex, LOCK_ORDER_SITE)
#define mutex_init(mutex)     mutex_checked_init(mutex)
#define mutex_fini(mutex)     mutex_checked_fini(mutex)

#endif
