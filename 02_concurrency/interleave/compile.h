/* compile.h - from a program's sources to the shared object that is explored.
 *
 * Compiled for the thread sanitizer and linked without its library: what the compiler calls for an access, and the
 * calls of the C library that matter to threads, are left to the program that loads it.
 *
 * Interface: interleave_compile INTERLEAVE_WRAPS
 */
#ifndef SYSLAB_INTERLEAVE_COMPILE_H
#define SYSLAB_INTERLEAVE_COMPILE_H

/* A linker's word: the calls that go to us instead of the C library. */
/* clang-format off */
#define INTERLEAVE_WRAPS \
    "-Wl" \
    ",--wrap=pthread_create,--wrap=pthread_join,--wrap=pthread_detach,--wrap=pthread_self" \
    ",--wrap=pthread_equal,--wrap=_exit,--wrap=_Exit,--wrap=quick_exit" \
    ",--wrap=pthread_spin_init,--wrap=pthread_spin_lock,--wrap=pthread_spin_trylock" \
    ",--wrap=pthread_spin_unlock,--wrap=pthread_rwlock_init,--wrap=pthread_rwlock_destroy" \
    ",--wrap=pthread_rwlock_rdlock,--wrap=pthread_rwlock_wrlock" \
    ",--wrap=pthread_rwlock_trywrlock,--wrap=pthread_rwlock_unlock" \
    ",--wrap=pthread_cond_clockwait,--wrap=cnd_timedwait,--wrap=mtx_timedlock" \
    ",--wrap=sem_trywait,--wrap=sem_timedwait,--wrap=pthread_barrier_wait" \
    ",--wrap=pthread_cancel,--wrap=fork,--wrap=__errno_location,--wrap=pthread_key_create" \
    ",--wrap=pthread_key_delete,--wrap=pthread_setspecific,--wrap=pthread_getspecific" \
    ",--wrap=pthread_exit,--wrap=thrd_create,--wrap=thrd_join,--wrap=thrd_detach" \
    ",--wrap=thrd_current,--wrap=thrd_exit,--wrap=sched_yield,--wrap=thrd_yield" \
    ",--wrap=thrd_sleep,--wrap=nanosleep,--wrap=usleep,--wrap=sleep,--wrap=clock_gettime" \
    ",--wrap=pthread_mutex_init,--wrap=pthread_mutex_destroy,--wrap=pthread_mutex_lock" \
    ",--wrap=pthread_mutex_trylock,--wrap=pthread_mutex_timedlock" \
    ",--wrap=pthread_mutex_unlock,--wrap=mtx_init,--wrap=mtx_destroy,--wrap=mtx_lock" \
    ",--wrap=mtx_trylock,--wrap=mtx_unlock,--wrap=pthread_cond_init" \
    ",--wrap=pthread_cond_destroy,--wrap=pthread_cond_wait,--wrap=pthread_cond_timedwait" \
    ",--wrap=pthread_cond_signal,--wrap=pthread_cond_broadcast,--wrap=cnd_init" \
    ",--wrap=cnd_destroy,--wrap=cnd_wait,--wrap=cnd_signal,--wrap=cnd_broadcast" \
    ",--wrap=sem_init,--wrap=sem_destroy,--wrap=sem_wait,--wrap=sem_post" \
    ",--wrap=pthread_once,--wrap=call_once,--wrap=syscall,--wrap=malloc,--wrap=calloc" \
    ",--wrap=free,--wrap=realloc,--wrap=aligned_alloc,--wrap=posix_memalign,--wrap=strdup" \
    ",--wrap=memcpy,--wrap=memmove,--wrap=memset,--wrap=__assert_fail,--wrap=abort" \
    ",--wrap=exit"
/* clang-format on */

/* Compile and link. words: sources, archives, and what else the compiler is to be told, up to NULL.
 * Headers are found from $SYSLAB_ROOT on. Ends the process when it fails: the compiler has said why. */
void interleave_compile(const char *compiler, char **words, const char *out);

#endif
