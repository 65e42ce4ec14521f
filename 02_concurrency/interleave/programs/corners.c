/* corners.c - what an explorer gets wrong easily: each was wrong here once.
 *
 * Run: -- -DNEIGHBOUR => assertion failed: atomic_load(&pair.flag) != 0
 * Run: -- -DRELEASE_SEQUENCE => data race
 * Run: -- -DSIZES => atomic accesses of different sizes
 * Run: -- -DJOIN_ONESELF => every thread that is left waits for another one
 * Run: -- -DMAIN_LEFT => every thread that is left waits for another one
 * Run: -- -DASSUME => assertion failed: 0
 * Run: --outcomes -- -DWEAK => expected=1 ok=0
 * Run: -- -DDEADLINE => complete: 2 executions
 * Run: -- -DMANY_READS => data race
 * Run: -- -DTRY_SEMAPHORE => complete: 2 executions
 * Run: --random 200 -- -DREAD_BEFORE => assertion failed
 * Run: -- -DCRASH => signal 11
 * Run: -- -DENDLESS => goes on without an operation that others can see
 * Run: -- -DLEAVES => _exit
 * Run: -- -DEXPECTED => complete:
 */
#include <assert.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <unistd.h>

#include "02_concurrency/interleave/interleave.h"

static struct {
    int beside;
    atomic_int flag;
} _Alignas(8) pair;
static atomic_int x;
static volatile int plain; /* that the compiler keeps */
static volatile char bytes[8];
static sem_t semaphore;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

#if defined(EXPECTED)
/* What was there instead is kept where no register and no stack has it: the loop goes on with another value. */
static int expected[3];
static void add_one(int *from)
{
    while (!atomic_compare_exchange_weak(&x, from, *from + 1))
        ;
}
#endif

static void *first(void *argument)
{
#if defined(NEIGHBOUR)
    atomic_store(&pair.flag, 1);
    pair.beside = 1;
    atomic_store(&pair.flag, 2);
#elif defined(RELEASE_SEQUENCE)
    plain = 1;
    atomic_store_explicit(&x, 1, memory_order_release);
#elif defined(WEAK)
    int expected = 1;
    bool ok = atomic_compare_exchange_weak_explicit(&x, &expected, 5, memory_order_relaxed,
                                                    memory_order_relaxed);
    interleave_note("expected", expected);
    interleave_note("ok", ok);
#elif defined(MANY_READS)
    int sum = 0;
    for (int byte = 0; byte < 8; byte++)
        bytes[byte] = (char)byte;
    for (int byte = 0; byte < 8; byte++)
        sum += bytes[byte];
    (void)sum;
#elif defined(TRY_SEMAPHORE)
    (void)sem_trywait(&semaphore);
#elif defined(READ_BEFORE)
    assert(atomic_load(&x) == 0);
#elif defined(MAIN_LEFT)
    pthread_mutex_lock(&mutex);
    pthread_mutex_lock(&mutex);
#elif defined(DEADLINE)
    const struct timespec until = {0, 0};
    pthread_mutex_lock(&mutex);
    (void)pthread_cond_timedwait(&changed, &mutex, &until);
    pthread_mutex_unlock(&mutex);
#elif defined(ASSUME)
    atomic_store(&x, 1);
#elif defined(CRASH)
    *(volatile int *)argument = 1; /* NULL */
#elif defined(ENDLESS)
    volatile int stop = 0;
    while (!stop)
        ;
#elif defined(LEAVES)
    _exit(0);
#elif defined(EXPECTED)
    add_one(&expected[0]);
#endif
    return argument;
}

static void *second(void *argument)
{
#if defined(NEIGHBOUR)
    assert(atomic_load(&pair.flag) != 0);
#elif defined(RELEASE_SEQUENCE)
    if (atomic_fetch_add_explicit(&x, 1, memory_order_relaxed) == 1)
        atomic_store_explicit(&x, 10, memory_order_relaxed);
#elif defined(WEAK)
    atomic_store_explicit(&x, 1, memory_order_relaxed);
#elif defined(MANY_READS)
    return (void *)(intptr_t)bytes[0];
#elif defined(TRY_SEMAPHORE)
    sem_post(&semaphore);
#elif defined(READ_BEFORE)
    atomic_store(&x, 1);
#elif defined(EXPECTED)
    add_one(&expected[1]);
#endif
    return argument;
}

static void *third(void *argument)
{
#if defined(EXPECTED)
    add_one(&expected[2]);
#elif defined(RELEASE_SEQUENCE)
    if (atomic_load_explicit(&x, memory_order_acquire) == 10)
        plain = 2; /* the 10 is nobody's release */
#endif
    return argument;
}

int main(void)
{
    pthread_t threads[3];
    (void)plain, (void)semaphore, (void)mutex, (void)changed, (void)bytes;
#if defined(SIZES)
    union {
        _Atomic(int64_t) whole;
        atomic_int half;
    } word = {0};
    atomic_store(&word.whole, 1);
    return atomic_load(&word.half);
#elif defined(JOIN_ONESELF)
    return pthread_join(pthread_self(), NULL);
#endif
#if defined(TRY_SEMAPHORE)
    sem_init(&semaphore, 0, 1);
#endif
    pthread_create(&threads[0], NULL, first, NULL);
    pthread_create(&threads[1], NULL, second, NULL);
    pthread_create(&threads[2], NULL, third, NULL);
#if defined(ASSUME)
    interleave_assume(atomic_load(&x) == 1);
    assert(0);
#elif defined(MAIN_LEFT)
    pthread_exit(NULL);
#endif
    for (int thread = 0; thread < 3; thread++)
        pthread_join(threads[thread], NULL);
    return 0;
}
