/* rwlock_starve_broken.c - a lock that lets every reader in lets no writer in.
 *
 * As long as one reader is inside, the next one may join it: nobody is disturbed. So readers that overlap keep the lock
 * for ever. This is what pthread_rwlock does unless it is told otherwise. The repair is in rwlock_starve_fixed.c.
 *
 *   rwlock_starve_broken
 *
 * Expected output:
 *     the first reader is inside
 *     a writer asks
 *     1000 more readers came and went, each before the one before it had left
 *     did the writer get in? no
 *     all readers have left
 *     the writer is inside
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER; /* prefers readers */
static atomic_bool asks, is_inside;

static void *write_once(void *unused)
{
    atomic_store(&asks, true);
    pthread_rwlock_wrlock(&lock);
    atomic_store(&is_inside, true);
    pthread_rwlock_unlock(&lock);
    return unused;
}

int main(void)
{
    pthread_t writer;
    pthread_rwlock_rdlock(&lock);
    printf("the first reader is inside\n");
    if (pthread_create(&writer, NULL, write_once, NULL) != 0)
        return 1;
    while (!atomic_load(&asks))
        continue;
    nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
    printf("a writer asks\n");

    for (int i = 0; i < 1000; i++) {
        pthread_rwlock_rdlock(&lock); /* the next reader comes, */
        pthread_rwlock_unlock(&lock); /* and one leaves */
    }
    printf("1000 more readers came and went, each before the one before it had left\n");
    printf("did the writer get in? %s\n", atomic_load(&is_inside) ? "yes" : "no");

    pthread_rwlock_unlock(&lock);
    printf("all readers have left\n");
    pthread_join(writer, NULL);
    printf("the writer is inside\n");
    return 0;
}
