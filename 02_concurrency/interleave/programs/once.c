/* once.c - a value that is made by whoever comes first: call_once, and the double-checked way, right and wrong. C11's threads.
 * Four: either thread makes it, and the other sees it being made or made.
 *
 * Run: => complete: 4 executions
 * Run: -- -DDOUBLE_CHECKED => complete: 4 executions
 * Run: -- -DDOUBLE_CHECKED -DPUBLISH=memory_order_relaxed => data race
 * Run: -- -DDOUBLE_CHECKED -DLOOK=memory_order_relaxed => data race
 */
#include <assert.h>
#include <stdatomic.h>
#include <stddef.h>
#include <threads.h>

#ifndef PUBLISH
#define PUBLISH memory_order_release
#endif
#ifndef LOOK
#define LOOK memory_order_acquire
#endif

static int value;

#ifdef DOUBLE_CHECKED
static mtx_t mutex; /* all zeros: unlocked, here and in glibc */
static _Atomic(int *) made;

static int *get(void)
{
    int *now = atomic_load_explicit(&made, LOOK);
    if (now)
        return now;
    mtx_lock(&mutex);
    now = atomic_load_explicit(&made, memory_order_relaxed);
    if (!now) {
        value = 42;
        now = &value;
        atomic_store_explicit(&made, now, PUBLISH);
    }
    mtx_unlock(&mutex);
    return now;
}
#else
static once_flag flag = ONCE_FLAG_INIT;

static void make(void)
{
    value = 42;
}

static int *get(void)
{
    call_once(&flag, make);
    return &value;
}
#endif

static int run(void *argument)
{
    (void)argument;
    assert(*get() == 42);
    return 0;
}

int main(void)
{
    thrd_t threads[2];
    for (int thread = 0; thread < 2; thread++)
        thrd_create(&threads[thread], run, NULL);
    for (int thread = 0; thread < 2; thread++)
        thrd_join(threads[thread], NULL);
    return 0;
}
