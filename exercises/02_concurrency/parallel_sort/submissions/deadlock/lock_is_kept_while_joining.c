/* The lock on the number of free threads is taken to start a worker and given back when the worker was joined. A
 * worker that wants to start one waits for its starter, who waits for it. */
#include "parallel_sort.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

enum { ENOUGH = 1024 };

struct crew {
    pthread_mutex_t lock;
    unsigned free;
};

struct part {
    const struct parallel_sort *sort;
    void **items, **spare;
    size_t count;
    struct crew *crew;
};

static void merge(const struct part *part, size_t half)
{
    size_t i = 0, j = half, k = 0;
    while (i < half && j < part->count) {
        if (part->sort->compare(part->items[i], part->items[j], part->sort->context) <= 0)
            part->spare[k++] = part->items[i++];
        else
            part->spare[k++] = part->items[j++];
    }
    while (i < half)
        part->spare[k++] = part->items[i++];
    while (j < part->count)
        part->spare[k++] = part->items[j++];
    memcpy(part->items, part->spare, part->count * sizeof(void *));
}

static void sort_part(void *context)
{
    const struct part *part = context;
    size_t half = part->count / 2;
    if (part->count < 2)
        return;
    struct part left = *part, right = *part;
    left.count = half;
    right.items += half;
    right.spare += half;
    right.count -= half;
    struct worker worker;
    bool helped = false;
    if (part->count >= ENOUGH) {
        pthread_mutex_lock(&part->crew->lock);
        helped = part->crew->free > 0 && worker_start(&worker, sort_part, &right) == 0;
        if (helped)
            part->crew->free--;
        else
            pthread_mutex_unlock(&part->crew->lock);
    }
    if (!helped)
        sort_part(&right);
    sort_part(&left);
    if (helped) {
        worker_join(&worker);
        part->crew->free++;
        pthread_mutex_unlock(&part->crew->lock);
    }
    merge(part, half);
}

int parallel_sort(const struct parallel_sort *sort)
{
    size_t bytes = sort->count * sizeof(void *);
    void **spare = allocator_alloc(sort->allocator, bytes, _Alignof(void *));
    if (!spare)
        return -ENOMEM;
    struct crew crew = {.free = sort->threads - 1};
    pthread_mutex_init(&crew.lock, NULL);
    struct part all = {sort, sort->items, spare, sort->count, &crew};
    sort_part(&all);
    pthread_mutex_destroy(&crew.lock);
    allocator_free(sort->allocator, spare, bytes, _Alignof(void *));
    return 0;
}
