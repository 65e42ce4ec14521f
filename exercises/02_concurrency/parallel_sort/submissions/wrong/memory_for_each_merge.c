/* Memory is asked for when a merge wants it. When it is refused then, the halves are sorted and the whole is not. */
#include "parallel_sort.h"

#include <errno.h>
#include <string.h>

enum { ENOUGH = 1024 };

struct part {
    const struct parallel_sort *sort;
    void **items;
    size_t count;
    unsigned threads;
    int result;
};

static int merge(const struct part *part, size_t half)
{
    struct allocator *allocator = part->sort->allocator;
    size_t i = 0, j = half, k = 0, bytes = part->count * sizeof(void *);
    void **spare = allocator_alloc(allocator, bytes, _Alignof(void *));
    if (!spare)
        return -ENOMEM;
    while (i < half && j < part->count) {
        if (part->sort->compare(part->items[i], part->items[j], part->sort->context) <= 0)
            spare[k++] = part->items[i++];
        else
            spare[k++] = part->items[j++];
    }
    while (i < half)
        spare[k++] = part->items[i++];
    while (j < part->count)
        spare[k++] = part->items[j++];
    memcpy(part->items, spare, bytes);
    allocator_free(allocator, spare, bytes, _Alignof(void *));
    return 0;
}

static void sort_part(void *context)
{
    struct part *part = context;
    size_t half = part->count / 2;
    if (part->count < 2)
        return;
    struct part left = *part, right = *part;
    left.count = half;
    right.items += half;
    right.count -= half;
    right.threads = part->threads / 2;
    left.threads = part->threads - right.threads;
    struct worker worker;
    bool helped =
        part->threads > 1 && part->count >= ENOUGH && worker_start(&worker, sort_part, &right) == 0;
    if (!helped)
        sort_part(&right);
    sort_part(&left);
    if (helped)
        worker_join(&worker);
    part->result = left.result ? left.result : right.result;
    if (part->result == 0)
        part->result = merge(part, half);
}

int parallel_sort(const struct parallel_sort *sort)
{
    struct part all = {sort, sort->items, sort->count, sort->threads, 0};
    sort_part(&all);
    return all.result;
}
