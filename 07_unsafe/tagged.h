/* tagged.h - a pointer and a little more in one word, or in two that change as one.
 *
 * A lock-free structure changes by one compare-and-swap, and so all that has to change together must
 * fit what one instruction swaps. There is room in a pointer:
 *
 *     bit 63        48 47                                    4 3    0
 *     +---------------+---------------------------------------+------+
 *     | high: 16 bits | the address                           | low  |
 *     +---------------+---------------------------------------+------+
 *
 *     low    the address of an object that is aligned to 16 ends in four zeros: a mark, a colour, a
 *            length of up to 15. Portable wherever a pointer is a number.
 *     high   Linux gives a process no address of more than 47 bits (x86-64) or 48 (AArch64) unless it
 *            asks for one by a hint to mmap: 16 bits, a short counter or a hash.
 *     pair   a whole word besides the pointer, 16 bytes in all, by the double-width compare-and-swap:
 *            a counter that does not come round in the life of a program.
 *
 * What the counter is for: ABA. A thread reads that A is on top, and is stopped. Others pop A, pop B,
 * free B, push A again. The thread goes on, finds A on top as before, and its swap succeeds: it
 * makes B the top, which is freed. With a counter beside it that grows at each change, the swap
 * fails, since the pair is another one.
 *
 * Invariant: unpacking gives back exactly the pointer and the tag that were packed; a pointer or tag
 * that would lose a bit is refused. A pair is read and written whole by load and compare_exchange.
 *
 * Do not: dereference a packed word; use the high bits where pointers carry tags already (hardware
 * memory tagging on AArch64, HWASan) or where some mmap asks for more than 48 bits; count on 4 or
 * 16 bits of counter against ABA: they come round, in microseconds or in a second.
 *
 * Threads: packing is pure. On one pair, all operations from any number of threads, lock-free:
 *
 *     operation                  order
 *     tagged_pair_load           sequentially consistent; the memory has to be writable on x86-64
 *     tagged_pair_guess          two acquire loads, each whole, the pair perhaps not: only as what
 *                                compare_exchange expects, which then fails if the guess was torn
 *     tagged_pair_compare_exchange   sequentially consistent (x86-64), acquire and release (AArch64)
 *
 * Interface: tagged_low_pack tagged_low_pointer tagged_low_tag
 *            tagged_high_pack tagged_high_pointer tagged_high_tag
 *            tagged_pair_load tagged_pair_guess tagged_pair_compare_exchange
 * Source: Treiber 1986 (the counter); Intel SDM 2A, CMPXCHG16B; Arm ARM C6.2, LDAXP, STLXP and
 *         CASPAL; Linux Documentation/x86/x86_64/mm.rst and arm64/memory.rst.
 */
#ifndef SYSLAB_UNSAFE_TAGGED_H
#define SYSLAB_UNSAFE_TAGGED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "07_unsafe/sanitizer.h"

#if SANITIZER_THREAD
/* Of the sanitizer's runtime; gcc has it and installs no header for it. */
__extension__ typedef unsigned __int128 tagged_wide;
int __tsan_atomic128_compare_exchange_strong(volatile tagged_wide *target, tagged_wide *expected,
                                             tagged_wide desired, int order, int failure_order);
#endif

enum {
    TAGGED_LOW_BITS_MAX = 12, /* a page */
    TAGGED_HIGH_SHIFT = 48,
};

/* ---- low bits ---------------------------------------------------------------------------------*/

/* *out = the pointer with tag in its lowest tag_bits bits.
 * Returns: false, and *out as it was, if the pointer is not aligned to 2^tag_bits, if the tag has
 * more bits, or if tag_bits is over TAGGED_LOW_BITS_MAX. */
static inline bool tagged_low_pack(const void *pointer, unsigned tag_bits, uintptr_t tag,
                                   uintptr_t *out)
{
    /* lesson: tagged-low */
    if (tag_bits > TAGGED_LOW_BITS_MAX)
        return false;
    uintptr_t mask = ((uintptr_t)1 << tag_bits) - 1, address = (uintptr_t)pointer;
    if ((address & mask) || (tag & ~mask))
        return false;
    *out = address | tag;
    return true;
    /* end lesson */
}

/* The pointer of a word that tagged_low_pack made with as many bits. */
static inline void *tagged_low_pointer(uintptr_t word, unsigned tag_bits)
{
    return (void *)(word >> tag_bits << tag_bits);
}

/* Its tag. */
static inline uintptr_t tagged_low_tag(uintptr_t word, unsigned tag_bits)
{
    return word & (((uintptr_t)1 << tag_bits) - 1);
}

/* ---- high bits --------------------------------------------------------------------------------*/

/* *out = the pointer with tag in its highest 16 bits.
 * Returns: false, and *out as it was, if the pointer uses one of them itself. */
static inline bool tagged_high_pack(const void *pointer, uint16_t tag, uintptr_t *out)
{
    uintptr_t address = (uintptr_t)pointer;
    if (address >> TAGGED_HIGH_SHIFT)
        return false;
    *out = address | (uintptr_t)tag << TAGGED_HIGH_SHIFT;
    return true;
}

/* The pointer of a word that tagged_high_pack made. */
static inline void *tagged_high_pointer(uintptr_t word)
{
    return (void *)(word & (((uintptr_t)1 << TAGGED_HIGH_SHIFT) - 1));
}

/* Its tag. */
static inline uint16_t tagged_high_tag(uintptr_t word)
{
    return (uint16_t)(word >> TAGGED_HIGH_SHIFT);
}

/* ---- two words --------------------------------------------------------------------------------*/

struct tagged_pair {
    _Alignas(16) void *pointer;
    uintptr_t count;
};

/* If *target equals *expected, make it desired; else *expected = what is there.
 * Returns: whether it was equal. Progress: lock-free. Never fails spuriously. */
static inline bool tagged_pair_compare_exchange(struct tagged_pair *target,
                                                struct tagged_pair *expected,
                                                struct tagged_pair desired)
{
#if SANITIZER_THREAD
    /* Assembly is invisible to the sanitizer: it would see neither the access nor the order. */
    tagged_wide wide;
    memcpy(&wide, &desired, sizeof(wide));
    return __tsan_atomic128_compare_exchange_strong((tagged_wide *)target, (tagged_wide *)expected,
                                                    wide, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
#elif defined(__x86_64__)
    /* lesson: tagged-cas */
    bool equal;
    __asm__ volatile("lock cmpxchg16b %[target]"
                     : "=@ccz"(equal), [target] "+m"(*target), "+a"(expected->pointer),
                       "+d"(expected->count)
                     : "b"(desired.pointer), "c"(desired.count)
                     : "memory");
    return equal;
    /* end lesson */
#elif defined(__aarch64__)
    void *pointer;
    uintptr_t count, pointer_differs, differs;
    uint32_t failed;
    /* Also where it differs the pair is stored again, as it was: only a store that succeeds proves
     * that the two halves were read together. */
    __asm__ volatile("1: ldaxp %[pointer], %[count], %[target]\n\t"
                     "eor %[pd], %[pointer], %[ep]\n\t"
                     "eor %[d], %[count], %[ec]\n\t"
                     "orr %[d], %[d], %[pd]\n\t"
                     "cmp %[d], #0\n\t"
                     "csel %[pd], %[dp], %[pointer], eq\n\t"
                     "csel x16, %[dc], %[count], eq\n\t"
                     "stlxp %w[failed], %[pd], x16, %[target]\n\t"
                     "cbnz %w[failed], 1b"
                     : [pointer] "=&r"(pointer), [count] "=&r"(count), [pd] "=&r"(pointer_differs),
                       [d] "=&r"(differs), [failed] "=&r"(failed), [target] "+Q"(*target)
                     : [ep] "r"(expected->pointer), [ec] "r"(expected->count),
                       [dp] "r"(desired.pointer), [dc] "r"(desired.count)
                     : "x16", "memory", "cc");
    expected->pointer = pointer;
    expected->count = count;
    return differs == 0;
#else
#error "tagged: written for x86-64 and AArch64"
#endif
}

/* Returns: the pair, whole. Cost: a compare-and-swap, since no load of 16 bytes is promised to be
 * atomic on every x86-64; where only an expected value is wanted, guess. */
static inline struct tagged_pair tagged_pair_load(struct tagged_pair *target)
{
    struct tagged_pair found = {NULL, 0};
    tagged_pair_compare_exchange(target, &found, found); /* 0 for 0, or nothing */
    return found;
}

/* Returns: the count and then the pointer, which another thread may have changed in between. */
static inline struct tagged_pair tagged_pair_guess(const struct tagged_pair *target)
{
    struct tagged_pair guess;
    guess.count = __atomic_load_n(&target->count, __ATOMIC_ACQUIRE);
    guess.pointer = __atomic_load_n(&target->pointer, __ATOMIC_ACQUIRE);
    return guess;
}

#endif
