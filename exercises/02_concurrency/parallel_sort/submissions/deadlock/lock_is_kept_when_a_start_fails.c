/* Each way out of the locked part unlocks, but for the one that is taken when there is no thread to be had. */
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

static bool start(struct crew *crew, struct worker *worker, worker_fn *run, void *context)
{
    pthread_mutex_lock(&crew->lock);
    if (crew->free == 0) {
        pthread_mutex_unlock(&crew->lock);
        return false;
    }
    if (worker_start(worker, run, context) != 0)
        return false;
    crew->free--;
    pthread_mutex_unlock(&crew->lock);
    return true;
}

static void join(struct crew *crew, struct worker *worker)
{
    worker_join(worker);
    pthread_mutex_lock(&crew->lock);
    crew->free++;
    pthread_mutex_unlock(&crew->lock);
}

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
    bool helped = part->count >= ENOUGH && start(part->crew, &worker, sort_part, &right);
    if (!helped)
        sort_part(&right);
    sort_part(&left);
    if (helped)
        join(part->crew, &worker);
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
