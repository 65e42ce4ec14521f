/* rwlock_checked.h - the calls of rwlock.h, with their source lines told to 02_concurrency/lock_order.h.
 *
 * rwlock.h includes this where RWLOCK_CHECKED is 1. The lock itself is the same word, and so are its slow paths: only what
 * is compiled into the caller differs. Each name becomes a macro, to know the line that it is used on.
 *
 * For the order of locks a reader counts like a writer: behind a writer that waits it waits too. So two locks that
 * are only read, here in one order and there in the other, are reported, and rightly.
 *
 * Do not: include it yourself; use these names as function pointers where RWLOCK_CHECKED is 1.
 * Interface: as rwlock.h, by the same names.
 */
#ifndef SYSLAB_CONCURRENCY_RWLOCK_CHECKED_H
#define SYSLAB_CONCURRENCY_RWLOCK_CHECKED_H

#include "02_concurrency/lock_order.h"
#include "02_concurrency/rwlock.h"

/* As rwlock_read_lock; the order is checked before it blocks. */
static inline void rwlock_checked_read_lock(struct rwlock *lock, const char *site)
{
    lock_order_before(lock, site);
    rwlock_read_lock(lock);
    lock_order_acquired(lock, site);
}

/* As rwlock_read_lock_until; the order is checked before it blocks. */
static inline int rwlock_checked_read_lock_until(struct rwlock *lock, uint64_t deadline_ns,
                                                 const char *site)
{
    lock_order_before(lock, site);
    int error = rwlock_read_lock_until(lock, deadline_ns);
    if (!error)
        lock_order_acquired(lock, site);
    return error;
}

/* As rwlock_try_read_lock; what does not block needs no order. */
static inline bool rwlock_checked_try_read_lock(struct rwlock *lock, const char *site)
{
    bool is_taken = rwlock_try_read_lock(lock);
    if (is_taken)
        lock_order_acquired(lock, site);
    return is_taken;
}

/* What this thread does not hold stays as it is. */
static inline void rwlock_checked_read_unlock(struct rwlock *lock, const char *site)
{
    if (lock_order_released(lock, site))
        rwlock_read_unlock(lock);
}

/* As rwlock_write_lock; the order is checked before it blocks. */
static inline void rwlock_checked_write_lock(struct rwlock *lock, const char *site)
{
    lock_order_before(lock, site);
    rwlock_write_lock(lock);
    lock_order_acquired(lock, site);
}

/* As rwlock_write_lock_until; the order is checked before it blocks. */
static inline int rwlock_checked_write_lock_until(struct rwlock *lock, uint64_t deadline_ns,
                                                  const char *site)
{
    lock_order_before(lock, site);
    int error = rwlock_write_lock_until(lock, deadline_ns);
    if (!error)
        lock_order_acquired(lock, site);
    return error;
}

/* As rwlock_try_write_lock; what does not block needs no order. */
static inline bool rwlock_checked_try_write_lock(struct rwlock *lock, const char *site)
{
    bool is_taken = rwlock_try_write_lock(lock);
    if (is_taken)
        lock_order_acquired(lock, site);
    return is_taken;
}

/* As rwlock_write_unlock; what this thread does not hold stays as it is. */
static inline void rwlock_checked_write_unlock(struct rwlock *lock, const char *site)
{
    if (lock_order_released(lock, site))
        rwlock_write_unlock(lock);
}

/* As rwlock_init; what was known of the address is forgotten. */
static inline void rwlock_checked_init(struct rwlock *lock)
{
    rwlock_init(lock);
    lock_order_forget(lock);
}

/* As rwlock_fini; what was known of the address is forgotten. */
static inline void rwlock_checked_fini(struct rwlock *lock)
{
    lock_order_forget(lock);
    rwlock_fini(lock);
}

#define rwlock_read_lock(lock) rwlock_checked_read_lock(lock, LOCK_ORDER_SITE)
#define rwlock_read_lock_until(lock, deadline_ns)                                                  \
    rwlock_checked_read_lock_until(lock, deadline_ns, LOCK_ORDER_SITE)
#define rwlock_try_read_lock(lock) rwlock_checked_try_read_lock(lock, LOCK_ORDER_SITE)
#define rwlock_read_unlock(lock)   rwlock_checked_read_unlock(lock, LOCK_ORDER_SITE)
#define rwlock_write_lock(lock)    rwlock_checked_write_lock(lock, LOCK_ORDER_SITE)
#define rwlock_write_lock_until(lock, deadline_ns)                                                 \
    rwlock_checked_write_lock_until(lock, deadline_ns, LOCK_ORDER_SITE)
#define rwlock_try_write_lock(lock) rwlock_checked_try_write_lock(lock, LOCK_ORDER_SITE)
#define rwlock_write_unlock(lock)   rwlock_checked_write_unlock(lock, LOCK_ORDER_SITE)
#define rwlock_init(lock)           rwlock_checked_init(lock)
#define rwlock_fini(lock)           rwlock_checked_fini(lock)

#endif
