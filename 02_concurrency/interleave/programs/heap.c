/* heap.c - what is done wrong with memory, where only some orders do it.
 *
 * Run: -- -DUSE_AFTER_FREE => use after free
 * Run: -- -DDOUBLE_FREE => a block is freed twice
 * Run: -- -DLEAK => 1 block is not freed and not reachable
 * Run: -- -DOUTSIDE => access outside of a block
 * Run: -- -DFOREIGN => what is freed was not allocated
 * Run: -- -DUNINITIALISED => atomic read of memory that nobody wrote
 * Run: -- -DBLANK => read of memory that nobody wrote: thread 0, heap.c
 * Run: -- -DGAPS => complete: 2 executions
 * Run: -- -DSTACK => uses a variable of thread 1, which has ended
 * Run: -- -DSTACK -DWAITS=memory_order_relaxed => ends, and nothing makes it wait for thread 2
 * Run: -- -DSTACK -DWAITS=memory_order_acquire => complete: 2 executions
 * Run: -- -DSTACK -DJOINS => complete: 2 executions
 * Run: => complete: 2 executions
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static _Atomic(atomic_int *) shared;

static void *taker(void *argument)
{
    atomic_int *mine = atomic_exchange(&shared, NULL);
    if (mine) {
        atomic_fetch_add(mine, 1);
#ifndef LEAK
        free(mine);
#endif
    }
    return argument;
}

static void *other(void *argument)
{
#if defined(USE_AFTER_FREE)
    atomic_int *mine = atomic_load(&shared);
    if (mine)
        atomic_fetch_add(mine, 1);
#elif defined(DOUBLE_FREE)
    free(atomic_load(&shared));
#elif defined(OUTSIDE)
    atomic_int *mine = atomic_load(&shared);
    if (mine)
        atomic_store(mine + 1, 1);
#elif defined(FOREIGN)
    free(&shared);
#else
    taker(NULL);
#endif
    return argument;
}

/* A structure is copied with the gap behind its member, and text is written by a library that is not looked into. */
struct gap {
    char member;
    int other;
};

static void look_into_memory(void)
{
    struct gap *from = malloc(sizeof(*from)), to;
    char *text = malloc(8);
    from->member = 'a';
#ifdef BLANK
    if (from->other == 7)
        abort();
#elif defined(GAPS)
    to = *from;
    snprintf(text, 8, "%c", to.member);
    if (text[0] != 'a')
        abort();
#endif
    (void)to;
    free(text);
    free(from);
}

/* A variable of a thread that does not wait for the one that it lends it to. */
static atomic_int used;

static void *lent(void *argument)
{
    atomic_fetch_add((atomic_int *)argument, 1);
    atomic_store_explicit(&used, 1, memory_order_release);
    return NULL;
}

static void *lender(void *argument)
{
    atomic_int own = 0;
    pthread_t thread;
    pthread_create(&thread, NULL, lent, &own);
#if defined(JOINS)
    pthread_join(thread, NULL);
#elif defined(WAITS)
    while (atomic_load_explicit(&used, WAITS) == 0)
        ;
#endif
    return argument;
}

static void lend(void)
{
    pthread_t thread;
#if defined(STACK)
    pthread_create(&thread, NULL, lender, NULL);
    pthread_join(thread, NULL);
#endif
    (void)thread, (void)lender;
}

int main(void)
{
    look_into_memory();
    lend();
    atomic_int *block = malloc(sizeof(*block));
    pthread_t threads[2];
    if (!block)
        return 1;
#ifndef UNINITIALISED
    atomic_init(block, 0);
#endif
    atomic_store(&shared, block);
    pthread_create(&threads[0], NULL, taker, NULL);
    pthread_create(&threads[1], NULL, other, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}
