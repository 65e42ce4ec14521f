/* futex.c - two wait for a word to change, and one wake-up is made; whoever was asleep wakes the next. A thread that found the word
 * changed was not asleep, so it has not used the wake-up up, and nobody sleeps for ever. -DKEEPS: who was asleep wakes nobody.
 *
 * Run: => complete:
 * Run: -- -DKEEPS => every thread that is left waits
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/futex.h>

static atomic_uint word;

static void *wait_for_change(void *argument)
{
    long result = syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
#ifdef KEEPS
    (void)result;
#else
    if (result == 0)
        syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
#endif
    return argument;
}

int main(void)
{
    pthread_t threads[2];
    for (int thread = 0; thread < 2; thread++)
        pthread_create(&threads[thread], NULL, wait_for_change, NULL);
    atomic_store(&word, 1);
    syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    for (int thread = 0; thread < 2; thread++)
        pthread_join(threads[thread], NULL);
    return 0;
}
