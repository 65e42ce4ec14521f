/* No recursion: as many runs as threads are sorted at once, and then each round merges neighbours. In a round every
 * worker writes its share of the output, wherever in the pairs that is: it looks for the two places from which its
 * first item comes ("merge path", Green, McColl and Bader, 2012). */
#include "parallel_sort.h"

#include <errno.h>
#include <string.h>

enum { ITEMS_FOR_A_RUN = 512, SHARES_MAX = 256 };

struct share {
    const struct parallel_sort *sort;
    void **from, **to;
    size_t runs, width; /* how many runs there were at first; how many of them are one by now */
    size_t number, shares;
};

static size_t begin_of_run(const struct share *share, size_t run)
{
    if (run >= share->runs)
        return share->sort->count;
    return share->sort->count / share->runs * run +
           share->sort->count % share->runs * run / share->runs;
}

static void merge(const struct parallel_sort *sort, void **a, size_t a_count, void **b,
                  size_t b_count, void **out, size_t count)
{
    size_t i = 0, j = 0;
    while (count-- > 0) {
        bool right = i == a_count || (j < b_count && sort->compare(a[i], b[j], sort->context) > 0);
        *out++ = right ? b[j++] : a[i++];
    }
}

/* How many of the first `count` come from a. */
static size_t path(const struct parallel_sort *sort, void **a, size_t a_count, void **b,
                   size_t b_count, size_t count)
{
    size_t low = count > b_count ? count - b_count : 0, high = count < a_count ? count : a_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (sort->compare(a[middle], b[count - 1 - middle], sort->context) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void sort_run(void *context)
{
    struct share *share = context;
    const struct parallel_sort *sort = share->sort;
    size_t begin = begin_of_run(share, share->number), end = begin_of_run(share, share->number + 1);
    size_t count = end - begin;
    void **from = share->from + begin, **to = share->to + begin;
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t at = 0; at < count; at += 2 * width) {
            size_t left = count - at < width ? count - at : width;
            size_t right = count - at - left < width ? count - at - left : width;
            merge(sort, from + at, left, from + at + left, right, to + at, left + right);
        }
        void **swap = from;
        from = to;
        to = swap;
    }
    if (from != share->from + begin)
        memcpy(share->from + begin, from, count * sizeof(*from));
}

static void merge_share(void *context)
{
    struct share *share = context;
    size_t count = share->sort->count;
    size_t at = count / share->shares * share->number;
    size_t end = share->number + 1 == share->shares ? count : at + count / share->shares;
    for (size_t run = 0; run < share->runs && at < end; run += 2 * share->width) {
        size_t begin = begin_of_run(share, run), middle = begin_of_run(share, run + share->width);
        size_t behind = begin_of_run(share, run + 2 * share->width);
        if (at >= behind)
            continue;
        size_t last = end < behind ? end : behind, skipped = at - begin;
        void **a = share->from + begin, **b = share->from + middle;
        size_t from_a = path(share->sort, a, middle - begin, b, behind - middle, skipped);
        merge(share->sort, a + from_a, middle - begin - from_a, b + (skipped - from_a),
              behind - middle - (skipped - from_a), share->to + at, last - at);
        at = last;
    }
}

/* One share for each worker, the first for the caller, and those for whom no worker is there. */
static void do_shares(worker_fn *run, struct share *shares, size_t count)
{
    struct worker workers[SHARES_MAX];
    bool helped[SHARES_MAX] = {false};
    for (size_t i = 1; i < count; i++)
        helped[i] = worker_start(&workers[i], run, &shares[i]) == 0;
    for (size_t i = 0; i < count; i++)
        if (!helped[i])
            run(&shares[i]);
    for (size_t i = 1; i < count; i++)
        if (helped[i])
            worker_join(&workers[i]);
}

static void describe(struct share *shares, const struct share *like)
{
    for (size_t i = 0; i < like->shares; i++) {
        shares[i] = *like;
        shares[i].number = i;
    }
}

int parallel_sort(const struct parallel_sort *sort)
{
    struct share shares[SHARES_MAX], like = {.sort = sort, .from = sort->items, .width = 1};
    size_t bytes = sort->count * sizeof(void *);
    if (sort->count == 0)
        return 0;
    void **spare = allocator_alloc(sort->allocator, bytes, _Alignof(void *));
    if (!spare)
        return -ENOMEM;
    like.to = spare;
    like.runs = sort->count / ITEMS_FOR_A_RUN;
    if (like.runs > sort->threads)
        like.runs = sort->threads;
    if (like.runs > SHARES_MAX)
        like.runs = SHARES_MAX;
    if (like.runs == 0)
        like.runs = 1;
    like.shares = like.runs;
    describe(shares, &like);
    do_shares(sort_run, shares, like.shares);
    for (; like.width < like.runs; like.width *= 2) {
        describe(shares, &like);
        do_shares(merge_share, shares, like.shares);
        void **swap = like.from;
        like.from = like.to;
        like.to = swap;
    }
    if (like.from != sort->items)
        memcpy(sort->items, like.from, bytes);
    allocator_free(sort->allocator, spare, bytes, _Alignof(void *));
    return 0;
}
