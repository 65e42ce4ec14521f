/* bench_wrong.c - a contender whose answer differs must stop the bench: a wrong peer is no peer. */
#include <stddef.h>

#include "bench/bench.h"

static uint64_t right(void *context, uint64_t operations)
{
    (void)context;
    return operations * 3;
}

/* Right for few operations, so that only the comparison of the samples themselves can tell. */
static uint64_t wrong_late(void *context, uint64_t operations)
{
    (void)context;
    return operations <= 20000 ? operations * 3 : operations * 3 - 1;
}

static uint64_t wrong(void *context, uint64_t operations)
{
    (void)context;
    return operations * 3 + 1;
}

static const struct bench_contender at_once[] = {
    {.name = "syslab", .run = right}, {.name = "impostor", .run = wrong}, {0}};
static const struct bench_contender late[] = {
    {.name = "syslab", .run = right}, {.name = "sleeper", .run = wrong_late}, {0}};
static const struct bench_row rows[] = {
    {.name = "wrong/late", .work = "threes", .operations = 1 << 16, .contenders = late},
    {.name = "wrong/at-once", .work = "threes", .operations = 1 << 16, .contenders = at_once},
    {0},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv, rows);
}
