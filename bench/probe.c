#include "bench/probe.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum {
    WARM_TRIPS = 200, /* until both threads run */
    TIMED_TRIPS = 1000,
    NEAR_MAX_NS = 250,
    FAR_MAX_NS = 1000,
    LIMIT_NS = 20 * 1000 * 1000,
};
static const uint64_t STOP = UINT64_MAX;

/* The caller writes odd numbers, the helper the even one that follows. A line of its own. */
static alignas(128) _Atomic uint64_t line;
static sem_t begin, ended;
static bool started;

static void relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void *help(void *unused)
{
    (void)unused;
    for (;;) {
        while (sem_wait(&begin) != 0)
            continue; /* a signal */
        uint64_t value;
        /* relaxed, here and in bounce: the line carries no data, only itself. */
        while ((value = atomic_load_explicit(&line, memory_order_relaxed)) != STOP) {
            if (value % 2)
                atomic_store_explicit(&line, value + 1, memory_order_relaxed);
            else
                relax();
        }
        sem_post(&ended);
    }
    return NULL;
}

int probe_start(void)
{
    pthread_t helper;
    sem_init(&begin, 0, 0);
    sem_init(&ended, 0, 0);
    int error = pthread_create(&helper, NULL, help, NULL);
    if (!error)
        pthread_detach(helper);
    started = !error;
    return -error;
}

/* Returns: false when the limit passed before the trips were over. */
static bool bounce(uint64_t *value, unsigned trips, int64_t limit_ns)
{
    for (unsigned i = 0; i < trips; i++) {
        atomic_store_explicit(&line, *value + 1, memory_order_relaxed);
        *value += 2;
        for (unsigned spins = 1; atomic_load_explicit(&line, memory_order_relaxed) != *value;
             spins++) {
            relax();
            if (spins % 1024 == 0 && now_ns() > limit_ns)
                return false;
        }
    }
    return true;
}

enum probe_state probe_state(void)
{
    if (!started)
        return PROBE_MIXED;
    uint64_t value = 0;
    int64_t limit_ns = now_ns() + LIMIT_NS;
    atomic_store_explicit(&line, value,
                          memory_order_relaxed); /* the helper sleeps until sem_post */
    sem_post(&begin);
    bool finished = bounce(&value, WARM_TRIPS, limit_ns);
    int64_t from_ns = now_ns();
    finished = finished && bounce(&value, TIMED_TRIPS, limit_ns);
    int64_t to_ns = now_ns();
    /* The helper may be about to answer a trip that was given up: say stop until it has gone. */
    do
        atomic_store_explicit(&line, STOP, memory_order_relaxed);
    while (sem_trywait(&ended) != 0);
    return finished ? probe_classify((double)(to_ns - from_ns) / TIMED_TRIPS) : PROBE_MIXED;
}

enum probe_state probe_classify(double round_trip_ns)
{
    if (round_trip_ns < NEAR_MAX_NS)
        return PROBE_NEAR;
    return round_trip_ns < FAR_MAX_NS ? PROBE_FAR : PROBE_MIXED;
}

const char *probe_state_name(enum probe_state state)
{
    static const char *const names[PROBE_STATE_COUNT] = {"near", "far", "mixed"};
    return names[state];
}
