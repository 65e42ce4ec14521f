/* rcu.h - publish and read: one shared pointer, many readers, and a writer who replaces what it points to.
 *
 * A writer makes a new version beside the old one, whole, and publishes it by one store. A reader takes the
 * pointer once and works with that version to the end. Neither waits for the other. What is left is the old
 * version: it is retired (epoch.h), or freed after epoch_synchronize.
 *
 *     _Atomic(struct config *) shared;
 *
 *     reader                                     writer (one, or under a lock)
 *     outer = epoch_enter(me);                   fresh = a copy of rcu_read(&shared), changed
 *     config = rcu_read(&shared);                old = rcu_replace(&shared, fresh);
 *     ... config stays as it is ...              epoch_retire(me, &old->node, config_free);
 *     epoch_leave(me, outer);
 *
 * They are macros because the pointer keeps its type: a publish of another type does not compile. The pointer
 * is declared _Atomic, so that a plain access is an ordered one and not a mistake.
 *
 * Invariant: who reads a version finds all that was written to it before it was published.
 *
 *     rcu_read        acquire load             pairs with publish and replace. On AArch64 a dependency would do,
 *                                              memory_order_consume; compilers make an acquire of it
 *     rcu_publish     release store            pairs with read
 *     rcu_replace     exchange, acquire and release; returns the old version
 *     rcu_replace_if  compare-and-swap, as above; false, and *expected updated, if another writer came first
 *
 * Threads: any number at once, for each. Progress: wait-free (rcu_replace_if: lock-free when tried again).
 * Do not: read the pointer twice in one section and expect one version; change a published version.
 * Interface: rcu_read rcu_publish rcu_replace rcu_replace_if
 * Source: McKenney and Slingwine, Read-Copy Update (1998); Desnoyers et al. (IEEE TPDS 2012), section 3.
 */
#ifndef SYSLAB_CONCURRENCY_RCU_H
#define SYSLAB_CONCURRENCY_RCU_H

#include <stdatomic.h>

/* lesson: rcu */
#define rcu_read(source)             atomic_load_explicit(source, memory_order_acquire)
#define rcu_publish(target, version) atomic_store_explicit(target, version, memory_order_release)
#define rcu_replace(target, version) atomic_exchange_explicit(target, version, memory_order_acq_rel)
#define rcu_replace_if(target, expected, version)                                                  \
    atomic_compare_exchange_strong_explicit(target, expected, version, memory_order_acq_rel,       \
                                            memory_order_acquire)
/* end lesson */

#endif
