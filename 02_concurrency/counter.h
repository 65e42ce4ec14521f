/* counter.h - a number that many threads add to and that is seldom read.
 *
 * Bytes sent, requests served: every thread adds, and a page of statistics reads once in a while. One atomic variable is
 * right, and its cache line travels to whoever adds next. So there is a stripe for each processor, on a line of its
 * own, and reading is what costs: it adds the stripes up.
 *
 *     counter ---> | cpu 0: 17 |  ...  | cpu 1: 4 |  ...  | shared: 0 |       value: 21
 *                   \_ CACHE_LINE_APART _/
 *
 * What runs on a processor is alone there until the kernel puts something else in its place. Linux has a means to
 * make use of that, a restartable sequence (rseq(2), since 4.18; glibc registers each thread since 2.35): a few instructions
 * that the kernel, if it has to interrupt the thread between them, makes begin again. "Am I still on this processor? then
 * add to its stripe" is such a sequence, and it needs no locked instruction. Where there is none (another system or
 * processor, valgrind, the thread sanitizer) a stripe belongs to a few threads, which add atomically.
 *
 * Invariant: the value is the sum of the stripes, modulo 2^64, and no addition is lost or counted twice. A processor's
 * stripe is written by restartable sequences on that processor alone, all others by atomic additions alone.
 *
 *     operation         who       together with    progress
 *     add               anyone    everything       wait-free; restarts when the kernel interrupts it
 *     read              anyone    everything       wait-free, O(stripes)
 *     create destroy    one       nothing          -
 *
 * Exact when quiescent: who has synchronised with all that have added (a join, a mutex) reads the exact sum. While others
 * add, a read is no snapshot. If all add positive numbers it lies between the value when the read began and that when it
 * ended; with negative ones among them it may be a value that the counter never had: a transfer from one stripe to
 * another may be seen by half. Additions order nothing else: do not use a counter to say that work is done.
 *
 * Memory: CACHE_LINE_APART bytes for each processor that the machine may have, and as many for the counter.
 * Signal-safe: add and read. After fork: the child's copy is exact but for what other threads were adding.
 *
 * Do not: unload a shared object that adds (dlclose) while threads that did are alive: the kernel still knows the last
 * sequence of each, and reads it.
 *
 * Interface: counter_create counter_destroy counter_add counter_read counter_is_restartable
 * Source: rseq(2) and Linux include/uapi/linux/rseq.h; Desnoyers, "The 5-year journey to bring restartable sequences to
 *         Linux", EfficiOS 2019; McKenney, "Is Parallel Programming Hard", 5, for counters by stripes.
 */
#ifndef SYSLAB_CONCURRENCY_COUNTER_H
#define SYSLAB_CONCURRENCY_COUNTER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "02_concurrency/cache_line.h"
#include "03_memory/allocator.h"
#include "07_unsafe/sanitizer.h"

/* Assembly is invisible to the thread sanitizer, which would report the reader. */
#if defined(__x86_64__) && defined(__linux__) && !SANITIZER_THREAD && __has_include(<sys/rseq.h>)
#define COUNTER_RSEQ 1
#include <sys/rseq.h>
#endif

struct counter_stripe {
    _Alignas(CACHE_LINE_APART) _Atomic(int64_t) sum;
};

struct counter {
    /* Constant after create. */
    _Alignas(CACHE_LINE_APART) uint32_t count; /* of processors */
    bool restartable;                          /* stripes belong to processors, else to threads */
    struct allocator *allocator;
    struct counter_stripe stripes[]; /* count of them, and one that is shared */
};

/* Make a counter of value 0. Returns: 0 and the counter in *out. Errors: -ENOMEM.
 * Owns: the caller owns the counter. */
int counter_create(struct counter **out, struct allocator *allocator);

/* Give the memory back. NULL is ignored. */
void counter_destroy(struct counter *counter);

/* Whether additions are restartable sequences in this process. Never changes. */
bool counter_is_restartable(void);

/* Returns: the sum. Threads: any. Cost: a line of memory for each processor. */
int64_t counter_read(const struct counter *counter);

/* Add atomically, to a stripe that this thread shares with others. */
void counter_add_shared(struct counter *counter, int64_t delta);

#if defined(COUNTER_RSEQ)
/* lesson: counter-rseq */
/* Add to this processor's stripe, in one restartable sequence: if the thread is interrupted between 1 and 2, the kernel
 * makes it go on at 4. Returns: false if it was not (or no longer) on that processor; then nothing was added. */
static inline bool counter_add_here(struct counter *counter, int64_t delta)
{
    char *thread;
    __asm__("movq %%fs:0, %0" : "=r"(thread)); /* the thread pointer */
    struct rseq *area = (void *)(thread + __rseq_offset);
    uint32_t cpu = *(volatile uint32_t *)&area->cpu_id; /* the kernel writes it */
    if (cpu >= counter->count)
        return false; /* also -1 and -2: this thread is not registered */
    __asm__ goto(
        ".pushsection __rseq_cs, \"aw\"\n\t"
        ".balign 32\n\t"
        "3: .long 0, 0\n\t"         /* version, flags */
        ".quad 1f, 2f - 1f, 4f\n\t" /* begin, length, where to go on */
        ".popsection\n\t"
        "leaq 3b(%%rip), %%rax\n\t"
        "movq %%rax, %[descriptor]\n\t" /* from here on the kernel knows */
        "1: cmpl %[cpu], %[current]\n\t"
        "jne %l[moved]\n\t"
        "addq %[delta], %[sum]\n\t" /* the last instruction: done or not done */
        "2:\n\t"
        ".pushsection __rseq_failure, \"ax\"\n\t"
        ".byte 0x0f, 0xb9, 0x3d\n\t" /* with the signature an instruction that traps */
        ".long %c[signature]\n\t"
        "4: jmp %l[moved]\n\t"
        ".popsection"
        :
        : [descriptor] "m"(area->rseq_cs), [current] "m"(area->cpu_id), [cpu] "r"(cpu),
          [delta] "r"(delta), [sum] "m"(counter->stripes[cpu].sum), [signature] "i"(RSEQ_SIG)
        : "rax", "cc", "memory"
        : moved);
    return true;
moved:
    return false;
}
/* end lesson */
#endif

/* Add delta, which may be negative. Threads: any. Progress: wait-free. Never fails. */
static inline void counter_add(struct counter *counter, int64_t delta)
{
#if defined(COUNTER_RSEQ)
    /* Twice: who was moved is on another processor now, and hardly ever moved again at once. */
    if (__builtin_expect(counter->restartable, 1) &&
        (counter_add_here(counter, delta) || counter_add_here(counter, delta)))
        return;
#endif
    counter_add_shared(counter, delta);
}

#endif
