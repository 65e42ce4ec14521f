/* chase_lev.c - the deque of Chase and Lev with the orders of Lê, Pop, Cohen and Zappa Nardelli (2013), each a macro: with nearly any
 * one of them a step weaker somebody gets an item twice, or before it is written.
 *
 * Run: => complete:
 * Run: -- -DPUSH_BOTTOM=memory_order_relaxed => data race
 * Run: -- -DTAKE_FENCE=memory_order_acq_rel => assertion
 * Run: -- -DSTEAL_FENCE=memory_order_acq_rel => assertion
 * Run: -- -DSTEAL_BOTTOM=memory_order_relaxed => data race
 * Run: -- -DLAST=memory_order_relaxed => complete:
 *
 * The last line is a warning: the paper's exchange is seq_cst, and no execution of this program needs that. It is a small program.
 * Its places are never used twice. Complete means: of what you asked.
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#ifndef PUSH_BOTTOM
#define PUSH_BOTTOM memory_order_release
#endif
#ifndef TAKE_FENCE
#define TAKE_FENCE memory_order_seq_cst
#endif
#ifndef STEAL_FENCE
#define STEAL_FENCE memory_order_seq_cst
#endif
#ifndef STEAL_BOTTOM
#define STEAL_BOTTOM memory_order_acquire
#endif
#ifndef LAST
#define LAST memory_order_seq_cst
#endif

enum { ITEMS = 2, CAPACITY = 2 };

static _Atomic(long) top, bottom;
static _Atomic(int *) ring[CAPACITY];
static int items[ITEMS]; /* plain: written before the push, read by whoever has it */
static atomic_int had[ITEMS];

static void push(int *item)
{
    long place = atomic_load_explicit(&bottom, memory_order_relaxed);
    atomic_store_explicit(&ring[place % CAPACITY], item, memory_order_relaxed);
    atomic_store_explicit(&bottom, place + 1, PUSH_BOTTOM);
}

static int *take(void)
{
    long place = atomic_load_explicit(&bottom, memory_order_relaxed) - 1;
    atomic_store_explicit(&bottom, place, memory_order_relaxed);
    atomic_thread_fence(TAKE_FENCE);
    long first = atomic_load_explicit(&top, memory_order_relaxed);
    int *item = NULL;
    if (first <= place)
        item = atomic_load_explicit(&ring[place % CAPACITY], memory_order_relaxed);
    if (first < place)
        return item;
    if (first == place && !atomic_compare_exchange_strong_explicit(&top, &first, first + 1, LAST,
                                                                   memory_order_relaxed))
        item = NULL; /* a thief was faster */
    atomic_store_explicit(&bottom, place + 1, memory_order_relaxed);
    return item;
}

static int *steal(void)
{
    long first = atomic_load_explicit(&top, memory_order_acquire);
    atomic_thread_fence(STEAL_FENCE);
    if (first >= atomic_load_explicit(&bottom, STEAL_BOTTOM))
        return NULL;
    int *item = atomic_load_explicit(&ring[first % CAPACITY], memory_order_relaxed);
    return atomic_compare_exchange_strong_explicit(&top, &first, first + 1, LAST,
                                                   memory_order_relaxed)
               ? item
               : NULL;
}

static void have(const int *item)
{
    if (!item)
        return;
    assert(*item == 7);
    assert(atomic_fetch_add_explicit(&had[item - items], 1, memory_order_relaxed) == 0);
}

static void *steal_two(void *argument)
{
    have(steal());
    have(steal());
    return argument;
}

int main(void)
{
    pthread_t thief;
    pthread_create(&thief, NULL, steal_two, NULL);
    for (int item = 0; item < ITEMS; item++) {
        items[item] = 7;
        push(&items[item]);
    }
    have(take());
    have(take());
    pthread_join(thief, NULL);
    assert(atomic_load(&had[0]) == 1 && atomic_load(&had[1]) == 1);
    return 0;
}
