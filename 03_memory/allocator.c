#include "03_memory/allocator.h"

#include <stdlib.h>

static void *system_alloc(struct allocator *self, size_t size_bytes, size_t align)
{
    (void)self;
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
