/* bench_once.c - a use of what was done once, and the first use.
 *
 *   done     it is done: what every use pays from then on
 *   first    a new one each time: what the first use pays
 *
 * A second thread sleeps meanwhile: alone, parts of the C library are faster.
 */
#include <pthread.h>
#include <threads.h>
#include <unistd.h>

#include "02_concurrency/once.h"
#include "bench/bench.h"

static unsigned made; /* how often */

static int make(void *context)
{
    (void)context;
    made++;
    return 0;
}
static void make_plain(void)
{
    made++;
}

static uint64_t ours_done(void *context, uint64_t operations)
{
    static struct once once;
    (void)context;
    uint64_t failed = 0;
    for (uint64_t i = 0; i < operations; i++) {
        failed += once_run(&once, make, NULL) != 0;
        bench_keep(&once);
    }
    return failed;
}

static uint64_t pthread_done(void *context, uint64_t operations)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)context;
    uint64_t failed = 0;
    for (uint64_t i = 0; i < operations; i++) {
        failed += pthread_once(&once, make_plain) != 0;
        bench_keep(&once);
    }
    return failed;
}

static uint64_t c11_done(void *context, uint64_t operations)
{
    static once_flag once = ONCE_FLAG_INIT;
    (void)context;
    for (uint64_t i = 0; i < operations; i++) {
        call_once(&once, make_plain);
        bench_keep(&once);
    }
    return 0;
}

static uint64_t ours_first(void *context, uint64_t operations)
{
    unsigned before = made;
    (void)context;
    for (uint64_t i = 0; i < operations; i++) {
        struct once once = {0};
        once_run(&once, make, NULL);
        bench_keep(&once);
    }
    return made - before;
}

static uint64_t pthread_first(void *context, uint64_t operations)
{
    unsigned before = made;
    (void)context;
    for (uint64_t i = 0; i < operations; i++) {
        pthread_once_t once = PTHREAD_ONCE_INIT;
        pthread_once(&once, make_plain);
        bench_keep(&once);
    }
    return made - before;
}

static const struct bench_contender done[] = {
    {.name = "syslab", .run = ours_done},
    {.name = "pthread_once", .run = pthread_done},
    {.name = "call_once", .run = c11_done},
    {0},
};
static const struct bench_contender first[] = {
    {.name = "syslab", .run = ours_first},
    {.name = "pthread_once", .run = pthread_first},
    {0},
};

static const struct bench_row rows[] = {
    {.name = "once/done",
     .work = "use what is done",
     .operations = 1 << 20,
     .floor = 1.0,
     .contenders = done},
    {.name = "once/first",
     .work = "a new one each time",
     .operations = 1 << 14,
     .contenders = first},
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
