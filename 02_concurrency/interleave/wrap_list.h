/* wrap_list.h - the calls that go to us instead of the C library: the one list of them.
 *
 * wrap_*.c has a WRAP(name) for each, or symbols.c does not link; no WRAP is without a line here, or it does not compile.
 * compile.h gives the names to the linker.
 *
 * Interface: WRAP_LIST
 */
#ifndef SYSLAB_INTERLEAVE_WRAP_LIST_H
#define SYSLAB_INTERLEAVE_WRAP_LIST_H

/* clang-format off: a name a line. */
#define WRAP_LIST(ONE)                                                                             \
    ONE(pthread_create)                                                                            \
    ONE(pthread_join)                                                                              \
    ONE(pthread_detach)                                                                            \
    ONE(pthread_self)                                                                              \
    ONE(pthread_equal)                                                                             \
    ONE(pthread_exit)                                                                              \
    ONE(pthread_once)                                                                              \
    ONE(pthread_key_create)                                                                        \
    ONE(pthread_key_delete)                                                                        \
    ONE(pthread_setspecific)                                                                       \
    ONE(pthread_getspecific)                                                                       \
    ONE(pthread_setname_np)                                                                        \
    ONE(pthread_setcancelstate)                                                                    \
    ONE(pthread_setcanceltype)                                                                     \
    ONE(pthread_testcancel)                                                                        \
    ONE(pthread_mutex_init)                                                                        \
    ONE(pthread_mutex_destroy)                                                                     \
    ONE(pthread_mutex_lock)                                                                        \
    ONE(pthread_mutex_trylock)                                                                     \
    ONE(pthread_mutex_timedlock)                                                                   \
    ONE(pthread_mutex_clocklock)                                                                   \
    ONE(pthread_mutex_unlock)                                                                      \
    ONE(pthread_spin_init)                                                                         \
    ONE(pthread_spin_destroy)                                                                      \
    ONE(pthread_spin_lock)                                                                         \
    ONE(pthread_spin_trylock)                                                                      \
    ONE(pthread_spin_unlock)                                                                       \
    ONE(pthread_rwlock_init)                                                                       \
    ONE(pthread_rwlock_destroy)                                                                    \
    ONE(pthread_rwlock_rdlock)                                                                     \
    ONE(pthread_rwlock_tryrdlock)                                                                  \
    ONE(pthread_rwlock_timedrdlock)                                                                \
    ONE(pthread_rwlock_wrlock)                                                                     \
    ONE(pthread_rwlock_trywrlock)                                                                  \
    ONE(pthread_rwlock_timedwrlock)                                                                \
    ONE(pthread_rwlock_unlock)                                                                     \
    ONE(pthread_cond_init)                                                                         \
    ONE(pthread_cond_destroy)                                                                      \
    ONE(pthread_cond_wait)                                                                         \
    ONE(pthread_cond_timedwait)                                                                    \
    ONE(pthread_cond_clockwait)                                                                    \
    ONE(pthread_cond_signal)                                                                       \
    ONE(pthread_cond_broadcast)                                                                    \
    ONE(pthread_barrier_init)                                                                      \
    ONE(pthread_barrier_destroy)                                                                   \
    ONE(pthread_barrier_wait)                                                                      \
    ONE(sem_init)                                                                                  \
    ONE(sem_destroy)                                                                               \
    ONE(sem_wait)                                                                                  \
    ONE(sem_trywait)                                                                               \
    ONE(sem_timedwait)                                                                             \
    ONE(sem_clockwait)                                                                             \
    ONE(sem_post)                                                                                  \
    ONE(sem_getvalue)                                                                              \
    ONE(thrd_create)                                                                               \
    ONE(thrd_join)                                                                                 \
    ONE(thrd_detach)                                                                               \
    ONE(thrd_current)                                                                              \
    ONE(thrd_equal)                                                                                \
    ONE(thrd_exit)                                                                                 \
    ONE(thrd_yield)                                                                                \
    ONE(thrd_sleep)                                                                                \
    ONE(mtx_init)                                                                                  \
    ONE(mtx_destroy)                                                                               \
    ONE(mtx_lock)                                                                                  \
    ONE(mtx_trylock)                                                                               \
    ONE(mtx_timedlock)                                                                             \
    ONE(mtx_unlock)                                                                                \
    ONE(cnd_init)                                                                                  \
    ONE(cnd_destroy)                                                                               \
    ONE(cnd_wait)                                                                                  \
    ONE(cnd_timedwait)                                                                             \
    ONE(cnd_signal)                                                                                \
    ONE(cnd_broadcast)                                                                             \
    ONE(call_once)                                                                                 \
    ONE(tss_create)                                                                                \
    ONE(tss_delete)                                                                                \
    ONE(tss_set)                                                                                   \
    ONE(tss_get)                                                                                   \
    ONE(__errno_location)                                                                          \
    ONE(__register_atfork)                                                                         \
    ONE(sched_yield)                                                                               \
    ONE(sched_getcpu)                                                                              \
    ONE(gettid)                                                                                    \
    ONE(nanosleep)                                                                                 \
    ONE(clock_nanosleep)                                                                           \
    ONE(usleep)                                                                                    \
    ONE(sleep)                                                                                     \
    ONE(clock_gettime)                                                                             \
    ONE(gettimeofday)                                                                              \
    ONE(timespec_get)                                                                              \
    ONE(time)                                                                                      \
    ONE(getrandom)                                                                                 \
    ONE(clock)                                                                                     \
    ONE(syscall)                                                                                   \
    ONE(malloc)                                                                                    \
    ONE(calloc)                                                                                    \
    ONE(free)                                                                                      \
    ONE(realloc)                                                                                   \
    ONE(aligned_alloc)                                                                             \
    ONE(posix_memalign)                                                                            \
    ONE(strdup)                                                                                    \
    ONE(memcpy)                                                                                    \
    ONE(memmove)                                                                                   \
    ONE(memset)                                                                                    \
    ONE(memcmp)                                                                                    \
    ONE(__assert_fail)                                                                             \
    ONE(abort)                                                                                     \
    ONE(exit)                                                                                      \
    ONE(_exit)                                                                                     \
    ONE(_Exit)                                                                                     \
    ONE(quick_exit)
/* clang-format on */

#endif
