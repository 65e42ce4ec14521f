/* rwlock_starve_fixed.c - the repair of rwlock_starve_broken.c: who asks to write stops those who come later.
 *
 *   rwlock_starve_fixed
 *
 * Expected output:
 *     the first reader is inside
 *     a writer asks
 *     may the next reader join? no
 *     the first reader has left
 *     the writer was inside
 *     may the next reader join? yes
 */
#include <pthread.h>
#include <stdio.h>

#include "02_concurrency/rwlock.h"

static struct rwlock lock;

static void *write_once(void *unused)
{
    rwlock_write_lock(&lock);
    rwlock_write_unlock(&lock);
    return unused;
}

static void ask(void)
{
    bool joins = rwlock_try_read_lock(&lock);
    printf("may the next reader join? %s\n", joins ? "yes" : "no");
    if (joins)
        rwlock_read_unlock(&lock);
}

/* A thread holds a lock for reading once: the next reader is another thread. */
static void *ask_elsewhere(void *unused)
{
    ask();
    return unused;
}

int main(void)
{
    pthread_t writer, reader;
    rwlock_read_lock(&lock);
    printf("the first reader is inside\n");
    if (pthread_create(&writer, NULL, write_once, NULL) != 0)
        return 1;
    while (!(atomic_load(&lock.state) & RWLOCK_WRITER))
        continue;
    printf("a writer asks\n");
    if (pthread_create(&reader, NULL, ask_elsewhere, NULL) != 0)
        return 1;
    pthread_join(reader, NULL);

    rwlock_read_unlock(&lock);
    printf("the first reader has left\n");
    pthread_join(writer, NULL);
    printf("the writer was inside\n");
    ask();
    return 0;
}
