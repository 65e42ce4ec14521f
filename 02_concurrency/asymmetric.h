/* asymmetric.h - a store and a later load kept in order, where one side is in a hurry and the other is not.
 *
 * Two threads each write one word and then read the other's:
 *
 *     reader:     slot = "I am here"            reclaimer:  unlink the node
 *                 read the link                             read the slot
 *
 * At least one has to see what the other wrote, or the reader holds what the reclaimer frees. Processors do
 * not promise that: a store waits in its core's buffer while later loads go ahead. A full fence in both
 * threads mends it, and costs each reader some 5 ns. But readers come by a million times for each time that
 * a reclaimer looks. membarrier(2) runs the fence on every core that executes this process, at the call of
 * the one who looks: then the reader has to keep only its compiler in order, which costs nothing.
 *
 *     asymmetric_publish    of the reader: a store, and what follows is not before it
 *     asymmetric_light      the same, behind any store
 *     asymmetric_barrier    of the reclaimer, between its store and its load
 *
 * Invariant: for a publish P and a barrier B either all loads that B's caller makes afterwards see P's store,
 * or all loads that P's thread makes afterwards see all that was written before B.
 *
 *     mode                  publish                       barrier
 *     ASYMMETRIC_KERNEL     store                         system call, 1 us; 2 to 5 us if others run
 *     ASYMMETRIC_FENCES     store and full fence, 5 ns    full fence
 *
 * Both sides have to agree on the mode. A core that is set aside for real-time work is interrupted by
 * ASYMMETRIC_KERNEL: choose the fences there.
 *
 * Threads: any number at once. Progress: wait-free (the system call may wait for another one to end).
 * After fork: the child inherits the registration.
 * Interface: asymmetric_best asymmetric_publish asymmetric_light asymmetric_barrier
 * Source: membarrier(2), MEMBARRIER_CMD_PRIVATE_EXPEDITED; Desnoyers et al., User-Level Implementations of
 *         Read-Copy Update (IEEE TPDS 2012), section 5.3; Dice, Huang and Yang, Asymmetric Dekker
 *         Synchronization (2001).
 */
#ifndef SYSLAB_CONCURRENCY_ASYMMETRIC_H
#define SYSLAB_CONCURRENCY_ASYMMETRIC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "07_unsafe/sanitizer.h"

/* interleave knows fences, though it is handed them by the thread sanitizer's option. */
#if SANITIZER_THREAD && !defined(SYSLAB_INTERLEAVE)
#define ASYMMETRIC_THREAD_SANITIZER 1
#endif

enum asymmetric_mode {
    ASYMMETRIC_FENCES,
    ASYMMETRIC_KERNEL,
};

/* Returns: ASYMMETRIC_KERNEL if this kernel has the barrier and lets this process use it, else
 * ASYMMETRIC_FENCES. Cost: a system call. */
enum asymmetric_mode asymmetric_best(void);

/* Every thread of this process passes a full fence, or (ASYMMETRIC_FENCES) only the caller.
 * Returns: false if the kernel refuses, which it may if a filter of system calls was installed since
 * asymmetric_best: then nothing may be concluded from what is read afterwards. */
bool asymmetric_barrier(enum asymmetric_mode mode);

/* lesson: asymmetric-publish */
/* Store the value; no later load of this thread is made before it, as far as asymmetric_barrier can tell.
 * release: pairs with the acquire of whoever reads the word after asymmetric_barrier. */
static inline void asymmetric_publish(_Atomic(uint64_t) *word, uint64_t value,
                                      enum asymmetric_mode mode)
{
#if defined(ASYMMETRIC_THREAD_SANITIZER)
    /* It does not know fences. An exchange is one for the machine, where it pairs with that of asymmetric_barrier; and for
     * the sanitizer it is an access like others. */
    (void)mode;
    atomic_exchange_explicit(word, value, memory_order_seq_cst);
#else
    atomic_store_explicit(word, value, memory_order_release);
    if (__builtin_expect(mode == ASYMMETRIC_KERNEL, 1))
        atomic_signal_fence(memory_order_seq_cst); /* for the compiler; the kernel does the rest */
    else
        atomic_thread_fence(memory_order_seq_cst); /* pairs with the fence in asymmetric_barrier */
#endif
}
/* end lesson */

/* The light side alone, for who stores by other means: no later load of this thread is made before its earlier
 * stores, as far as asymmetric_barrier can tell. */
static inline void asymmetric_light(enum asymmetric_mode mode)
{
#if defined(ASYMMETRIC_THREAD_SANITIZER)
    (void)mode; /* as above: for the machine it is a fence, of a word that nobody else reads */
    static _Thread_local _Atomic(uint64_t) word;
    atomic_exchange_explicit(&word, 0, memory_order_seq_cst);
#else
    if (__builtin_expect(mode == ASYMMETRIC_KERNEL, 1))
        atomic_signal_fence(memory_order_seq_cst);
    else
        atomic_thread_fence(memory_order_seq_cst); /* pairs with the fence in asymmetric_barrier */
#endif
}

#endif
