/* wrap_time.c - time stands still: a thread that sleeps or yields says nothing about who goes on. And what the kernel gives
 * by chance is the same in each run.
 */
#include <sys/time.h>
#include <sys/types.h>
#include <threads.h>
#include <time.h>

#include "02_concurrency/interleave/wrap.h"

enum { NOW_SECONDS = 1000000000 };

WRAP(int, sched_yield, void)
{
    return 0;
}
WRAP(void, thrd_yield, void)
{
}
/* Which processor, as which thread: a number that is the same each time. */
WRAP(int, sched_getcpu, void)
{
    return machine_self();
}
WRAP(pid_t, gettid, void)
{
    return machine_self() + 1;
}
WRAP(int, thrd_sleep, const struct timespec *time, struct timespec *left)
{
    (void)time, (void)left;
    return 0;
}
WRAP(int, nanosleep, const struct timespec *time, struct timespec *left)
{
    (void)time, (void)left;
    return 0;
}
WRAP(int, clock_nanosleep, clockid_t clock, int flags, const struct timespec *time,
     struct timespec *left)
{
    (void)clock, (void)flags, (void)time, (void)left;
    return 0;
}
WRAP(int, usleep, unsigned time)
{
    (void)time;
    return 0;
}
WRAP(unsigned, sleep, unsigned time)
{
    (void)time;
    return 0;
}
WRAP(int, clock_gettime, clockid_t clock, struct timespec *out)
{
    (void)clock;
    *out = (struct timespec){NOW_SECONDS, 0};
    return 0;
}
WRAP(int, gettimeofday, struct timeval *out, void *zone)
{
    (void)zone;
    *out = (struct timeval){NOW_SECONDS, 0};
    return 0;
}
WRAP(int, timespec_get, struct timespec *out, int base)
{
    *out = (struct timespec){NOW_SECONDS, 0};
    return base;
}
WRAP(time_t, time, time_t *out)
{
    if (out)
        *out = NOW_SECONDS;
    return NOW_SECONDS;
}
/* A thread's numbers are its own, so that they do not depend on who went first. */
static uint64_t random_states[GRAPH_THREADS_MAX];

void machine_forget_random(void)
{
    for (int thread = 0; thread < GRAPH_THREADS_MAX; thread++)
        random_states[thread] = (uint64_t)thread + 1;
}

WRAP(ssize_t, getrandom, void *out, size_t bytes, unsigned flags)
{
    (void)flags;
    MACHINE_ENTER();
    machine_touch((uintptr_t)out, bytes, true);
    for (size_t at = 0; at < bytes; at++) {
        uint64_t *state = &random_states[machine_self()];
        *state = *state * 6364136223846793005u + 1442695040888963407u;
        ((unsigned char *)out)[at] = (unsigned char)(*state >> 56);
    }
    return (ssize_t)bytes;
}

WRAP(clock_t, clock, void)
{
    return 0;
}
