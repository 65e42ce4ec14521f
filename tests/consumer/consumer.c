/* Uses the installed libraries through their installed headers alone: every header, and a call of
 * each library's sources. */
#include "03_memory/allocator.h"
#include "03_memory/arena.h"
#include "03_memory/bytes.h"
#include "03_memory/bytes_buf.h"
#include "03_memory/intern.h"
#include "03_memory/pages.h"
#include "03_memory/pool.h"
#include "03_memory/slab.h"
#include "07_unsafe/assert.h"
#include "07_unsafe/checked.h"
#include "07_unsafe/list.h"
#include "07_unsafe/span.h"

#include <stdio.h>
#include <string.h>

int main(void)
{
    struct allocator *system = allocator_system();
    char *block = allocator_alloc(system, 16, 8);
    if (!block)
        return 1;
    allocator_free(system, block, 16, 8);

    size_t sum;
    if (!checked_add(40, 2, &sum) || sum != 42)
        return 1;
    if (!span_equal(span_from_string("same"), span_from_string("same")))
        return 1;

    struct pool pool;
    struct pool_options options = {.object_bytes = 64};
    if (pool_init(&pool, system, &options) != 0)
        return 1;
    void *object = pool_alloc(&pool);
    if (!object)
        return 1;
    pool_free(&pool, object);
    if (pool_fini(&pool) != 0)
        return 1;
    puts("a consumer of Syslab");
    return 0;
}
