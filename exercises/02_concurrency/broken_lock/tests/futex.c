/* futex.c - rw_sleep and rw_wake: the kernel's, and a count. */
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/futex.h>

#include "broken_lock.h"
#include "futex.h"

atomic_int futex_sleeps;

void rw_sleep(atomic_uint *word, unsigned value)
{
    /* relaxed: it tells a test that somebody waits, and nothing else */
    atomic_fetch_add_explicit(&futex_sleeps, 1, memory_order_relaxed);
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL);
}

void rw_wake(atomic_uint *word, int count)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count);
}
