/* wrap_futex.c - futexes: those that wait on a word are bits, as those that wait on a condition variable are. */
#include <errno.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/futex.h>

#include "02_concurrency/interleave/wrap.h"

/* The kernel checks the value and begins to wait under one lock, which wake takes as well. Here the bit comes first: who wakes
 * either sees it, or did its read-modify-write before ours, and then we see what it wrote before that. Who leaves because the
 * value is another was never asleep: a wake-up that it has got nevertheless goes on to one who is. */
static long futex_wait(void *address, uint32_t expected, bool deadline)
{
    void *bits = wrap_waiting(address);
    wrap_ask(UPDATE_OR, __ATOMIC_ACQ_REL, wrap_self_bit(), "futex_wait", bits);
    struct operation look = {
        .kind = EVENT_READ, .order = __ATOMIC_RELAXED, .size = 4, .label = "futex_wait looks"};
    if ((uint32_t)machine_access(look, (uintptr_t)address) != expected) {
        graph_value before =
            wrap_ask(UPDATE_AND, __ATOMIC_ACQ_REL, ~wrap_self_bit(), "futex_wait leaves", bits);
        if (!(before & wrap_self_bit()))
            wrap_wake(bits, 1, "futex_wait passes on");
        machine_set_errno(EAGAIN);
        return -1;
    }
    if (wrap_wait_for_bit(bits, deadline, deadline) == 0)
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
    if (number == SYS_gettid)
        return machine_self() + 1;
    if (number != SYS_futex)
        machine_fail(FAILURE_LIMIT, "system call %ld is not known here", number);
    if (command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET)
        return futex_wait(address, value, timeout != NULL);
    if (command != FUTEX_WAKE && command != FUTEX_WAKE_BITSET)
        machine_fail(FAILURE_LIMIT, "futex command %d is not known here", command);
    wrap_wake(wrap_waiting(address), value, "futex_wake");
    return 1;
}
