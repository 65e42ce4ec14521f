#include "03_memory/allocator.h"

#include <stdlib.h>

/* ---- system -----------------------------------------------------------------------------------*/

static void *system_alloc(struct allocator *self, size_t size_bytes, size_t align)
{
    (void)self;
    if (size_bytes > PTRDIFF_MAX)
        return NULL;
    size_t size = size_bytes ? size_bytes : 1;
    if (align <= _Alignof(max_align_t))
        return malloc(size);
    void *block;
    return posix_memalign(&block, align, size) == 0 ? block : NULL;
}

static void system_free(struct allocator *self, void *block, size_t size_bytes, size_t align)
{
    (void)self, (void)size_bytes, (void)align;
    free(block);
}

static void *system_resize(struct allocator *self, void *block, size_t old_bytes, size_t new_bytes,
                           size_t align)
{
    if (new_bytes > PTRDIFF_MAX)
        return NULL;
    if (align <= _Alignof(max_align_t))
        return realloc(block, new_bytes ? new_bytes : 1);
    void *moved = system_alloc(self, new_bytes, align);
    if (moved && block) {
        memcpy(moved, block, old_bytes < new_bytes ? old_bytes : new_bytes);
        free(block);
    }
    return moved;
}

struct allocator *allocator_system(void)
{
    static struct allocator system = {system_alloc, system_resize, system_free};
    return &system;
}

/* ---- counting -----------------------------------------------------------------------------------
 * Relaxed throughout: the counts order nothing, and each is right by itself. */

static void count(atomic_size_t *counter, size_t by)
{
    atomic_fetch_add_explicit(counter, by, memory_order_relaxed);
}

static void uncount(atomic_size_t *counter, size_t by)
{
    atomic_fetch_sub_explicit(counter, by, memory_order_relaxed);
}

static size_t counted(const atomic_size_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static void count_bytes(struct allocator_counting *counting, size_t size_bytes)
{
    count(&counting->total_bytes, size_bytes);
    size_t live =
        atomic_fetch_add_explicit(&counting->live_bytes, size_bytes, memory_order_relaxed);
    live += size_bytes;
    size_t peak = counted(&counting->peak_bytes);
    while (live > peak &&
           !atomic_compare_exchange_weak_explicit(&counting->peak_bytes, &peak, live,
                                                  memory_order_relaxed, memory_order_relaxed))
        ;
}

static void *counting_alloc(struct allocator *self, size_t size_bytes, size_t align)
{
    struct allocator_counting *counting = container_of(self, struct allocator_counting, base);
    void *block = allocator_alloc(counting->parent, size_bytes, align);
    count(block ? &counting->alloc_calls : &counting->failed_calls, 1);
    if (block) {
        count(&counting->live_blocks, 1);
        count_bytes(counting, size_bytes);
    }
    return block;
}

static void *counting_resize(struct allocator *self, void *block, size_t old_bytes,
                             size_t new_bytes, size_t align)
{
    struct allocator_counting *counting = container_of(self, struct allocator_counting, base);
    void *moved = allocator_resize(counting->parent, block, old_bytes, new_bytes, align);
    count(moved ? &counting->resize_calls : &counting->failed_calls, 1);
    if (!moved)
        return NULL;
    size_t had_bytes = block ? old_bytes : 0;
    if (!block)
        count(&counting->live_blocks, 1);
    if (new_bytes >= had_bytes)
        count_bytes(counting, new_bytes - had_bytes);
    else
        uncount(&counting->live_bytes, had_bytes - new_bytes);
    return moved;
}

static void counting_free(struct allocator *self, void *block, size_t size_bytes, size_t align)
{
    struct allocator_counting *counting = container_of(self, struct allocator_counting, base);
    count(&counting->free_calls, 1);
    uncount(&counting->live_blocks, 1);
    uncount(&counting->live_bytes, size_bytes);
    allocator_free(counting->parent, block, size_bytes, align);
}

void allocator_counting_init(struct allocator_counting *counting, struct allocator *parent)
{
    *counting = (struct allocator_counting){
        .base = {counting_alloc, counting_resize, counting_free}, .parent = parent};
}

struct allocator_counts allocator_counting_read(const struct allocator_counting *counting)
{
    return (struct allocator_counts){
        .alloc_calls = counted(&counting->alloc_calls),
        .resize_calls = counted(&counting->resize_calls),
        .free_calls = counted(&counting->free_calls),
        .failed_calls = counted(&counting->failed_calls),
        .live_blocks = counted(&counting->live_blocks),
        .live_bytes = counted(&counting->live_bytes),
        .peak_bytes = counted(&counting->peak_bytes),
        .total_bytes = counted(&counting->total_bytes),
    };
}

/* ---- failing ----------------------------------------------------------------------------------*/

static bool failing_admit(struct allocator_failing *failing)
{
    /* relaxed: every request gets a number of its own, and nothing else is published by it */
    size_t before = atomic_fetch_add_explicit(&failing->requests, 1, memory_order_relaxed);
    return before < failing->allowed;
}

static void *failing_alloc(struct allocator *self, size_t size_bytes, size_t align)
{
    struct allocator_failing *failing = container_of(self, struct allocator_failing, base);
    return failing_admit(failing) ? allocator_alloc(failing->parent, size_bytes, align) : NULL;
}

static void *failing_resize(struct allocator *self, void *block, size_t old_bytes, size_t new_bytes,
                            size_t align)
{
    struct allocator_failing *failing = container_of(self, struct allocator_failing, base);
    if (!failing_admit(failing))
        return NULL;
    return allocator_resize(failing->parent, block, old_bytes, new_bytes, align);
}

static void failing_free(struct allocator *self, void *block, size_t size_bytes, size_t align)
{
    struct allocator_failing *failing = container_of(self, struct allocator_failing, base);
    allocator_free(failing->parent, block, size_bytes, align);
}

void allocator_failing_init(struct allocator_failing *failing, struct allocator *parent,
                            size_t allowed)
{
    *failing = (struct allocator_failing){.base = {failing_alloc, failing_resize, failing_free},
                                          .parent = parent,
                                          .allowed = allowed};
}

size_t allocator_failing_requests(const struct allocator_failing *failing)
{
    return counted(&failing->requests);
}

size_t allocator_failing_refused(const struct allocator_failing *failing)
{
    size_t requests = counted(&failing->requests);
    return requests > failing->allowed ? requests - failing->allowed : 0;
}
