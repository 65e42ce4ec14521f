/* bits.h - what the processor can and C has no word for, each by intrinsic and by inline assembly.
 *
 * An intrinsic is a function that the compiler knows to be an instruction: it has types, it can be
 * scheduled, and folded where the operand is a constant. Inline assembly is text that the compiler
 * copies: it knows of it what the operands and the clobbers say, and nothing else. Take the
 * intrinsic where there is one. The _asm twins are here to be read beside them, and to be tested
 * against them.
 *
 *     counting    bits_cycles: the time-stamp counter, some 20 cycles to read, no system call
 *     asking      bits_features: what this processor and this kernel allow
 *     hinting     bits_prefetch_read, bits_prefetch_write, bits_spin_hint: never change a result
 *     searching   bits_find_byte: 32 bytes a step where there is AVX2, 16 with SSE2 or NEON, 8 in plain C
 *
 * How a byte is found 8 at a time in plain C: with the byte xor-ed away everywhere, the place where
 * it was is a zero, and (v - 0x01..01) & ~v & 0x80..80 has a bit set at the first zero byte.
 *
 * Invariant: all ways of searching give the same answer and read no byte outside of the range, also
 * where the next page cannot be read. What the machine cannot do is not asked of it: the way is
 * chosen once, when it is first needed.
 *
 * Do not: take cycles for nanoseconds (the counter has a frequency of its own), or for instructions;
 * subtract counters of two cores where features.invariant_tsc is false; prefetch what you are about
 * to read anyway.
 *
 * Threads: any number at once.
 * Interface: bits_cycles bits_cycles_asm bits_cycles_ordered bits_features
 *            bits_prefetch_read bits_prefetch_write bits_prefetch_read_asm
 *            bits_spin_hint bits_spin_hint_asm
 *            bits_find_byte bits_find_byte_portable bits_find_byte_by
 * Source: Intel SDM 2, RDTSC, RDTSCP, CPUID, PREFETCHh, PAUSE; Arm ARM D13 (CNTVCT_EL0); Mycroft 1987
 *         and Warren, Hacker's Delight, 6-1 (the zero byte); gcc manual, "Extended Asm".
 */
#ifndef SYSLAB_UNSAFE_BITS_H
#define SYSLAB_UNSAFE_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

/* ---- counting ---------------------------------------------------------------------------------*/

/* The counter now. Neighbouring instructions may be executed before or after it. */
static inline uint64_t bits_cycles(void)
{
#if defined(__x86_64__)
    return __rdtsc();
#else
    uint64_t value;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(value));
    return value;
#endif
}

/* The same. rdtsc leaves its halves in edx and eax: hence "=a" and "=d". `volatile`: two reads are
 * not one, although they have the same (no) inputs. */
static inline uint64_t bits_cycles_asm(void)
{
#if defined(__x86_64__)
    /* lesson: bits-cycles */
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
    /* end lesson */
#else
    return bits_cycles();
#endif
}

/* The counter when all instructions before are done, and before any behind begins: for timing a few
 * instructions. Cost: a drained pipeline, some 40 cycles. */
static inline uint64_t bits_cycles_ordered(void)
{
#if defined(__x86_64__)
    uint32_t low, high;
    __asm__ volatile("lfence\n\trdtsc\n\tlfence" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
#else
    uint64_t value;
    __asm__ volatile("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r"(value) : : "memory");
    return value;
#endif
}

/* ---- asking -----------------------------------------------------------------------------------*/

/* What may be used: the processor has it, and the kernel saves its registers. */
struct bits_features {
    bool sse2, sse42, avx2, avx512bw, bmi2, cx16, rdtscp;
    bool invariant_tsc; /* the counter runs at one rate, whatever the core's clock does */
    bool neon;
};

/* Cost: some instructions that the processor takes slowly (CPUID): ask once. Threads: any number. */
struct bits_features bits_features(void);

/* ---- hinting ----------------------------------------------------------------------------------*/

/* Bring the line at address near. Any address will do, also one that cannot be read. */
static inline void bits_prefetch_read(const void *address)
{
    __builtin_prefetch(address, 0, 3);
}

/* To be written: this core is to have the line alone. Without -mprfchw gcc makes a plain prefetch of
 * __builtin_prefetch(address, 1), which asks for a shared copy, and then the store makes the trip again. */
static inline void bits_prefetch_write(const void *address)
{
#if defined(__x86_64__)
    __asm__ volatile("prefetchw %0" : : "m"(*(const char *)address));
#else
    __builtin_prefetch(address, 1, 3);
#endif
}

/* "m" names the memory at the address as an operand, and so no register has to be written out; the
 * compiler may use any addressing mode. */
static inline void bits_prefetch_read_asm(const void *address)
{
#if defined(__x86_64__)
    __asm__ volatile("prefetcht0 %0" : : "m"(*(const char *)address));
#else
    __asm__ volatile("prfm pldl1keep, %0" : : "Q"(*(const char *)address));
#endif
}

/* In a loop that waits for another core: leave the pipeline to the other thread of this one, and spare
 * the flush when the awaited store arrives. Cost: 10 to 140 cycles, by model. */
static inline void bits_spin_hint(void)
{
#if defined(__x86_64__)
    _mm_pause();
#else
    __asm__ volatile("yield" : : : "memory");
#endif
}

/* `memory`: what the loop waits for is read again, and not kept in a register. */
static inline void bits_spin_hint_asm(void)
{
#if defined(__x86_64__)
    __asm__ volatile("pause" : : : "memory");
#else
    __asm__ volatile("yield" : : : "memory");
#endif
}

/* ---- searching --------------------------------------------------------------------------------*/

/* Returns: the offset of the first such byte, or count if there is none.
 * Cost: O(offset), some 30 bytes a nanosecond in cache; no byte behind count is read. */
size_t bits_find_byte(const void *bytes, size_t count, uint8_t byte);

/* The same in plain C, 8 bytes a step. */
size_t bits_find_byte_portable(const void *bytes, size_t count, uint8_t byte);

/* The ways to search, for tests and benches. */
enum bits_way {
    BITS_PORTABLE,
    BITS_VECTOR_16,     /* SSE2 or NEON, by intrinsics */
    BITS_VECTOR_32,     /* AVX2, by intrinsics */
    BITS_VECTOR_32_ASM, /* AVX2, by inline assembly */
    BITS_WAYS,
};

typedef size_t (*bits_find_fn)(const void *bytes, size_t count, uint8_t byte);

/* Returns: the function, or NULL if this machine cannot do it. */
bits_find_fn bits_find_byte_by(enum bits_way way);

#endif
