#include "02_concurrency/par_filter.h"

#include <string.h>

#include "02_concurrency/par_scan.h"

void par_filter_none(void *context, void *value)
{
    (void)context;
    *(size_t *)value = 0;
}

void par_filter_add(void *context, void *left, const void *right)
{
    (void)context;
    *(size_t *)left += *(const size_t *)right;
}

static int count_kept(void *context, size_t from, size_t to, void *value)
{
    const struct par_filter *filter = context;
    const unsigned char *element = (const unsigned char *)filter->in + from * filter->element_bytes;
    size_t kept = 0;
    for (size_t i = from; i < to; i++, element += filter->element_bytes)
        kept += filter->keep(filter->context, element);
    *(size_t *)value += kept;
    return 0;
}

static int copy_kept(void *context, size_t from, size_t to, void *value, const void *end)
{
    (void)end;
    const struct par_filter *filter = context;
    size_t bytes = filter->element_bytes, *kept = value;
    const unsigned char *element = (const unsigned char *)filter->in + from * bytes;
    for (size_t i = from; i < to; i++, element += bytes)
        if (filter->keep(filter->context, element))
            memcpy((unsigned char *)filter->out + (*kept)++ * bytes, element, bytes);
    return 0;
}

size_t par_filter(struct thread_pool *pool, size_t count, const struct par_filter *filter)
{
    struct par_scan scan = {sizeof(size_t), par_filter_none, par_filter_add,
                            count_kept,     copy_kept,       (void *)filter};
    size_t kept = 0;
    par_scan(pool, count, &scan, &kept); /* neither function fails */
    return kept;
}
