/* stack_cache.h - stacks for contexts: mapped with a guard below, and kept for the next one.
 *
 * A stack that overflows runs into whatever is mapped below it, and no check of C sees it. So below
 * each stack lies a page that may not be touched: an overflow is a fault at once, at the guilty
 * instruction. (One that leaps over the page with a huge array is not; gcc's -fstack-clash-protection
 * makes it touch every page on its way.)
 *
 *     base - guard      base                                    base + size_bytes
 *     | guard: a fault | ...... free ...... | frames, growing downwards |
 *
 * To map, guard and unmap costs three system calls and the faults of the first touch. A context lives
 * for a microsecond. So stacks that are given back are kept, warm, the latest first.
 *
 * Guards: from Linux 6.13 by madvise(MADV_GUARD_INSTALL), which needs no mapping of its own; before
 * that by mprotect, which splits the mapping in two, and a process may have 65530 of those
 * (vm.max_map_count): at some 32000 stacks -ENOMEM.
 *
 * Invariant: every stack is in the hands of one user, or once in the list of free ones; live_count
 * and free_count say how many. The list's links are in the stacks themselves, at their top, which
 * was touched anyway.
 *
 * Do not: put back a stack that a context may still run on; take a stack for zeroed memory; keep an
 * address of what lay on it (the address sanitizer reports its use while the stack is free).
 *
 * Threads: one at a time; a runtime has one cache a thread.
 * Interface: stack_cache_init stack_cache_fini stack_cache_get stack_cache_put stack_cache_trim
 * Source: mmap(2), madvise(2) MADV_GUARD_INSTALL, mprotect(2); Linux Documentation/admin-guide/
 *         sysctl/vm.rst.
 */
#ifndef SYSLAB_UNSAFE_STACK_CACHE_H
#define SYSLAB_UNSAFE_STACK_CACHE_H

#include <stdbool.h>
#include <stddef.h>

struct stack {
    void *base; /* lowest byte, just above the guard */
    size_t size_bytes;
};

struct stack_cache {
    size_t stack_bytes; /* of each stack, without its guard: whole pages */
    size_t guard_bytes; /* a page */
    size_t free_max;    /* more free ones than this are unmapped */
    size_t free_count, live_count;
    struct stack_cache_free *free;
    bool guard_by_madvise; /* the kernel can; false is the older way, for tests */
};

/* stack_bytes: rounded up to pages. Nothing is mapped yet.
 * Errors: -EINVAL: 0, or more than PTRDIFF_MAX with its guard. */
int stack_cache_init(struct stack_cache *cache, size_t stack_bytes, size_t free_max);

/* Unmap all free stacks. None may be in use. */
void stack_cache_fini(struct stack_cache *cache);

/* Errors: -ENOMEM: no memory, or no more mappings (see above); *out is then as it was.
 * Owns: the caller, until stack_cache_put. Cost: O(1); two system calls if none is free. */
int stack_cache_get(struct stack_cache *cache, struct stack *out);

/* Cost: O(1); a system call if free_max stacks are free already. */
void stack_cache_put(struct stack_cache *cache, struct stack stack);

/* Give the kernel the memory of all free stacks but `keep`. */
void stack_cache_trim(struct stack_cache *cache, size_t keep);

#endif
