#include "bench/bench.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bench/peers.h"

static double sample_ns(const struct bench_contender *contender, uint64_t operations, uint64_t *sum)
{
    void *context = contender->setup ? contender->setup() : NULL;
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    *sum = peers_find(contender)(context, operations);
    clock_gettime(CLOCK_MONOTONIC, &to);
    if (contender->teardown)
        contender->teardown(context);
    return ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) /
           (double)operations;
}

static bool installed(const struct bench_contender *contender)
{
    if (!peers_find(contender) || (contender->available && !contender->available()))
        return false;
    if (!contender->setup)
        return true;
    void *context = contender->setup();
    if (context && contender->teardown)
        contender->teardown(context);
    return context;
}

int bench_main(int argc, char **argv, const struct bench_row *rows)
{
    bool smoke = argc > 1 && strcmp(argv[1], "--smoke") == 0;
    peers_reserve_tls(argv);
    for (const struct bench_row *row = rows; row->name; row++) {
        for (const struct bench_contender *c = row->contenders; c->name; c++) {
            if (!installed(c)) {
                printf("%-32s %-16s skipped (package %s)\n", row->name, c->name, peers_package(c));
                continue;
            }
            double best = 1e99;
            uint64_t sum = 0;
            for (int i = 0; i < (smoke ? 1 : 11); i++) {
                double ns = sample_ns(c, smoke ? 1000 : row->operations, &sum);
                best = ns < best ? ns : best;
            }
            printf("%-32s %-16s %10.2f ns %016llx\n", row->name, c->name, best,
                   (unsigned long long)sum);
        }
    }
    return 0;
}
