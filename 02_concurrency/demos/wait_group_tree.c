/* wait_group_tree.c - numbers are added up by threads that start threads; nobody knows beforehand how many.
 *
 * Each thread splits its range until it is small. It adds a part to the group before it starts the thread for it: the other
 * way round the group might be empty for a moment, and whoever waits would go on too early. A latch opens when the
 * first numbers are summed up.
 *
 *   wait_group_tree
 *
 * Expected output:
 *     the first numbers are summed up
 *     1 + ... + 100000 = 5000050000, by 63 threads
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "02_concurrency/latch.h"
#include "02_concurrency/wait_group.h"

enum { LAST = 100000, SMALL = 4000 };

struct range {
    unsigned long from, to; /* to is not in it */
};

static struct wait_group under_way;
static struct latch first_result;
static atomic_ulong sum;
static atomic_uint threads;

static void *add_up(void *argument);

static void begin(unsigned long from, unsigned long to)
{
    pthread_t thread;
    struct range *range = malloc(sizeof(*range));
    if (!range)
        abort();
    *range = (struct range){from, to};
    wait_group_add(&under_way, 1);
    if (pthread_create(&thread, NULL, add_up, range) != 0)
        abort();
    pthread_detach(thread);
}

static void *add_up(void *argument)
{
    struct range range = *(struct range *)argument;
    free(argument);
    atomic_fetch_add(&threads, 1);
    if (range.to - range.from > SMALL) {
        unsigned long middle = range.from + (range.to - range.from) / 2;
        begin(range.from, middle);
        begin(middle, range.to);
    } else {
        for (unsigned long i = range.from; i < range.to; i++)
            atomic_fetch_add_explicit(&sum, i, memory_order_relaxed); /* the group hands it on */
        if (range.from == 1)
            latch_count_down(&first_result);
    }
    wait_group_done(&under_way);
    return NULL;
}

int main(void)
{
    latch_init(&first_result, 1);
    begin(1, LAST + 1);
    latch_wait(&first_result);
    printf("the first numbers are summed up\n");
    wait_group_wait(&under_way);
    printf("1 + ... + %d = %lu, by %u threads\n", LAST, atomic_load(&sum), atomic_load(&threads));
    return 0;
}
