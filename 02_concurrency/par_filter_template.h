/* par_filter_template.h - par_filter for one type and one condition, written out where it is included.
 *
 *     #define PAR_FILTER_NAME keep_even
 *     #define PAR_FILTER_TYPE uint64_t
 *     #define PAR_FILTER_KEEP(x) ((x) % 2 == 0)
 *     #include "02_concurrency/par_filter_template.h"
 *
 *     size_t kept = keep_even(pool, in, count, out, NULL);
 *
 * The condition gets a value and may name `context`. It is evaluated once or twice for each element and says the
 * same both times. out has room for count elements and does not overlap in. Each element is written to the next
 * free place, kept or not, and only the place moves on: no branch depends on the data. Threads, errors, memory: as
 * par_filter.
 */
#include "02_concurrency/par_filter.h"
#include "02_concurrency/par_scan.h"

#ifndef SYSLAB_CONCURRENCY_PAR_FILTER_TEMPLATE_H
#define SYSLAB_CONCURRENCY_PAR_FILTER_TEMPLATE_H

#define PAR_FILTER_PASTE_(name, part) name##_##part
#define PAR_FILTER_PASTE(name, part)  PAR_FILTER_PASTE_(name, part)
#define PAR_FILTER_PART(part)         PAR_FILTER_PASTE(PAR_FILTER_NAME, part)

#endif

#ifdef PAR_FILTER_NAME

typedef PAR_FILTER_TYPE PAR_FILTER_PART(element);

struct PAR_FILTER_PART(arrays) {
    const PAR_FILTER_PART(element) * in;
    PAR_FILTER_PART(element) * out;
    void *context;
};

static inline bool PAR_FILTER_PART(keep)(void *context, PAR_FILTER_PART(element) element)
{
    (void)context;
    return PAR_FILTER_KEEP(element);
}

static int PAR_FILTER_PART(count)(void *argument, size_t from, size_t to, void *value)
{
    const struct PAR_FILTER_PART(arrays) *arrays = argument;
    size_t kept = 0;
    for (size_t i = from; i < to; i++)
        kept += PAR_FILTER_PART(keep)(arrays->context, arrays->in[i]);
    *(size_t *)value += kept;
    return 0;
}

static int PAR_FILTER_PART(copy)(void *argument, size_t from, size_t to, void *value,
                                 const void *end)
{
    const struct PAR_FILTER_PART(arrays) *arrays = argument;
    PAR_FILTER_PART(element) *out = arrays->out;
    size_t kept = *(size_t *)value;
    /* Where the number is known, the places behind are another thread's already. */
    size_t kept_end = end ? *(const size_t *)end : SIZE_MAX;
    for (size_t i = from; i < to && kept < kept_end; i++) {
        PAR_FILTER_PART(element) element = arrays->in[i];
        out[kept] = element;
        kept += PAR_FILTER_PART(keep)(arrays->context, element);
    }
    *(size_t *)value = kept;
    return 0;
}

__attribute__((unused)) static size_t PAR_FILTER_NAME(struct thread_pool *pool,
                                                      const PAR_FILTER_PART(element) * in,
                                                      size_t count, PAR_FILTER_PART(element) * out,
                                                      void *context)
{
    struct PAR_FILTER_PART(arrays) arrays = {in, out, context};
    struct par_scan scan = {sizeof(size_t),         par_filter_none,       par_filter_add,
                            PAR_FILTER_PART(count), PAR_FILTER_PART(copy), &arrays};
    size_t kept = 0;
    par_scan(pool, count, &scan, &kept); /* neither function fails */
    return kept;
}

#undef PAR_FILTER_NAME
#undef PAR_FILTER_TYPE
#undef PAR_FILTER_KEEP
#endif
