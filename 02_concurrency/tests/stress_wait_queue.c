/* stress_wait_queue.c - threads park, wake, move and time out on a few addresses, all at once.
 *
 *   stress_wait_queue [SEED [ROUNDS]]      about a second; prints the seed
 *
 * Every waker adds up whom it woke; every waiter counts what became of its wait. Each wait has to end in exactly one
 * way: woken, refused or timed out, and the two sums of the woken must agree. A quarter of the waits have deadlines so
 * far away that only being woken can end them in time: so a lost waiter is an error.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "02_concurrency/wait_queue.h"
#include "tests/support/stress.h"

enum { THREADS = 8, ADDRESSES = 3, ROUNDS = 15000, WAKERS_LEFT_MS = 20000 };

struct world {
    char objects[ADDRESSES];
    uint64_t rounds;
    atomic_ulong woken, wakes, refused, timed_out, errors;
    atomic_int waiting_threads;
};

struct worker {
    struct world *world;
    uint64_t random;
};

/* relaxed, as all counts here: read after the joins */
static void count(atomic_ulong *what, unsigned long by)
{
    atomic_fetch_add_explicit(what, by, memory_order_relaxed);
}

struct wait {
    bool refuse, timed_out;
};

static bool may_refuse(void *context)
{
    return !((struct wait *)context)->refuse;
}

static void note_timeout(void *context, bool was_last)
{
    (void)was_last;
    ((struct wait *)context)->timed_out = true;
}

static void wait_once(struct worker *worker, const char *object, uint64_t dice)
{
    struct world *world = worker->world;
    struct wait wait = {.refuse = dice % 16 == 0};
    struct wait_queue_park how = {
        .validate = may_refuse, .timed_out = note_timeout, .context = &wait, .kind = dice % 5};
    uint64_t patience_ns = dice % 4 == 3 ? WAKERS_LEFT_MS * DEADLINE_MS : (dice >> 8) % 200000;
    uintptr_t token = 0;
    int result = wait_queue_park(object, &how, deadline_after_ns(patience_ns), &token);
    count(result == 0 ? &world->woken : result == -EAGAIN ? &world->refused : &world->timed_out, 1);
    bool is_right = result == 0         ? token == 1 && !wait.timed_out
                    : result == -EAGAIN ? wait.refuse
                                        : patience_ns < 200000; /* not told where it was moved */
    count(&world->errors, !is_right);
}

static uintptr_t token_one(const struct wait_queue_result *result, void *context)
{
    (void)result, (void)context;
    return 1;
}

static enum wait_queue_choice choose_by_kind(uintptr_t kind, void *context)
{
    (void)context;
    return (enum wait_queue_choice)(kind % 3);
}

static struct wait_queue_plan plan_some(void *context)
{
    uint64_t dice = *(uint64_t *)context;
    return (struct wait_queue_plan){.wake_count = dice % 2, .requeue_count = dice / 2 % 4};
}

static void wake_some(struct worker *worker, const char *object, uint64_t dice)
{
    struct wait_queue_some some = {choose_by_kind, token_one, NULL};
    struct wait_queue_requeue requeue = {.plan = plan_some, .decide = token_one, .context = &dice};
    const char *other = &worker->world->objects[(dice >> 40) % ADDRESSES];
    size_t woken = 0;
    switch (dice % 4) {
    case 0:
        woken = wait_queue_unpark_one(object, token_one, NULL);
        break;
    case 1:
        woken = wait_queue_unpark_some(object, &some);
        break;
    case 2:
        woken = wait_queue_requeue(object, other, &requeue);
        break;
    default:
        woken = wait_queue_unpark_all(object, 1);
    }
    count(&worker->world->wakes, woken);
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    for (uint64_t i = 0; i < worker->world->rounds; i++) {
        uint64_t dice = stress_random(&worker->random);
        const char *object = &worker->world->objects[(dice >> 32) % ADDRESSES];
        if (dice >> 63)
            wait_once(worker, object, dice);
        else
            wake_some(worker, object, dice);
    }
    atomic_fetch_sub(&worker->world->waiting_threads, 1);
    return NULL;
}

/* Until every thread is through, whoever is still asleep is woken. */
static void wake_the_rest(struct world *world)
{
    while (atomic_load(&world->waiting_threads) > 0) {
        struct timespec pause = {.tv_nsec = 1000000};
        nanosleep(&pause, NULL);
        for (int i = 0; i < ADDRESSES; i++)
            count(&world->wakes, wait_queue_unpark_all(&world->objects[i], 1));
    }
}

int main(int argc, char **argv)
{
    static struct world world;
    static struct worker workers[THREADS];
    pthread_t threads[THREADS];
    struct stress stress = stress_begin(argc, argv, ROUNDS);
    world.rounds = stress.rounds;
    world.waiting_threads = THREADS;
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){&world, stress_fork(&stress.random)};
        if (pthread_create(&threads[i], NULL, work, &workers[i]) != 0)
            abort();
    }
    wake_the_rest(&world);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    printf("woken %lu, by the wakers' count %lu, refused %lu, timed out %lu, errors %lu\n",
           world.woken, world.wakes, world.refused, world.timed_out, world.errors);
    return world.errors || world.woken != world.wakes || world.woken == 0 || world.timed_out == 0;
}
