/* par_sort_template.h - a parallel sort for one type and one order, written out where it is included.
 *
 * A sort that calls its comparator through a pointer spends most of its time on the calls. This file is included
 * once for each order that is wanted, and the comparator becomes part of the loops:
 *
 *     #define PAR_SORT_NAME sort_u64
 *     #define PAR_SORT_TYPE uint64_t
 *     #define PAR_SORT_LESS(a, b) ((a) < (b))
 *     #include "02_concurrency/par_sort_template.h"
 *
 *     sort_u64(pool, numbers, count, NULL);
 *     error = sort_u64_stable(pool, allocator, numbers, count, NULL);
 *
 * PAR_SORT_LESS gets two values of the type and may name `context`, the pointer that the call was given. It has to
 * be a strict weak order: less(a, a) is false, and so on. The three names are undefined again at the end.
 *
 *     static void NAME(pool, TYPE *data, size_t count, void *context)
 *         In place, equal elements in any order. Quicksort: the partition has no branch that depends on the data,
 *         so it is not slowed by what a processor cannot predict; the two sides are joined in parallel. Equal
 *         elements are put aside in one pass; after log2(count) bad pivots the rest is heap-sorted: O(n log n)
 *         always.
 *         Errors: none. Memory: none.
 *
 *     static int NAME_stable(pool, allocator, TYPE *data, size_t count, void *context)
 *         Equal elements stay in order. Merge sort between the array and as much memory again; merges are split
 *         in two at the middle of the longer run. Errors: -ENOMEM, nothing is changed.
 *
 * Both find in one pass that an array is sorted already, or reversed. Up to a few thousand elements are sorted by
 * the caller alone. Threads: the array is the call's until it returns. An order that is none (a NaN) gives some
 * permutation.
 * Source: Peters, Pattern-defeating Quicksort (2021); Edelkamp and Weiss, BlockQuicksort (ESA 2016) and the
 *         branchless Lomuto partition of Alexandrescu (2020); Musser, Introspective Sorting (1997); Cormen et al.,
 *         Introduction to Algorithms, 27.3 (the parallel merge).
 */
#ifndef SYSLAB_CONCURRENCY_PAR_SORT_TEMPLATE_H
#define SYSLAB_CONCURRENCY_PAR_SORT_TEMPLATE_H

#include <errno.h>
#include <string.h>

#include "02_concurrency/par.h"

enum {
    PAR_SORT_INSERTION = 20, /* at most so many are sorted by insertion */
    PAR_SORT_NINTHER = 128,  /* from here on the pivot is a median of nine */
    PAR_SORT_ALONE = 4096,   /* fewer are not worth another thread */
};

#define PAR_SORT_PASTE_(name, part) name##_##part
#define PAR_SORT_PASTE(name, part)  PAR_SORT_PASTE_(name, part)
#define PAR_SORT_PART(part)         PAR_SORT_PASTE(PAR_SORT_NAME, part)
#define PAR_SORT_ELEMENT            PAR_SORT_PART(element)

#endif

#ifdef PAR_SORT_NAME

typedef PAR_SORT_TYPE PAR_SORT_PART(element); /* also where the type is a pointer */

struct PAR_SORT_PART(run) {
    struct thread_pool *pool;
    void *context;
    PAR_SORT_ELEMENT *data;
    size_t count;
    bool leftmost;           /* else data[-1] is an earlier pivot, not greater than any here */
    unsigned bad_allowed;    /* pivots that divide badly, before the heap */
    PAR_SORT_ELEMENT *other; /* of the merge sort: as much memory again */
    bool to_other;
};

static inline bool PAR_SORT_PART(less)(void *context, PAR_SORT_ELEMENT a, PAR_SORT_ELEMENT b)
{
    (void)context;
    return PAR_SORT_LESS(a, b);
}

static inline void PAR_SORT_PART(swap)(PAR_SORT_ELEMENT *a, PAR_SORT_ELEMENT *b)
{
    PAR_SORT_ELEMENT kept = *a;
    *a = *b;
    *b = kept;
}

/* ---- few ---- */

static void PAR_SORT_PART(insertion)(void *context, PAR_SORT_ELEMENT *data, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        PAR_SORT_ELEMENT value = data[i];
        size_t at = i;
        for (; at > 0 && PAR_SORT_PART(less)(context, value, data[at - 1]); at--)
            data[at] = data[at - 1];
        data[at] = value;
    }
}

static void PAR_SORT_PART(sift)(void *context, PAR_SORT_ELEMENT *data, size_t at, size_t count)
{
    PAR_SORT_ELEMENT value = data[at];
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && PAR_SORT_PART(less)(context, data[child], data[child + 1]))
            child++;
        if (!PAR_SORT_PART(less)(context, value, data[child]))
            break;
        data[at] = data[child];
    }
    data[at] = value;
}

static void PAR_SORT_PART(heap)(void *context, PAR_SORT_ELEMENT *data, size_t count)
{
    for (size_t i = count / 2; i > 0; i--)
        PAR_SORT_PART(sift)(context, data, i - 1, count);
    for (size_t i = count; i > 1; i--) {
        PAR_SORT_PART(swap)(&data[0], &data[i - 1]);
        PAR_SORT_PART(sift)(context, data, 0, i - 1);
    }
}

/* Returns: whether all is sorted now, because it was, forwards or strictly backwards. */
static bool PAR_SORT_PART(was_sorted)(void *context, PAR_SORT_ELEMENT *data, size_t count)
{
    if (count < 2)
        return true;
    size_t i = 2;
    bool falls = PAR_SORT_PART(less)(context, data[1], data[0]);
    while (i < count && PAR_SORT_PART(less)(context, data[i], data[i - 1]) == falls)
        i++;
    if (i < count)
        return false;
    for (size_t j = 0; falls && j < count / 2; j++)
        PAR_SORT_PART(swap)(&data[j], &data[count - 1 - j]);
    return true;
}

/* ---- quicksort ---- */

static inline void PAR_SORT_PART(order)(void *context, PAR_SORT_ELEMENT *a, PAR_SORT_ELEMENT *b)
{
    if (PAR_SORT_PART(less)(context, *b, *a))
        PAR_SORT_PART(swap)(a, b);
}

static void PAR_SORT_PART(order3)(void *context, PAR_SORT_ELEMENT *a, PAR_SORT_ELEMENT *b,
                                  PAR_SORT_ELEMENT *c)
{
    PAR_SORT_PART(order)(context, a, b);
    PAR_SORT_PART(order)(context, b, c);
    PAR_SORT_PART(order)(context, a, b);
}

/* Bring a pivot to data[0]: the middle one of three, or of three such. */
static void PAR_SORT_PART(choose)(void *context, PAR_SORT_ELEMENT *data, size_t count)
{
    PAR_SORT_ELEMENT *middle = data + count / 2, *last = data + count - 1;
    if (count >= PAR_SORT_NINTHER) {
        PAR_SORT_ELEMENT *first = data + count / 4, *third = data + count / 4 * 3;
        PAR_SORT_PART(order3)(context, data, first - 1, last);
        PAR_SORT_PART(order3)(context, first, middle - 1, third);
        PAR_SORT_PART(order3)(context, first + 1, middle + 1, third + 1);
        PAR_SORT_PART(order3)(context, first - 1, middle - 1, middle + 1);
        PAR_SORT_PART(swap)(data, middle - 1);
    } else {
        PAR_SORT_PART(order3)(context, middle, data, last);
    }
}

/* lesson: par-sort-partition */
/* data[0] is the pivot. Put what is less before it. Returns: where it is then. Each element is exchanged with the
 * first that is not less, whether it is less or not: what differs is only whether that place moves on. */
static size_t PAR_SORT_PART(partition)(void *context, PAR_SORT_ELEMENT *data, size_t count)
{
    PAR_SORT_ELEMENT pivot = data[0];
    PAR_SORT_ELEMENT *first_not_less = data + 1;
    for (PAR_SORT_ELEMENT *at = data + 1, *end = data + count; at < end; at++) {
        PAR_SORT_ELEMENT value = *at;
        *at = *first_not_less;
        *first_not_less = value;
        first_not_less += PAR_SORT_PART(less)(context, value, pivot);
    }
    size_t less_count = (size_t)(first_not_less - data) - 1;
    data[0] = data[less_count];
    data[less_count] = pivot;
    return less_count;
}
/* end lesson */

/* data[0] is the pivot, and nothing is less. Put its equals behind it. Returns: how many they are, with it. */
static size_t PAR_SORT_PART(partition_equal)(void *context, PAR_SORT_ELEMENT *data, size_t count)
{
    PAR_SORT_ELEMENT pivot = data[0];
    PAR_SORT_ELEMENT *first_greater = data + 1;
    for (PAR_SORT_ELEMENT *at = data + 1, *end = data + count; at < end; at++) {
        PAR_SORT_ELEMENT value = *at;
        *at = *first_greater;
        *first_greater = value;
        first_greater += !PAR_SORT_PART(less)(context, pivot, value);
    }
    return (size_t)(first_greater - data);
}

/* A pattern led to a bad pivot: exchange a few elements, so that the next one is another. */
static void PAR_SORT_PART(disturb)(PAR_SORT_ELEMENT *data, size_t count)
{
    if (count < 8)
        return;
    size_t quarter = count / 4;
    PAR_SORT_PART(swap)(&data[0], &data[quarter]);
    PAR_SORT_PART(swap)(&data[count / 2], &data[count / 2 + quarter / 2]);
    PAR_SORT_PART(swap)(&data[count - 1], &data[count - 1 - quarter]);
}

static int PAR_SORT_PART(quick)(void *argument)
{
    struct PAR_SORT_PART(run) run = *(struct PAR_SORT_PART(run) *)argument;
    void *context = run.context;
    while (run.count > PAR_SORT_INSERTION) {
        if (run.bad_allowed == 0) {
            PAR_SORT_PART(heap)(context, run.data, run.count);
            return 0;
        }
        PAR_SORT_PART(choose)(context, run.data, run.count);
        struct PAR_SORT_PART(run) left = run;
        size_t done;
        if (!run.leftmost && !PAR_SORT_PART(less)(context, run.data[-1], run.data[0])) {
            left.count = 0;
            done = PAR_SORT_PART(partition_equal)(context, run.data, run.count);
        } else {
            left.count = PAR_SORT_PART(partition)(context, run.data, run.count);
            done = left.count + 1;
            run.leftmost = false;
        }
        size_t right_count = run.count - done;
        if (left.count < run.count / 8 || (right_count < run.count / 8 && left.count > 0)) {
            left.bad_allowed = --run.bad_allowed;
            PAR_SORT_PART(disturb)(left.data, left.count);
            PAR_SORT_PART(disturb)(run.data + done, right_count);
        }
        run.data += done;
        run.count = right_count;
        if (left.count + right_count >= PAR_SORT_ALONE && left.count > 0)
            return par_join(run.pool, PAR_SORT_PART(quick), &left, PAR_SORT_PART(quick), &run);
        PAR_SORT_PART(quick)(&left);
    }
    PAR_SORT_PART(insertion)(context, run.data, run.count);
    return 0;
}

__attribute__((unused)) static void PAR_SORT_NAME(struct thread_pool *pool, PAR_SORT_ELEMENT *data,
                                                  size_t count, void *context)
{
    if (PAR_SORT_PART(was_sorted)(context, data, count))
        return;
    struct PAR_SORT_PART(run)
        run = {.pool = pool, .context = context, .data = data, .count = count, .leftmost = true};
    for (size_t left = count; left > 0; left /= 2)
        run.bad_allowed++;
    PAR_SORT_PART(quick)(&run); /* no comparison fails: there is no error */
}

/* ---- merge sort ---- */

struct PAR_SORT_PART(merge) {
    struct thread_pool *pool;
    void *context;
    PAR_SORT_ELEMENT *a, *b, *out; /* a before b, also among equals */
    size_t a_count, b_count;
};

/* How many of data are less than the value, or, with equals, not greater. */
static size_t PAR_SORT_PART(rank)(void *context, const PAR_SORT_ELEMENT *data, size_t count,
                                  PAR_SORT_ELEMENT value, bool equals)
{
    size_t from = 0;
    while (count > 0) {
        size_t half = count / 2;
        PAR_SORT_ELEMENT middle = data[from + half];
        bool before = equals ? !PAR_SORT_PART(less)(context, value, middle)
                             : PAR_SORT_PART(less)(context, middle, value);
        from = before ? from + half + 1 : from;
        count = before ? count - half - 1 : half;
    }
    return from;
}

/* As long as neither run can end, the next smallest goes to the front and the next greatest to the back: two
 * chains of loads and comparisons that do not wait for each other. The rest one by one. */
static void PAR_SORT_PART(merge_serial)(const struct PAR_SORT_PART(merge) * merge)
{
    void *context = merge->context;
    PAR_SORT_ELEMENT *a = merge->a, *a_end = a + merge->a_count;
    PAR_SORT_ELEMENT *b = merge->b, *b_end = b + merge->b_count;
    PAR_SORT_ELEMENT *out = merge->out, *out_end = out + merge->a_count + merge->b_count;
    for (size_t shorter;
         shorter = (size_t)(a_end - a < b_end - b ? a_end - a : b_end - b), shorter >= 2;)
        for (size_t i = shorter / 2; i > 0; i--) {
            PAR_SORT_ELEMENT low_a = *a, low_b = *b, high_a = a_end[-1], high_b = b_end[-1];
            bool take_b = PAR_SORT_PART(less)(context, low_b, low_a);
            bool keep_b = PAR_SORT_PART(less)(context, high_b, high_a);
            *out++ = take_b ? low_b : low_a;
            b += take_b;
            a += !take_b;
            *--out_end = keep_b ? high_a : high_b;
            a_end -= keep_b;
            b_end -= !keep_b;
        }
    while (a < a_end && b < b_end)
        *out++ = PAR_SORT_PART(less)(context, *b, *a) ? *b++ : *a++;
    while (a < a_end)
        *out++ = *a++;
    while (b < b_end)
        *out++ = *b++;
}

/* Divide the longer run in the middle and the other where that one's middle belongs: two merges, of at least a
 * quarter. */
static int PAR_SORT_PART(merge_parallel)(void *argument)
{
    struct PAR_SORT_PART(merge) *merge = argument;
    if (merge->a_count + merge->b_count < PAR_SORT_ALONE * 4) {
        PAR_SORT_PART(merge_serial)(merge);
        return 0;
    }
    struct PAR_SORT_PART(merge) low = *merge, high = *merge;
    if (merge->a_count >= merge->b_count) {
        low.a_count = merge->a_count / 2;
        low.b_count = PAR_SORT_PART(rank)(merge->context, merge->b, merge->b_count,
                                          merge->a[low.a_count], false);
    } else {
        low.b_count = merge->b_count / 2;
        low.a_count = PAR_SORT_PART(rank)(merge->context, merge->a, merge->a_count,
                                          merge->b[low.b_count], true);
    }
    high.a += low.a_count;
    high.a_count -= low.a_count;
    high.b += low.b_count;
    high.b_count -= low.b_count;
    high.out += low.a_count + low.b_count;
    return par_join(merge->pool, PAR_SORT_PART(merge_parallel), &low, PAR_SORT_PART(merge_parallel),
                    &high);
}

/* Sort data into itself or, to_other, into other; what is in the one that is not asked for is lost. */
static int PAR_SORT_PART(merge_sort)(void *argument)
{
    const struct PAR_SORT_PART(run) *run = argument;
    if (run->count <= PAR_SORT_INSERTION) {
        PAR_SORT_PART(insertion)(run->context, run->data, run->count);
        if (run->to_other)
            memcpy(run->other, run->data, run->count * sizeof(*run->data));
        return 0;
    }
    struct PAR_SORT_PART(run) left = *run, right = *run;
    left.count = run->count / 2;
    right.count -= left.count;
    right.data += left.count;
    right.other += left.count;
    left.to_other = right.to_other = !run->to_other;
    if (run->count >= PAR_SORT_ALONE) {
        par_join(run->pool, PAR_SORT_PART(merge_sort), &left, PAR_SORT_PART(merge_sort), &right);
    } else {
        PAR_SORT_PART(merge_sort)(&left);
        PAR_SORT_PART(merge_sort)(&right);
    }
    struct PAR_SORT_PART(merge) merge = {
        .pool = run->pool,
        .context = run->context,
        .a = run->to_other ? left.data : left.other,
        .b = run->to_other ? right.data : right.other,
        .out = run->to_other ? run->other : run->data,
        .a_count = left.count,
        .b_count = right.count,
    };
    return PAR_SORT_PART(merge_parallel)(&merge);
}

__attribute__((unused)) static int PAR_SORT_PART(stable)(struct thread_pool *pool,
                                                         struct allocator *allocator,
                                                         PAR_SORT_ELEMENT *data, size_t count,
                                                         void *context)
{
    if (PAR_SORT_PART(was_sorted)(context, data, count))
        return 0;
    PAR_SORT_ELEMENT *other =
        allocator_alloc(allocator, count * sizeof(*data), _Alignof(PAR_SORT_ELEMENT));
    if (!other)
        return -ENOMEM;
    struct PAR_SORT_PART(run)
        run = {.pool = pool, .context = context, .data = data, .count = count, .other = other};
    PAR_SORT_PART(merge_sort)(&run);
    allocator_free(allocator, other, count * sizeof(*data), _Alignof(PAR_SORT_ELEMENT));
    return 0;
}

#undef PAR_SORT_NAME
#undef PAR_SORT_TYPE
#undef PAR_SORT_LESS
#endif
