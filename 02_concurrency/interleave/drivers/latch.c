/* latch.c - two count down, one waits and frees the latch: both have written by then, and nobody touches it afterwards. And a
 * group that grows while it is waited for.
 *
 * Run: 02_concurrency/latch.c 02_concurrency/wait_group.c -- -DNDEBUG => complete:
 * Run: 02_concurrency/latch.c 02_concurrency/wait_group.c -- -DNDEBUG -DGROUP => complete:
 * Run: 02_concurrency/latch.c 02_concurrency/wait_group.c -- -DNDEBUG -DGROUP -DADDED_LATE => abort was called
 */
#include <pthread.h>
#include <stdlib.h>

#include "02_concurrency/latch.h"
#include "02_concurrency/wait_group.h"

static int words[2]; /* plain: the latch, or the group, orders them */

#ifdef GROUP
static struct wait_group group;

static void *second(void *argument)
{
    words[1] = 1;
    wait_group_done(&group);
    return argument;
}

static void *first(void *argument)
{
    pthread_t thread;
    words[0] = 1;
#ifdef ADDED_LATE
    wait_group_done(&group);
    wait_group_add(&group, 1);
    pthread_create(&thread, NULL, second, NULL);
#else
    wait_group_add(&group, 1);
    pthread_create(&thread, NULL, second, NULL);
    wait_group_done(&group);
#endif
    pthread_join(thread, NULL);
    return argument;
}

int main(void)
{
    pthread_t thread;
    wait_group_add(&group, 1);
    pthread_create(&thread, NULL, first, NULL);
    wait_group_wait(&group);
    if (words[0] + words[1] != 2)
        abort();
    pthread_join(thread, NULL);
    return 0;
}
#else
static struct latch *latch;

static void *count_down(void *word)
{
    *(int *)word = 1;
    latch_count_down(latch);
    return NULL;
}

int main(void)
{
    pthread_t threads[2];
    latch = malloc(sizeof(*latch));
    if (!latch)
        abort();
    latch_init(latch, 2);
    for (int thread = 0; thread < 2; thread++)
        pthread_create(&threads[thread], NULL, count_down, &words[thread]);
    latch_wait(latch);
    free(latch);
    if (words[0] + words[1] != 2)
        abort();
    for (int thread = 0; thread < 2; thread++)
        pthread_join(threads[thread], NULL);
    return 0;
}
#endif
