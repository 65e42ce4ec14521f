/* The C library sorts, too. */
#include "parallel_sort.h"

#include <stdlib.h>

int parallel_sort(const struct parallel_sort *sort)
{
    extern void qsort_r(void *, size_t, size_t, int (*)(const void *, const void *, void *),
                        void *);
    if (sort->count > 1)
        qsort_r(sort->items, sort->count, sizeof(void *), sort->compare, sort->context);
    return 0;
}
