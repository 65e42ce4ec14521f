/* ws_deque.c - the owner pushes two and takes them back, a thief steals twice: each is had once, with what stands in it.
 * Two thieves that steal once each meet each other; with three items it grows while somebody steals.
 *
 * Run: 02_concurrency/ws_deque.c 03_memory/allocator.c => complete:
 * Run: 02_concurrency/ws_deque.c 03_memory/allocator.c -- -DTHIEVES=2 => complete:
 * Run: 02_concurrency/ws_deque.c 03_memory/allocator.c -- -DITEMS=3 => complete:
 * Stays: ws_deque.c load acquire as relaxed: a thief's read of a slot must not see what the owner puts there after the thief's swap.
 *     RC11 has no such executions (a load that sees a store which depends on it); ARM has.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "02_concurrency/ws_deque.h"
#include "03_memory/allocator.h"

#ifndef THIEVES
#define THIEVES 1
#endif
#ifndef ITEMS
#define ITEMS 2
#endif
enum { THEFTS = 2 / THIEVES };

static struct ws_deque deque;
static int items[ITEMS]; /* written before they are pushed, read by whoever has them */
static atomic_int had[ITEMS];

static void have(void *item)
{
    if (!item)
        return;
    atomic_fetch_add_explicit(&had[(int *)item - items], 1, memory_order_relaxed);
    if (*(int *)item != 7)
        abort();
}

static void *steal(void *argument)
{
    for (int attempt = 0; attempt < THEFTS; attempt++) {
        void *item;
        if (ws_deque_steal(&deque, &item) == WS_DEQUE_STOLEN)
            have(item);
    }
    return argument;
}

int main(void)
{
    pthread_t thieves[THIEVES];
    if (ws_deque_init(&deque, allocator_system(), 2) != 0)
        return 1;
    for (int thief = 0; thief < THIEVES; thief++)
        pthread_create(&thieves[thief], NULL, steal, NULL);
    for (int item = 0; item < ITEMS; item++) {
        items[item] = 7;
        ws_deque_push(&deque, &items[item]);
    }
    for (int item = 0; item < ITEMS; item++)
        have(ws_deque_pop(&deque));
    for (int thief = 0; thief < THIEVES; thief++)
        pthread_join(thieves[thief], NULL);
    for (int item = 0; item < ITEMS; item++)
        if (atomic_load_explicit(&had[item], memory_order_relaxed) != 1)
            abort();
    ws_deque_fini(&deque);
    return 0;
}
