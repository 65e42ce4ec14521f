/* The merges keep equal items in their order; where they are split, those of the right that are equal to the left's
 * middle go in front of it. */
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

struct merge {
    const struct parallel_sort *sort;
    void **left, **right, **out;
    size_t left_count, right_count;
    unsigned threads;
};

static void merge_alone(const struct merge *merge)
{
    size_t i = 0, j = 0, count = merge->left_count + merge->right_count;
    for (size_t k = 0; k < count; k++) {
        bool right =
            i == merge->left_count ||
            (j < merge->right_count &&
             merge->sort->compare(merge->left[i], merge->right[j], merge->sort->context) > 0);
        merge->out[k] = right ? merge->right[j++] : merge->left[i++];
    }
}

/* The middle of the left, and where it belongs in the right. */
static void merge_both(void *context)
{
    const struct merge *merge = context;
    size_t i = merge->left_count / 2, j = 0, count = merge->right_count;
    if (merge->threads < 2 || merge->left_count + count < ENOUGH) {
        merge_alone(merge);
        return;
    }
    while (count > 0) {
        size_t half = count / 2;
        if (merge->sort->compare(merge->right[j + half], merge->left[i], merge->sort->context) <=
            0) {
            j += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    struct merge first = *merge, second = *merge;
    first.left_count = i;
    first.right_count = j;
    second.left += i;
    second.left_count -= i;
    second.right += j;
    second.right_count -= j;
    second.out += i + j;
    second.threads = merge->threads / 2;
    first.threads = merge->threads - second.threads;
    struct worker worker;
    bool helped = worker_start(&worker, merge_both, &second) == 0;
    merge_both(&first);
    if (helped)
        worker_join(&worker);
    else
        merge_both(&second);
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
    struct merge merge = {part->sort, part->items,        part->items + half, part->spare,
                          half,       part->count - half, part->threads};
    merge_both(&merge);
    memcpy(part->items, part->spare, part->count * sizeof(void *));
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
