/* region.h - a region of memory that knows when a heap wrote outside it.
 *
 * Interface: region_make region_intact region_free
 */
#ifndef SYSLAB_MALLOC_REGION_H
#define SYSLAB_MALLOC_REGION_H

#include "subject.h"

#include <stdlib.h>
#include <string.h>

enum { REGION_CANARY_BYTES = 4096, REGION_CANARY = 0xc5 };

/* A region between two canaries: a heap that writes beyond its region is found out in any build. */
struct region {
    uint8_t *whole, *start;
    size_t size_bytes;
};

static inline struct region region_make(size_t size_bytes)
{
    struct region region = {.size_bytes = size_bytes};
    size_t whole = REGION_CANARY_BYTES + size_bytes + REGION_CANARY_BYTES;
    if (posix_memalign((void **)&region.whole, 4096, whole) != 0)
        abort();
    memset(region.whole, REGION_CANARY, whole);
    region.start = region.whole + REGION_CANARY_BYTES;
    return region;
}

static inline bool region_intact(const struct region *region)
{
    for (size_t i = 0; i < REGION_CANARY_BYTES; i++)
        if (region->whole[i] != REGION_CANARY ||
            region->start[region->size_bytes + i] != REGION_CANARY)
            return false;
    return true;
}

static inline void region_free(struct region *region)
{
    expect_true(region_intact(region), "a heap writes only inside its region");
    free(region->whole);
}

#endif
