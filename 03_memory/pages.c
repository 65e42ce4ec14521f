#include "03_memory/pages.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "07_unsafe/checked.h"

static size_t page_bytes(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* What a block of this size takes up: whole pages, one at least. */
static bool mapped_bytes(size_t size_bytes, size_t *out)
{
    return checked_align_up(size_bytes + !size_bytes, page_bytes(), out);
}

/* What a block of this size is aligned to. */
static size_t mapped_align(size_t bytes, size_t align)
{
    size_t least = bytes >= PAGES_HUGE_BYTES ? PAGES_HUGE_BYTES : page_bytes();
    return align > least ? align : least;
}

/* lesson: pages-map */
/* Map `bytes` at a multiple of align: map so much more that one must be in it, give back the rest. */
static char *map_aligned(size_t bytes, size_t align)
{
    size_t whole;
    if (!checked_add(bytes, align - page_bytes(), &whole))
        return NULL;
    char *start = mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED)
        return NULL;
    size_t before = -(uintptr_t)start & (align - 1);
    size_t behind = whole - before - bytes;
    if (before)
        munmap(start, before);
    if (behind)
        munmap(start + before + bytes, behind);
    return start + before;
}
/* end lesson */

static void *map_block(size_t size_bytes, size_t align)
{
    size_t bytes;
    if (!mapped_bytes(size_bytes, &bytes))
        return NULL;
    char *block = map_aligned(bytes, mapped_align(bytes, align));
    if (block && bytes >= PAGES_HUGE_BYTES)
        (void)madvise(block, bytes, MADV_HUGEPAGE); /* advice: a kernel without it says EINVAL */
    return block;
}

static void *pages_alloc(struct allocator *self, size_t size_bytes, size_t align)
{
    (void)self;
    return map_block(size_bytes, align);
}

static void pages_free(struct allocator *self, void *block, size_t size_bytes, size_t align)
{
    (void)self, (void)align;
    size_t bytes;
    if (mapped_bytes(size_bytes, &bytes))
        munmap(block, bytes);
}

/* A block that grows is copied. To move its pages (mremap) would cost less, but a block is often two
 * mappings to the kernel, one huge and one not, and Linux moves several at once only from 6.17 on. */
static void *move(void *block, size_t old_bytes, size_t new_bytes, size_t align)
{
    char *moved = map_block(new_bytes, align);
    if (!moved)
        return NULL;
    memcpy(moved, block, old_bytes);
    munmap(block, old_bytes);
    return moved;
}

static void *pages_resize(struct allocator *self, void *block, size_t old_bytes, size_t new_bytes,
                          size_t align)
{
    if (!block)
        return pages_alloc(self, new_bytes, align);
    size_t had, wants;
    if (!mapped_bytes(old_bytes, &had) || !mapped_bytes(new_bytes, &wants))
        return NULL;
    if (wants > had)
        return move(block, had, wants, align);
    if (wants < had)
        munmap((char *)block + wants, had - wants);
    return block;
}

struct allocator *pages_allocator(void)
{
    static struct allocator pages = {pages_alloc, pages_resize, pages_free};
    return &pages;
}
