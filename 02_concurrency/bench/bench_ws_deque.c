/* bench_ws_deque.c - 02_concurrency/ws_deque beside crossbeam-deque's, which also reclaims old buffers, by epochs.
 *
 *   owner    32 pushes and 32 pops in turn; one of each is an operation
 *   steal    32 pushes and 32 steals by the same thread
 *   batch    the same, 16 steals a call
 *   two      as owner, with a thief in a second thread
 */
#include <pthread.h>

#include "02_concurrency/ws_deque.h"
#include "bench/bench.h"

enum { BURST = 32, BATCH = 16 };

static void *setup(void)
{
    static struct ws_deque deque;
    return ws_deque_init(&deque, allocator_system(), 64) == 0 ? &deque : NULL;
}

static void teardown(void *deque)
{
    ws_deque_fini(deque);
}

static uint64_t push_burst(struct ws_deque *deque, uint64_t at, uint64_t operations)
{
    uint64_t end = at + BURST < operations ? at + BURST : operations;
    for (; at < end; at++) {
        void *item = (void *)(uintptr_t)(at + 1);
        bench_keep(item);
        ws_deque_push(deque, item);
    }
    return end;
}

static uint64_t owner(void *context, uint64_t operations)
{
    struct ws_deque *deque = context;
    uint64_t sum = 0;
    for (uint64_t at = 0; at < operations;) {
        at = push_burst(deque, at, operations);
        for (void *item; (item = ws_deque_pop(deque)) != NULL;)
            sum += (uintptr_t)item;
    }
    return sum;
}

static uint64_t steal(void *context, uint64_t operations)
{
    struct ws_deque *deque = context;
    uint64_t sum = 0;
    for (uint64_t at = 0; at < operations;) {
        at = push_burst(deque, at, operations);
        for (void *item; ws_deque_steal(deque, &item) == WS_DEQUE_STOLEN;)
            sum += (uintptr_t)item;
    }
    return sum;
}

static uint64_t steal_batch(void *context, uint64_t operations)
{
    struct ws_deque *deque = context;
    uint64_t sum = 0;
    void *items[BATCH];
    for (uint64_t at = 0; at < operations;) {
        at = push_burst(deque, at, operations);
        for (size_t taken; (taken = ws_deque_steal_batch(deque, items, BATCH)) > 0;)
            while (taken > 0)
                sum += (uintptr_t)items[--taken];
    }
    return sum;
}

struct thief {
    struct ws_deque *deque;
    atomic_bool over;
    uint64_t sum;
};

static void *thieve(void *argument)
{
    struct thief *thief = argument;
    uint64_t sum = 0;
    for (;;) {
        /* acquire: pairs with the release in two */
        bool last = atomic_load_explicit(&thief->over, memory_order_acquire);
        void *item;
        enum ws_deque_stolen stolen = ws_deque_steal(thief->deque, &item);
        if (stolen == WS_DEQUE_STOLEN)
            sum += (uintptr_t)item;
        else if (stolen == WS_DEQUE_EMPTY && last)
            break;
    }
    thief->sum = sum;
    return NULL;
}

static uint64_t two(void *context, uint64_t operations)
{
    struct thief thief = {.deque = context};
    pthread_t thread;
    if (pthread_create(&thread, NULL, thieve, &thief) != 0)
        return 0;
    uint64_t sum = owner(context, operations);
    /* release: pairs with the acquire in thieve */
    atomic_store_explicit(&thief.over, true, memory_order_release);
    pthread_join(thread, NULL);
    return sum + thief.sum;
}

#define CONTENDERS(function, peer)                                                                 \
    {                                                                                              \
        {.name = "syslab", .run = function, .setup = setup, .teardown = teardown},                 \
            {.name = "crossbeam-deque", .symbol = peer, .package = "librust-crossbeam-deque-dev"}, \
            {.name = NULL},                                                                        \
    }

static const struct bench_contender owner_contenders[] =
    CONTENDERS(owner, "peer_crossbeam_deque_owner");
static const struct bench_contender steal_contenders[] =
    CONTENDERS(steal, "peer_crossbeam_deque_steal");
static const struct bench_contender batch_contenders[] =
    CONTENDERS(steal_batch, "peer_crossbeam_deque_steal");
static const struct bench_contender two_contenders[] = CONTENDERS(two, "peer_crossbeam_deque_two");

static const struct bench_row rows[] = {
    {.name = "ws_deque/owner",
     .work = "a push and a pop, 32 of each in turn",
     .operations = 1 << 20,
     .floor = 0.8,
     .contenders = owner_contenders},
    {.name = "ws_deque/steal",
     .work = "a push and a steal, 32 of each in turn",
     .operations = 1 << 20,
     .floor = 0.8,
     .contenders = steal_contenders},
    {.name = "ws_deque/steal-batch",
     .work = "the same, ours takes up to 16 a call",
     .operations = 1 << 20,
     .contenders = batch_contenders},
    {.name = "ws_deque/two-threads",
     .work = "a push and a pop, 32 of each in turn, beside a thief",
     .operations = 1 << 20,
     .two_threads = true,
     .contenders = two_contenders},
    {.name = NULL},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv, rows);
}
