/* No merge between threads at all: a sample says where to cut, every thread counts how many of its items belong
 * into which bucket, all move theirs, and each bucket is sorted by itself. Stable, because the blocks move in
 * their order, each to its own place in a bucket. */
#include "parallel_sort.h"

#include <errno.h>
#include <string.h>

enum { THREADS_MAX = 32, SAMPLES = 64, ITEMS_FOR_A_THREAD = 512 };

struct table {
    size_t at[THREADS_MAX]
             [THREADS_MAX];        /* [block][bucket]: how many; then where the next one goes */
    size_t begin[THREADS_MAX + 1]; /* of each bucket */
    void *samples[THREADS_MAX * SAMPLES], *room[THREADS_MAX * SAMPLES];
};

struct phase {
    const struct parallel_sort *sort;
    struct table *table;
    void **moved;
    unsigned char *bucket_of;
    size_t threads, number;
};

/* Sorted into `out`; `items` is the spare room. */
static void merge_sort(const struct parallel_sort *sort, void **items, void **out, size_t count,
                       bool into_out)
{
    if (count < 2) {
        if (into_out && count)
            out[0] = items[0];
        return;
    }
    size_t half = count / 2, i = 0, j = half;
    merge_sort(sort, items, out, half, !into_out);
    merge_sort(sort, items + half, out + half, count - half, !into_out);
    void **from = into_out ? items : out, **to = into_out ? out : items;
    for (size_t k = 0; k < count; k++) {
        bool right = i == half || (j < count && sort->compare(from[i], from[j], sort->context) > 0);
        to[k] = from[right ? j++ : i++];
    }
}

static void for_all(worker_fn *run, const struct phase *like)
{
    struct phase phases[THREADS_MAX];
    struct worker workers[THREADS_MAX];
    bool started[THREADS_MAX] = {false};
    for (size_t i = like->threads; i-- > 0;) {
        phases[i] = *like;
        phases[i].number = i;
        started[i] = i > 0 && worker_start(&workers[i], run, &phases[i]) == 0;
        if (!started[i])
            run(&phases[i]);
    }
    for (size_t i = 1; i < like->threads; i++)
        if (started[i])
            worker_join(&workers[i]);
}

static size_t begin_of_block(const struct phase *phase, size_t number)
{
    return number == phase->threads ? phase->sort->count
                                    : phase->sort->count / phase->threads * number;
}

static void classify(void *context)
{
    struct phase *phase = context;
    const struct parallel_sort *sort = phase->sort;
    size_t end = begin_of_block(phase, phase->number + 1);
    for (size_t i = begin_of_block(phase, phase->number); i < end; i++) {
        size_t low = 0, high = phase->threads - 1;
        while (low < high) { /* the first bucket whose upper bound comes after the item */
            size_t middle = (low + high) / 2;
            void *bound = phase->table->samples[(middle + 1) * SAMPLES];
            if (sort->compare(bound, sort->items[i], sort->context) > 0)
                high = middle;
            else
                low = middle + 1;
        }
        phase->bucket_of[i] = (unsigned char)low;
        phase->table->at[phase->number][low]++;
    }
}

static void move(void *context)
{
    struct phase *phase = context;
    size_t end = begin_of_block(phase, phase->number + 1);
    for (size_t i = begin_of_block(phase, phase->number); i < end; i++)
        phase->moved[phase->table->at[phase->number][phase->bucket_of[i]]++] =
            phase->sort->items[i];
}

static void sort_bucket(void *context)
{
    struct phase *phase = context;
    size_t begin = phase->table->begin[phase->number], end = phase->table->begin[phase->number + 1];
    merge_sort(phase->sort, phase->moved + begin, phase->sort->items + begin, end - begin, true);
}

static void counts_to_places(struct phase *phase)
{
    size_t place = 0;
    for (size_t bucket = 0; bucket < phase->threads; bucket++) {
        phase->table->begin[bucket] = place;
        for (size_t block = 0; block < phase->threads; block++) {
            size_t count = phase->table->at[block][bucket];
            phase->table->at[block][bucket] = place;
            place += count;
        }
    }
    phase->table->begin[phase->threads] = place;
}

static void sort_by_samples(struct phase *phase)
{
    size_t wanted = phase->threads * SAMPLES;
    for (size_t i = 0; i < wanted; i++)
        phase->table->samples[i] = phase->sort->items[phase->sort->count / wanted * i];
    merge_sort(phase->sort, phase->table->samples, phase->table->room, wanted, false);
    for_all(classify, phase);
    counts_to_places(phase);
    for_all(move, phase);
    for_all(sort_bucket, phase);
}

int parallel_sort(const struct parallel_sort *sort)
{
    struct allocator *allocator = sort->allocator;
    size_t count = sort->count, threads = count / ITEMS_FOR_A_THREAD;
    threads = threads > sort->threads ? sort->threads : threads;
    threads = threads > THREADS_MAX ? THREADS_MAX : threads;
    void **moved = allocator_alloc(allocator, count * sizeof(void *), _Alignof(void *));
    unsigned char *bucket_of = allocator_alloc(allocator, count, 1);
    struct table *table = allocator_alloc_zeroed(allocator, sizeof(*table), _Alignof(struct table));
    int result = -ENOMEM;
    if (moved && bucket_of && table) {
        struct phase phase = {sort, table, moved, bucket_of, threads, 0};
        if (threads < 2)
            merge_sort(sort, sort->items, moved, count, false);
        else
            sort_by_samples(&phase);
        result = 0;
    }
    allocator_free(allocator, table, sizeof(*table), _Alignof(struct table));
    allocator_free(allocator, bucket_of, count, 1);
    allocator_free(allocator, moved, count * sizeof(void *), _Alignof(void *));
    return result;
}
