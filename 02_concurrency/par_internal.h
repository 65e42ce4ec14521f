/* par_internal.h - how par and par_scan decide whether to work alone: by the processor's counter, which costs a
 * third of a clock. Part of the module par.
 *
 * Interface: par_ticks PAR_ALONE_US PAR_BLOCK_US par_first_block PAR_FIRST_GROWTH
 */
#ifndef SYSLAB_CONCURRENCY_PAR_INTERNAL_H
#define SYSLAB_CONCURRENCY_PAR_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

enum {
    PAR_BLOCK_US = 6,        /* between two looks at who could help */
    PAR_ALONE_US = 12,       /* what is over sooner wakes nobody */
    PAR_FIRST_BLOCKS = 32,   /* the first block is one of so many, ... */
    PAR_FIRST_LENGTH = 1024, /* ... or this long: its elements may turn out to be slow */
    PAR_FIRST_GROWTH = 32,   /* if they are not, all the rest is the second block */
};

/* Returns: how far bits_cycles counts in so many microseconds, at least roughly. */
static inline uint64_t par_ticks(unsigned us)
{
#if defined(__aarch64__)
    uint64_t per_second;
    __asm__("mrs %0, cntfrq_el0" : "=r"(per_second));
    return per_second * us / 1000000;
#else
    return us * UINT64_C(2500); /* 2 to 5 GHz: the order of magnitude is enough */
#endif
}

/* Returns: how many of count elements to begin with. */
static inline size_t par_first_block(size_t count)
{
    size_t first = count / PAR_FIRST_BLOCKS;
    if (first == 0)
        return 1;
    return first < PAR_FIRST_LENGTH ? first : PAR_FIRST_LENGTH;
}

#endif
