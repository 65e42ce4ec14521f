/* The worker of a large part says when it is done, and its starter looks until it does, for a sleep costs. A worker that
 * runs only when it is joined never says so; a thread whose core another one spins on says it late. */
#include "parallel_sort.h"

#include <errno.h>
#include <string.h>

enum { ENOUGH = 1024, LARGE = 8192 };

struct part {
    const struct parallel_sort *sort;
    void **items, **spare;
    size_t count;
    unsigned threads;
    atomic_bool *done;
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
    atomic_bool done = false;
    left.done = NULL;
    right.done = &done;
    left.count = half;
    right.items += half;
    right.spare += half;
    right.count -= half;
    right.threads = part->threads / 2;
    left.threads = part->threads - right.threads;
    struct worker worker;
    bool helped =
        part->threads > 1 && part->count >= ENOUGH && worker_start(&worker, sort_part, &right) == 0;
    if (!helped)
        sort_part(&right);
    sort_part(&left);
    if (helped) {
        while (part->count >= LARGE && !atomic_load(&done))
            ;
        worker_join(&worker);
    }
    merge(part, half);
    if (part->done)
        atomic_store(part->done, true);
}

int parallel_sort(const struct parallel_sort *sort)
{
    size_t bytes = sort->count * sizeof(void *);
    void **spare = allocator_alloc(sort->allocator, bytes, _Alignof(void *));
    if (!spare)
        return -ENOMEM;
    struct part all = {sort, sort->items, spare, sort->count, sort->threads, NULL};
    sort_part(&all);
    allocator_free(sort->allocator, spare, bytes, _Alignof(void *));
    return 0;
}
