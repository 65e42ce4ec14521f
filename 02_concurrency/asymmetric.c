/* asymmetric.c - the slow side: membarrier(2), or a fence. */
#include "02_concurrency/asymmetric.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

enum asymmetric_mode asymmetric_best(void)
{
    /* An old kernel says ENOSYS, one that lacks the command EINVAL. Registering twice is fine. */
    long error = syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
    return error == 0 ? ASYMMETRIC_KERNEL : ASYMMETRIC_FENCES;
}

static void full_fence(void)
{
#if defined(ASYMMETRIC_THREAD_SANITIZER)
    /* As in asymmetric_publish, with which it pairs: an exchange in place of the fence. */
    static _Atomic(uint64_t) word;
    atomic_exchange_explicit(&word, 0, memory_order_seq_cst);
#else
    atomic_thread_fence(memory_order_seq_cst); /* pairs with the fence in asymmetric_publish */
#endif
}

bool asymmetric_barrier(enum asymmetric_mode mode)
{
    if (mode == ASYMMETRIC_KERNEL)
        return syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0;
    full_fence();
    return true;
}
