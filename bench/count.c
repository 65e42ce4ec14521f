#include "bench/count.h"

#include <gnu/libc-version.h>
#include <stdio.h>
#include <sys/utsname.h>

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_START_INSTRUMENTATION   ((void)0)
#define CALLGRIND_STOP_INSTRUMENTATION    ((void)0)
#define CALLGRIND_ZERO_STATS              ((void)0)
#define CALLGRIND_DUMP_STATS_AT(position) ((void)(position))
#endif

#include "bench/peers.h"

#ifndef SYSLAB_BUILD_KIND
#define SYSLAB_BUILD_KIND "unknown"
#endif

uint64_t count_row(const struct bench_row *row, uint64_t operations_max)
{
    const struct bench_contender *ours = &row->contenders[0];
    uint64_t operations = row->operations < operations_max ? row->operations : operations_max;
    if (row->two_threads)
        return 0;
    for (int counted = 0; counted <= 1; counted++) {
        void *context = ours->setup ? ours->setup() : NULL;
        if (counted) {
            CALLGRIND_START_INSTRUMENTATION;
            CALLGRIND_ZERO_STATS;
        }
        peers_find(ours)(context, operations);
        if (counted) {
            CALLGRIND_STOP_INSTRUMENTATION;
            CALLGRIND_DUMP_STATS_AT(row->name);
        }
        if (ours->teardown)
            ours->teardown(context);
    }
    return operations;
}

const char *count_toolchain(void)
{
#ifdef __clang__
    static const char compiler[] = "clang";
#else
    static const char compiler[] = "gcc";
#endif
    static char text[256];
    struct utsname machine;
    if (uname(&machine) != 0)
        return "unknown";
    snprintf(text, sizeof(text), "%s %s, glibc %s, %s, %s", compiler, __VERSION__,
             gnu_get_libc_version(), machine.machine, SYSLAB_BUILD_KIND);
    return text;
}
