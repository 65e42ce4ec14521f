/* Threads are not divided beforehand: who has something to share looks whether a worker may still be started, and a
 * worker that was joined makes room for another. Merges are split at the middle of the longer run (Cormen and
 * others, 27.3), so that the two parts differ in size, and small ones go on splitting while there is room. */
#include "parallel_sort.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

enum { GRAIN = 2048 };

struct crew {
    const struct parallel_sort *sort;
    pthread_mutex_t lock;
    unsigned free;
};

struct part {
    struct crew *crew;
    void **a, **b, **out; /* sort: a is the items and b the spare; merge: a and b become out */
    size_t a_count, b_count;
    bool into_b;
};

static bool claim(struct crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    bool got = crew->free > 0;
    if (got)
        crew->free--;
    pthread_mutex_unlock(&crew->lock);
    return got;
}

static void release(struct crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    crew->free++;
    pthread_mutex_unlock(&crew->lock);
}

static void both(worker_fn *run, struct part *first, struct part *second)
{
    struct worker worker;
    size_t count = first->a_count + first->b_count + second->a_count + second->b_count;
    if (count < GRAIN || !claim(first->crew)) {
        run(first);
        run(second);
    } else if (worker_start(&worker, run, second) != 0) {
        release(first->crew);
        run(first);
        run(second);
    } else {
        run(first);
        worker_join(&worker);
        release(first->crew);
    }
}

static int compare(const struct part *part, const void *left, const void *right)
{
    return part->crew->sort->compare(left, right, part->crew->sort->context);
}

/* How many of the sorted items come before the pivot; or_equal: those that are equal to it, too. */
static size_t before(const struct part *part, void **items, size_t count, const void *pivot,
                     bool or_equal)
{
    size_t low = 0;
    while (count > 0) {
        size_t half = count / 2;
        int order = compare(part, items[low + half], pivot);
        if (order < 0 || (order == 0 && or_equal)) {
            low += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return low;
}

static void merge(void *context)
{
    struct part *part = context;
    size_t i = 0, j = 0, k = 0, total = part->a_count + part->b_count;
    if (total < GRAIN) {
        while (i < part->a_count && j < part->b_count)
            part->out[k++] =
                compare(part, part->a[i], part->b[j]) <= 0 ? part->a[i++] : part->b[j++];
        while (i < part->a_count)
            part->out[k++] = part->a[i++];
        while (j < part->b_count)
            part->out[k++] = part->b[j++];
        return;
    }
    if (part->a_count >= part->b_count) {
        i = part->a_count / 2;
        j = before(part, part->b, part->b_count, part->a[i], false);
    } else {
        j = part->b_count / 2;
        i = before(part, part->a, part->a_count, part->b[j], true);
    }
    struct part first = *part, second = *part;
    first.a_count = i;
    first.b_count = j;
    second.a += i;
    second.a_count -= i;
    second.b += j;
    second.b_count -= j;
    second.out += i + j;
    both(merge, &first, &second);
}

static void sort_part(void *context)
{
    struct part *part = context;
    size_t count = part->a_count, half = count / 2;
    if (count < 2) {
        if (count == 1 && part->into_b)
            part->b[0] = part->a[0];
        return;
    }
    struct part first = *part, second = *part;
    first.into_b = second.into_b = !part->into_b;
    first.a_count = half;
    second.a += half;
    second.b += half;
    second.a_count -= half;
    both(sort_part, &first, &second);
    void **from = part->into_b ? part->a : part->b;
    struct part joined = {.crew = part->crew,
                          .a = from,
                          .a_count = half,
                          .b = from + half,
                          .b_count = count - half,
                          .out = part->into_b ? part->b : part->a};
    merge(&joined);
}

int parallel_sort(const struct parallel_sort *sort)
{
    size_t bytes = sort->count * sizeof(void *);
    void **spare = allocator_alloc(sort->allocator, bytes, _Alignof(void *));
    struct crew crew = {.sort = sort, .free = sort->threads - 1};
    struct part all = {.crew = &crew, .a = sort->items, .b = spare, .a_count = sort->count};
    if (!spare)
        return -ENOMEM;
    pthread_mutex_init(&crew.lock, NULL);
    sort_part(&all);
    pthread_mutex_destroy(&crew.lock);
    allocator_free(sort->allocator, spare, bytes, _Alignof(void *));
    return 0;
}
