/* bench_tagged.c - a pair that is counted up by compare-and-swap.
 *
 *   cas-16B   beside the bare instruction in a loop that keeps everything in registers, beside one of
 *             8 bytes, and beside libatomic, which is what __atomic_compare_exchange of 16 bytes
 *             calls with gcc
 *
 * A second thread sleeps meanwhile: with one thread only, parts of the C library are faster.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "07_unsafe/tagged.h"
#include "bench/bench.h"

static struct tagged_pair pair;

static void *set_up(void)
{
    pair = (struct tagged_pair){&pair, 0};
    return &pair;
}

static uint64_t ours(void *context, uint64_t operations)
{
    struct tagged_pair *target = context, seen = tagged_pair_guess(target);
    uint64_t swapped = 0;
    for (uint64_t i = 0; i < operations; i++) {
        struct tagged_pair desired = {seen.pointer, seen.count + 1};
        if (tagged_pair_compare_exchange(target, &seen, desired)) {
            seen = desired;
            swapped++;
        }
    }
    return swapped;
}

#if defined(__x86_64__)
static uint64_t bare(void *context, uint64_t operations)
{
    uint64_t count = 0;
    if (!operations)
        return 0;
    __asm__ volatile("1: movq %%rdx, %%rcx\n\tincq %%rcx\n\tmovq %%rax, %%rbx\n\t"
                     "lock cmpxchg16b (%[target])\n\t"
                     "jne 2f\n\tmovq %%rcx, %%rdx\n\tincq %[count]\n\t"
                     "2: decq %[left]\n\tjnz 1b"
                     : [count] "+r"(count), [left] "+r"(operations)
                     : [target] "r"(context), "a"(pair.pointer), "d"(pair.count)
                     : "rbx", "rcx", "memory", "cc");
    return count;
}
static bool bare_available(void)
{
    return true;
}
#else
static uint64_t bare(void *context, uint64_t operations)
{
    (void)context;
    return operations;
}
static bool bare_available(void)
{
    return false;
}
#endif

static uint64_t one_word(void *context, uint64_t operations)
{
    struct tagged_pair *target = context;
    uint64_t swapped = 0;
    uintptr_t seen = target->count;
    for (uint64_t i = 0; i < operations; i++) {
        uintptr_t desired = seen + 1;
        if (__atomic_compare_exchange_n(&target->count, &seen, desired, false, __ATOMIC_SEQ_CST,
                                        __ATOMIC_SEQ_CST)) {
            seen = desired;
            swapped++;
        }
    }
    return swapped;
}

__extension__ typedef unsigned __int128 wide;
static bool (*libatomic_exchange)(void *target, void *expected, wide desired, int, int);

static bool libatomic_available(void)
{
    void *library = bench_library("libatomic.so.1");
    void *symbol = library ? bench_symbol(library, "__atomic_compare_exchange_16") : NULL;
    memcpy(&libatomic_exchange, &symbol, sizeof(symbol));
    return symbol != NULL;
}

static uint64_t by_libatomic(void *context, uint64_t operations)
{
    struct tagged_pair *target = context, seen = *target;
    uint64_t swapped = 0;
    for (uint64_t i = 0; i < operations; i++) {
        struct tagged_pair desired = {seen.pointer, seen.count + 1};
        wide both;
        memcpy(&both, &desired, sizeof(both));
        if (libatomic_exchange(target, &seen, both, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
            seen = desired;
            swapped++;
        }
    }
    return swapped;
}

static const struct bench_contender bare_peer[] = {
    {.name = "syslab", .run = ours, .setup = set_up},
    {.name = "bare-cmpxchg16b", .run = bare, .setup = set_up, .available = bare_available},
    {0},
};
static const struct bench_contender others[] = {
    {.name = "syslab", .run = ours, .setup = set_up},
    {.name = "cas-of-8-bytes", .run = one_word, .setup = set_up},
    {.name = "libatomic",
     .run = by_libatomic,
     .setup = set_up,
     .available = libatomic_available,
     .package = "libatomic1"},
    {0},
};

static const struct bench_row rows[] = {
    {.name = "tagged/cas-16B",
     .work = "compare and swap a pointer and a counter",
     .operations = 1 << 20,
     .floor = 1.1,
     .contenders = bare_peer},
    {.name = "tagged/cas-16B-others",
     .work = "the same, beside half of it and beside libatomic",
     .operations = 1 << 20,
     .contenders = others},
    {0},
};

static void *sleep_for_ever(void *argument)
{
    for (;;)
        pause();
    return argument;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, sleep_for_ever, NULL) != 0)
        return 2;
    return bench_main(argc, argv, rows);
}
