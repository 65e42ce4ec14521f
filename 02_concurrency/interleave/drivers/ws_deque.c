/* ws_deque.c - the owner pushes two and takes them back, a thief steals twice: each is had once, with what stands in it.
 *
 * Run: 02_concurrency/ws_deque.c 03_memory/allocator.c => complete:
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "02_concurrency/ws_deque.h"
#include "03_memory/allocator.h"

static struct ws_deque deque;
static int items[2]; /* written before they are pushed, read by whoever has them */
static atomic_int had[2];

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
    for (int attempt = 0; attempt < 2; attempt++) {
        void *item;
        if (ws_deque_steal(&deque, &item) == WS_DEQUE_STOLEN)
            have(item);
    }
    return argument;
}

int main(void)
{
    pthread_t thief;
    if (ws_deque_init(&deque, allocator_system(), 2) != 0)
        return 1;
    pthread_create(&thief, NULL, steal, NULL);
    for (int item = 0; item < 2; item++) {
        items[item] = 7;
        ws_deque_push(&deque, &items[item]);
    }
    have(ws_deque_pop(&deque));
    have(ws_deque_pop(&deque));
    pthread_join(thief, NULL);
    if (atomic_load(&had[0]) != 1 || atomic_load(&had[1]) != 1)
        abort();
    ws_deque_fini(&deque);
    return 0;
}
