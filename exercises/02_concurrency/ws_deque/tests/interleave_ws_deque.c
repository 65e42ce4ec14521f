/* interleave_ws_deque.c - the tests of 02_concurrency/ws_deque that are run in every way that their threads can meet.
 *
 * Two or three threads, two items: that is enough for each place where an order is needed. What an item holds is
 * plain memory, so that who has it without having seen its push is a data race.
 */
#include "subject.h"
#include "ws_deque.h"

#include <pthread.h>
#include <stdatomic.h>

enum { ITEMS = 2, WRITTEN = 7 };

static struct ws_deque *deque;
static int items[ITEMS];
static atomic_int had[ITEMS];

static void start(size_t slots)
{
    deque = ws_deque_create(allocator_system(), slots);
    expect_not_null(deque, "ws_deque_create makes a deque when there is memory");
    for (int i = 0; i < ITEMS; i++) {
        items[i] = 0;
        atomic_init(&had[i], 0);
    }
}

static void push(int number)
{
    items[number] = WRITTEN;
    expect_int(ws_deque_push(deque, &items[number]), 0, "a push succeeds when there is memory");
}

static void have(void *item)
{
    int number = item == &items[0] ? 0 : item == &items[1] ? 1 : -1;
    expect_true(number >= 0, "what comes out is what was pushed");
    expect_int(items[number], WRITTEN, "what was written to an item is there for who has it");
    /* relaxed: it counts, and orders nothing */
    expect_int(atomic_fetch_add_explicit(&had[number], 1, memory_order_relaxed), 0,
               "item %d is had once", number);
}

static void pop_one(void)
{
    void *item = ws_deque_pop(deque);
    if (item)
        have(item);
}

static void *steal_one(void *unused)
{
    void *item = NULL;
    if (ws_deque_steal(deque, &item) == WS_DEQUE_STOLEN)
        have(item);
    return unused;
}

static void *steal_two(void *unused)
{
    steal_one(unused);
    return steal_one(unused);
}

/* What nobody has had is still there. */
static void finish(int pushed)
{
    for (void *item; (item = ws_deque_pop(deque));)
        have(item);
    for (int i = 0; i < pushed; i++)
        expect_int(atomic_load_explicit(&had[i], memory_order_relaxed), 1, "item %d is not lost",
                   i);
    ws_deque_destroy(deque);
}

/* One item; the owner and two thieves want it. */
static void last_item_is_had_once(void)
{
    pthread_t thieves[2];
    start(2);
    push(0);
    for (int i = 0; i < 2; i++)
        pthread_create(&thieves[i], NULL, steal_one, NULL);
    pop_one();
    for (int i = 0; i < 2; i++)
        pthread_join(thieves[i], NULL);
    finish(1);
    subject_done();
}

/* Two items, and as many thefts: the owner's pop, which sees two and swaps nothing, may be the third. */
static void owner_and_thief_see_each_other(void)
{
    pthread_t thief;
    start(2);
    push(0);
    push(1);
    pthread_create(&thief, NULL, steal_two, NULL);
    pop_one();
    pop_one();
    pthread_join(thief, NULL);
    finish(2);
    subject_done();
}

/* The same, and the two thefts are two thieves'. */
static void two_thieves_come_near(void)
{
    pthread_t thieves[2];
    start(2);
    push(0);
    push(1);
    for (int i = 0; i < 2; i++)
        pthread_create(&thieves[i], NULL, steal_one, NULL);
    pop_one();
    for (int i = 0; i < 2; i++)
        pthread_join(thieves[i], NULL);
    finish(2);
    subject_done();
}

static void pushes_and_thefts_meet(void)
{
    pthread_t thief;
    start(2);
    pthread_create(&thief, NULL, steal_two, NULL);
    push(0);
    push(1);
    pop_one();
    pthread_join(thief, NULL);
    finish(2);
    subject_done();
}

/* Who is late reads the slot while the next item is put there. */
static void a_slot_is_used_again(void)
{
    pthread_t thief;
    start(1);
    push(0);
    pthread_create(&thief, NULL, steal_one, NULL);
    pop_one();
    push(1);
    pthread_join(thief, NULL);
    finish(2);
    subject_done();
}

static void growth_and_thefts_meet(void)
{
    pthread_t thief;
    start(1);
    pthread_create(&thief, NULL, steal_two, NULL);
    push(0);
    push(1);
    pthread_join(thief, NULL);
    finish(2);
    subject_done();
}

const struct subject_test subject_tests[] = {
    {"last_item_is_had_once", last_item_is_had_once},
    {"owner_and_thief_see_each_other", owner_and_thief_see_each_other},
    {"two_thieves_come_near", two_thieves_come_near},
    {"pushes_and_thefts_meet", pushes_and_thefts_meet},
    {"a_slot_is_used_again", a_slot_is_used_again},
    {"growth_and_thefts_meet", growth_and_thefts_meet},
    {NULL, NULL},
};
