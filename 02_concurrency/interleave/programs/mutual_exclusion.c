/* mutual_exclusion.c - locks of loads and stores, and of read-modify-writes. Each has a version that is wrong.
 *
 * Run: -- -DPETERSON => complete: 4 executions
 * Run: -- -DPETERSON -DORDER=memory_order_acq_rel => data race
 * Run: -- -DPETERSON -DORDER=memory_order_relaxed => data race
 * Run: -- -DDEKKER => complete:
 * Run: -- -DDEKKER -DORDER=memory_order_acq_rel => data race
 * Run: -- -DBAKERY => complete:
 * Run: -- -DBAKERY -DORDER=memory_order_acq_rel => data race
 * Run: -- -DBAKERY -DNO_DOOR => data race
 * Run: -- -DEXCHANGE => complete: 2 executions
 * Run: -- -DEXCHANGE -DTHREADS=3 => complete: 6 executions
 * Run: -- -DEXCHANGE -DORDER=memory_order_relaxed => data race
 * Run: -- -DTICKET -DTHREADS=3 => complete: 6 executions
 * Run: -- -DTICKET -DORDER=memory_order_relaxed => data race
 * Run: -- -DTEST_THEN_SET => data race
 * Run: -- -DPTHREAD -DTHREADS=4 => complete: 24 executions
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#ifndef ORDER
#define ORDER memory_order_seq_cst
#endif
#ifndef THREADS
#define THREADS 2
#endif

/* acq_rel is for read-modify-writes: a load takes its half, and a store the other. */
#define LOAD_ORDER  (ORDER == memory_order_acq_rel ? memory_order_acquire : ORDER)
#define STORE_ORDER (ORDER == memory_order_acq_rel ? memory_order_release : ORDER)

#if defined(PETERSON)
static atomic_int wants[2], turn;
static void lock(int me)
{
    atomic_store_explicit(&wants[me], 1, STORE_ORDER);
    atomic_store_explicit(&turn, !me, STORE_ORDER);
    while (atomic_load_explicit(&wants[!me], LOAD_ORDER) &&
           atomic_load_explicit(&turn, LOAD_ORDER) == !me)
        ;
}
static void unlock(int me)
{
    atomic_store_explicit(&wants[me], 0, STORE_ORDER);
}
#elif defined(DEKKER)
static atomic_int wants[2], turn;
static void lock(int me)
{
    atomic_store_explicit(&wants[me], 1, STORE_ORDER);
    while (atomic_load_explicit(&wants[!me], LOAD_ORDER)) {
        if (atomic_load_explicit(&turn, LOAD_ORDER) == me)
            continue; /* the other one will step back */
        atomic_store_explicit(&wants[me], 0, STORE_ORDER);
        while (atomic_load_explicit(&turn, LOAD_ORDER) != me)
            ;
        atomic_store_explicit(&wants[me], 1, STORE_ORDER);
    }
}
static void unlock(int me)
{
    atomic_store_explicit(&turn, !me, STORE_ORDER);
    atomic_store_explicit(&wants[me], 0, STORE_ORDER);
}
#elif defined(BAKERY)
/* Lamport 1974: draw a number above all that you see, and wait for the lower ones. The door: while somebody draws, his number
 * is not known yet, so wait for that too. */
static atomic_int draws[THREADS], number[THREADS];
static void lock(int me)
{
    int mine = 0;
#ifndef NO_DOOR
    atomic_store_explicit(&draws[me], 1, STORE_ORDER);
#endif
    for (int other = 0; other < THREADS; other++) {
        int seen = atomic_load_explicit(&number[other], LOAD_ORDER);
        mine = seen > mine ? seen : mine;
    }
    atomic_store_explicit(&number[me], ++mine, STORE_ORDER);
#ifndef NO_DOOR
    atomic_store_explicit(&draws[me], 0, STORE_ORDER);
#endif
    for (int other = 0; other < THREADS; other++) {
        int theirs;
        if (other == me)
            continue;
        while (atomic_load_explicit(&draws[other], LOAD_ORDER))
            ;
        do
            theirs = atomic_load_explicit(&number[other], LOAD_ORDER);
        while (theirs && (theirs < mine || (theirs == mine && other < me)));
    }
}
static void unlock(int me)
{
    atomic_store_explicit(&number[me], 0, STORE_ORDER);
}
#elif defined(TICKET)
static atomic_int next, serving;
static void lock(int me)
{
    (void)me;
    int mine = atomic_fetch_add_explicit(&next, 1, memory_order_relaxed);
    while (atomic_load_explicit(&serving, LOAD_ORDER) != mine)
        ;
}
static void unlock(int me)
{
    (void)me;
    int now = atomic_load_explicit(&serving, memory_order_relaxed);
    atomic_store_explicit(&serving, now + 1, STORE_ORDER);
}
#elif defined(PTHREAD)
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static void lock(int me)
{
    (void)me;
    pthread_mutex_lock(&mutex);
}
static void unlock(int me)
{
    (void)me;
    pthread_mutex_unlock(&mutex);
}
#else
static atomic_int held;
static void lock(int me)
{
    (void)me;
#if defined(TEST_THEN_SET)
    while (atomic_load(&held))
        ;
    atomic_store(&held, 1); /* somebody else may have seen the same */
#else
    while (atomic_exchange_explicit(&held, 1, ORDER))
        ;
#endif
}
static void unlock(int me)
{
    (void)me;
    atomic_store_explicit(&held, 0, STORE_ORDER);
}
#endif

static int count;

static void *run(void *argument)
{
    int me = (int)(intptr_t)argument;
    lock(me);
    count++;
    unlock(me);
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    for (intptr_t thread = 0; thread < THREADS; thread++)
        pthread_create(&threads[thread], NULL, run, (void *)thread);
    for (int thread = 0; thread < THREADS; thread++)
        pthread_join(threads[thread], NULL);
    assert(count == THREADS);
    return 0;
}
