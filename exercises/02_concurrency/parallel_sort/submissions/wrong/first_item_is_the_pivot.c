/* A stable quicksort with the first item as its pivot: what is sorted already takes n squared. */
#include "parallel_sort.h"

#include <errno.h>
#include <string.h>

enum { ENOUGH = 1024 };

struct part {
    const struct parallel_sort *sort;
    void **items, **spare;
    size_t count;
    unsigned threads;
};

/* Smaller ones to the front, those that are equal to the first one behind, larger ones last; each in their order. */
static void sort_part(void *context)
{
    const struct part *part = context;
    if (part->count < 2)
        return;
    void *pivot = part->items[0];
    size_t less = 0, larger = 0, equal = 0;
    for (size_t i = 0; i < part->count; i++) {
        int order = i == 0 ? 0 : part->sort->compare(part->items[i], pivot, part->sort->context);
        if (order < 0)
            part->items[less++] = part->items[i];
        else if (order > 0)
            part->spare[larger++] = part->items[i];
        else
            part->spare[part->count - ++equal] = part->items[i];
    }
    for (size_t i = 0; i < equal; i++)
        part->items[less + i] = part->spare[part->count - 1 - i];
    memcpy(part->items + less + equal, part->spare, larger * sizeof(void *));
    struct part left = *part, right = *part;
    left.count = less;
    right.items += less + equal;
    right.spare += less + equal;
    right.count = larger;
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
}

int parallel_sort(const struct parallel_sort *sort)
{
    size_t bytes = sort->count * sizeof(void *);
    void **spare = allocator_alloc(sort->allocator, bytes, _Alignof(void *));
    if (!spare)
        return -ENOMEM;
    struct part all = {sort, sort->items, spare, sort->count, sort->threads};
    sort_part(&all);
    allocator_free(sort->allocator, spare, bytes, _Alignof(void *));
    return 0;
}
