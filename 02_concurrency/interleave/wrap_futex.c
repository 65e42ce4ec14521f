/* wrap_futex.c - futexes, as words of ours: bits for each address, like the condition's. And what is not known here. */
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/futex.h>

#include "02_concurrency/interleave/wrap.h"

enum { FUTEXES_MAX = 64 };

/* The same place for the same address in every execution: never cleared, only the words are, by a version. */
static uintptr_t futex_addresses[FUTEXES_MAX];
static uint32_t futex_bits[FUTEXES_MAX];

static void *bits_of(uintptr_t address)
{
    for (int index = 0; index < FUTEXES_MAX; index++) {
        if (futex_addresses[index] == 0)
            futex_addresses[index] = address;
        if (futex_addresses[index] == address)
            return &futex_bits[index];
    }
    machine_fail(FAILURE_LIMIT, "more than %d futexes", FUTEXES_MAX);
}

void machine_forget_futexes(void)
{
    __builtin_memset(futex_bits, 0, sizeof(futex_bits));
}

/* The kernel checks the value and begins to wait under one lock, which wake takes as well. Here the bit comes first: who wakes
 * either sees it, or did its read-modify-write before ours, and then we see what it wrote before that. */
static long futex_wait(void *address, uint32_t expected, bool deadline)
{
    void *bits = bits_of((uintptr_t)address);
    wrap_ask(UPDATE_OR, __ATOMIC_ACQ_REL, wrap_self_bit(), "futex_wait", bits);
    struct operation look = {
        .kind = EVENT_READ, .order = __ATOMIC_RELAXED, .size = 4, .label = "futex_wait looks"};
    if ((uint32_t)machine_access(look, (uintptr_t)address) != expected) {
        wrap_ask(UPDATE_AND, __ATOMIC_ACQ_REL, ~wrap_self_bit(), "futex_wait leaves", bits);
        machine_set_errno(EAGAIN);
        return -1;
    }
    if (wrap_wait_for_bit(bits, deadline))
        return 0;
    machine_set_errno(ETIMEDOUT);
    return -1;
}

WRAP(long, syscall, long number, ...)
{
    MACHINE_ENTER();
    va_list arguments;
    va_start(arguments, number);
    uint32_t *address = va_arg(arguments, uint32_t *);
    int command = va_arg(arguments, int) & FUTEX_CMD_MASK;
    uint32_t value = va_arg(arguments, uint32_t);
    const void *timeout = va_arg(arguments, const void *);
    va_end(arguments);
    if (number == SYS_membarrier) { /* as on a kernel without it: programs fall back on fences */
        machine_set_errno(ENOSYS);
        return -1;
    }
    if (number != SYS_futex)
        machine_fail(FAILURE_LIMIT, "system call %ld is not known here", number);
    if (command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET)
        return futex_wait(address, value, timeout != NULL);
    if (command != FUTEX_WAKE && command != FUTEX_WAKE_BITSET)
        machine_fail(FAILURE_LIMIT, "futex command %d is not known here", command);
    wrap_wake(bits_of((uintptr_t)address), value, "futex_wake");
    return 1;
}

/* ---- what would stop us all: the machine has one thread, and it would wait for another ---------- */

WRAP(int, pthread_barrier_wait, pthread_barrier_t *barrier)
{
    (void)barrier;
    MACHINE_ENTER();
    machine_fail(FAILURE_LIMIT, "pthread_barrier_wait is not known here");
}
WRAP(int, pthread_cancel, pthread_t thread)
{
    (void)thread;
    MACHINE_ENTER();
    machine_fail(FAILURE_LIMIT, "pthread_cancel is not known here");
}
WRAP(pid_t, fork, void)
{
    MACHINE_ENTER();
    machine_fail(FAILURE_LIMIT, "fork is not known here");
}
