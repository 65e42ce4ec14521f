/* par_sort.c - the template for three sizes, and for pointers to elements of all others. */
#include "02_concurrency/par_sort.h"

#include <errno.h>
#include <string.h>

#include "07_unsafe/checked.h"

/* May alias whatever the caller has there, at any alignment. */
typedef uint32_t word4 __attribute__((may_alias, aligned(1)));
typedef uint64_t word8 __attribute__((may_alias, aligned(1)));
typedef struct {
    uint64_t words[2];
} __attribute__((may_alias, packed)) word16;

static inline bool precedes(void *context, const void *a, const void *b)
{
    const struct par_sort *sort = context;
    return sort->compare(a, b, sort->context) < 0;
}

/* The comparator gets the copies' addresses, and reads them as the caller's type: aligned as for any. */
#define PRECEDES(word)                                                                             \
    static inline bool precedes_##word(void *context, word a, word b)                              \
    {                                                                                              \
        _Alignas(16) word left = a, right = b;                                                     \
        return precedes(context, &left, &right);                                                   \
    }
PRECEDES(word4)
PRECEDES(word8)
PRECEDES(word16)

#define PAR_SORT_NAME       par_sort_4
#define PAR_SORT_TYPE       word4
#define PAR_SORT_LESS(a, b) precedes_word4(context, a, b)
#include "02_concurrency/par_sort_template.h"

#define PAR_SORT_NAME       par_sort_8
#define PAR_SORT_TYPE       word8
#define PAR_SORT_LESS(a, b) precedes_word8(context, a, b)
#include "02_concurrency/par_sort_template.h"

#define PAR_SORT_NAME       par_sort_16
#define PAR_SORT_TYPE       word16
#define PAR_SORT_LESS(a, b) precedes_word16(context, a, b)
#include "02_concurrency/par_sort_template.h"

#define PAR_SORT_NAME       par_sort_pointers
#define PAR_SORT_TYPE       unsigned char *
#define PAR_SORT_LESS(a, b) precedes(context, a, b)
#include "02_concurrency/par_sort_template.h"

/* ---- elements of any size ---- */

static int point(void *context, size_t from, size_t to)
{
    const struct par_sort *sort = ((void **)context)[0];
    unsigned char **pointers = ((void **)context)[1];
    for (size_t i = from; i < to; i++)
        pointers[i] = (unsigned char *)sort->base + i * sort->element_bytes;
    return 0;
}

/* pointers[i] is what belongs at i. Follow each cycle: keep its first element, fill each place from the one that the
 * pointer names, and put the kept one where the cycle closes. A pointer to its own place is done. */
static void move_all(const struct par_sort *sort, unsigned char **pointers, unsigned char *kept)
{
    unsigned char *base = sort->base;
    size_t bytes = sort->element_bytes;
    for (size_t first = 0; first < sort->count; first++) {
        size_t at = first;
        size_t from = (size_t)(pointers[at] - base) / bytes;
        if (from == first)
            continue;
        memcpy(kept, base + first * bytes, bytes);
        for (; from != first; from = (size_t)(pointers[at] - base) / bytes) {
            memcpy(base + at * bytes, base + from * bytes, bytes);
            pointers[at] = base + at * bytes;
            at = from;
        }
        memcpy(base + at * bytes, kept, bytes);
        pointers[at] = base + at * bytes;
    }
}

static int sort_by_pointers(struct thread_pool *pool, struct allocator *allocator,
                            const struct par_sort *sort, bool stable)
{
    size_t bytes; /* the pointers, and behind them room for an element */
    if (!checked_mul_add(sort->count, sizeof(unsigned char *), sort->element_bytes, &bytes))
        return -ENOMEM;
    unsigned char **pointers = allocator_alloc(allocator, bytes, _Alignof(unsigned char *));
    if (!pointers)
        return -ENOMEM;
    void *both[2] = {(void *)sort, pointers};
    par_for(pool, sort->count, point, both);
    int error = 0;
    if (stable)
        error = par_sort_pointers_stable(pool, allocator, pointers, sort->count, (void *)sort);
    else
        par_sort_pointers(pool, pointers, sort->count, (void *)sort);
    if (!error)
        move_all(sort, pointers, (unsigned char *)(pointers + sort->count));
    allocator_free(allocator, pointers, bytes, _Alignof(unsigned char *));
    return error;
}

int par_sort(struct thread_pool *pool, struct allocator *allocator, const struct par_sort *sort)
{
    void *context = (void *)sort;
    switch (sort->element_bytes) {
    case 0:
        return -EINVAL;
    case 4:
        par_sort_4(pool, sort->base, sort->count, context);
        return 0;
    case 8:
        par_sort_8(pool, sort->base, sort->count, context);
        return 0;
    case 16:
        par_sort_16(pool, sort->base, sort->count, context);
        return 0;
    default:
        return sort_by_pointers(pool, allocator, sort, false);
    }
}

int par_sort_stable(struct thread_pool *pool, struct allocator *allocator,
                    const struct par_sort *sort)
{
    void *context = (void *)sort;
    switch (sort->element_bytes) {
    case 0:
        return -EINVAL;
    case 4:
        return par_sort_4_stable(pool, allocator, sort->base, sort->count, context);
    case 8:
        return par_sort_8_stable(pool, allocator, sort->base, sort->count, context);
    case 16:
        return par_sort_16_stable(pool, allocator, sort->base, sort->count, context);
    default:
        return sort_by_pointers(pool, allocator, sort, true);
    }
}
