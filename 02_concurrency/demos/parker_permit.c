/* parker_permit.c - a wake-up that comes too early is kept.
 *
 * The waker is faster than the sleeper, then slower; both work, without a lock around the decision to sleep. Two early
 * ones are one permit: so a sleeper looks again, in a loop, whether what it waits for is there.
 *
 *   parker_permit
 *
 * Expected output:
 *     unpark, unpark, park: went on
 *     park until the deadline: nobody came
 *     the answer is 42
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "02_concurrency/parker.h"

struct question {
    struct parker asker;
    atomic_int answer; /* 0: none yet */
};

static void *think(void *argument)
{
    struct question *question = argument;
    /* release: pairs with the acquire in main; there is nothing else to see here, but there would be */
    atomic_store_explicit(&question->answer, 42, memory_order_release);
    parker_unpark(&question->asker);
    return NULL;
}

int main(void)
{
    struct question question = {PARKER_INIT, 0};
    parker_unpark(&question.asker);
    parker_unpark(&question.asker);
    parker_park(&question.asker);
    printf("unpark, unpark, park: went on\n");
    if (!parker_park_until(&question.asker, deadline_after_ns(DEADLINE_MS)))
        printf("park until the deadline: nobody came\n");

    pthread_t thinker;
    if (pthread_create(&thinker, NULL, think, &question) != 0)
        return 1;
    while (atomic_load_explicit(&question.answer, memory_order_acquire) == 0)
        parker_park(&question.asker);
    printf("the answer is %d\n", atomic_load(&question.answer));
    return pthread_join(thinker, NULL);
}
