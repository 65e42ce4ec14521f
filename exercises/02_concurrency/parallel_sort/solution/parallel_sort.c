/* parallel_sort.c - the reference: a merge sort whose halves are sorted at once, and merged at once.
 *
 *     items   | left, sorted      | right, sorted     |      each half was sorted into the array
 *             +---------+---------+------+------------+      in which it is wanted next
 *                 first |  second    first | second
 *     spare   | the first half of the result | second |      two merges with nothing in common
 *
 * Why the merges may run at once: the result's first half consists of the first i of the left and the first
 * half - i of the right, for one i; bisection finds it. Each of the two merges reads its own parts and writes
 * its own half.
 *
 * Stable: of two equal items the left one comes first. A merge takes from the right only what is less, and
 * the split counts equal items of the left before those of the right.
 *
 * Threads: each half gets half of those that its parent has, so that together they never have more. When no
 * worker is to be had, the caller does both halves: the result is the same.
 */
#include "parallel_sort.h"

#include <errno.h>
#include <string.h>

/* With fewer items a worker costs more than it brings. */
enum { WORTH_A_WORKER = 1024 };

static bool comes_after(const struct parallel_sort *sort, const void *a, const void *b)
{
    return sort->compare(a, b, sort->context) > 0;
}

/* Do both at once if there is somebody to help, else one after the other. */
static void run_both(worker_fn *run, void *here, void *there)
{
    struct worker worker;
    bool helped = worker_start(&worker, run, there) == 0;
    run(here);
    if (helped)
        worker_join(&worker);
    else
        run(there);
}

/* ---- two runs become one ---- */

struct merge {
    const struct parallel_sort *sort;
    void **left, **right, **out;
    size_t left_count, right_count;
    unsigned threads;
};

static void merge_alone(const struct merge *merge)
{
    size_t left = 0, right = 0;
    void **out = merge->out;
    while (left < merge->left_count && right < merge->right_count) {
        if (comes_after(merge->sort, merge->left[left], merge->right[right]))
            *out++ = merge->right[right++];
        else
            *out++ = merge->left[left++];
    }
    /* of one of them nothing is left */
    memcpy(out, merge->left + left, (merge->left_count - left) * sizeof(*out));
    memcpy(out, merge->right + right, (merge->right_count - right) * sizeof(*out));
}

/* Returns: how many of the first `count` items of the result come from the left. */
static size_t count_of_left(const struct merge *merge, size_t count)
{
    size_t least = count > merge->right_count ? count - merge->right_count : 0;
    size_t most = count < merge->left_count ? count : merge->left_count;
    while (least < most) {
        size_t middle = least + (most - least) / 2;
        /* With middle from the left, would the last from the right come after the left one that waits? */
        if (comes_after(merge->sort, merge->left[middle], merge->right[count - middle - 1]))
            most = middle;
        else
            least = middle + 1;
    }
    return least;
}

static void merge_both(void *context)
{
    const struct merge *merge = context;
    size_t count = merge->left_count + merge->right_count, half = count / 2;
    if (merge->threads < 2 || count < WORTH_A_WORKER) {
        merge_alone(merge);
        return;
    }
    size_t left = count_of_left(merge, half), right = half - left;
    struct merge first = *merge, second = *merge;
    first.left_count = left;
    first.right_count = right;
    second.left += left;
    second.left_count -= left;
    second.right += right;
    second.right_count -= right;
    second.out += half;
    second.threads = merge->threads / 2;
    first.threads = merge->threads - second.threads;
    run_both(merge_both, &first, &second);
}

/* ---- the sort ---- */

struct part {
    const struct parallel_sort *sort;
    void **items, **spare; /* of the same size */
    size_t count;          /* at least 1 */
    unsigned threads;
    bool into_spare; /* where the result is wanted */
};

static void sort_part(void *context)
{
    const struct part *part = context;
    if (part->count < 2) { /* it is sorted, wherever it is wanted */
        part->spare[0] = part->items[0];
        return;
    }
    size_t half = part->count / 2;
    struct part left = *part, right = *part;
    left.into_spare = right.into_spare = !part->into_spare;
    left.count = half;
    right.items += half;
    right.spare += half;
    right.count -= half;
    right.threads = part->threads / 2;
    left.threads = part->threads - right.threads;
    if (part->threads > 1 && part->count >= WORTH_A_WORKER) {
        run_both(sort_part, &left, &right);
    } else {
        sort_part(&left);
        sort_part(&right);
    }
    void **from = part->into_spare ? part->items : part->spare;
    struct merge merge = {.sort = part->sort,
                          .left = from,
                          .left_count = half,
                          .right = from + half,
                          .right_count = part->count - half,
                          .out = part->into_spare ? part->spare : part->items,
                          .threads = part->threads};
    merge_both(&merge);
}

int parallel_sort(const struct parallel_sort *sort)
{
    size_t size_bytes = sort->count * sizeof(void *);
    if (sort->count < 2)
        return 0;
    void **spare = allocator_alloc(sort->allocator, size_bytes, _Alignof(void *));
    if (!spare)
        return -ENOMEM; /* nothing was moved yet */
    struct part all = {.sort = sort,
                       .items = sort->items,
                       .spare = spare,
                       .count = sort->count,
                       .threads = sort->threads};
    sort_part(&all);
    allocator_free(sort->allocator, spare, size_bytes, _Alignof(void *));
    return 0;
}
