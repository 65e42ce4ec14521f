/* message.c - a value is handed over by a flag. Release and acquire make the value come first; without either of them, on a
 * processor or a compiler that reorders, the reader sees the flag and not the value: a data race.
 *
 * Run: => complete: 1 executions
 * Run: --cc clang => complete: 1 executions
 * Run: -- -DRELEASE=memory_order_relaxed => data race
 * Run: -- -DACQUIRE=memory_order_relaxed => data race
 * Run: -- -DFENCES => complete: 1 executions
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

#if defined(FENCES)
#define RELEASE memory_order_relaxed
#define ACQUIRE memory_order_relaxed
#endif
#ifndef RELEASE
#define RELEASE memory_order_release
#endif
#ifndef ACQUIRE
#define ACQUIRE memory_order_acquire
#endif

static int value;
static atomic_int flag;

static void *sender(void *argument)
{
    value = 42;
#ifdef FENCES
    atomic_thread_fence(memory_order_release);
#endif
    atomic_store_explicit(&flag, 1, RELEASE);
    return argument;
}

static void *receiver(void *argument)
{
    while (atomic_load_explicit(&flag, ACQUIRE) == 0)
        ;
#ifdef FENCES
    atomic_thread_fence(memory_order_acquire);
#endif
    assert(value == 42);
    return argument;
}

int main(void)
{
    pthread_t threads[2];
    pthread_create(&threads[0], NULL, sender, NULL);
    pthread_create(&threads[1], NULL, receiver, NULL);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}
