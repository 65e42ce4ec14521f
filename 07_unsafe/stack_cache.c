#include "07_unsafe/stack_cache.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "07_unsafe/assert.h"
#include "07_unsafe/checked.h"
#include "07_unsafe/context.h" /* which sanitizer this is */

#if SANITIZER_ADDRESS
#include <sanitizer/asan_interface.h>
#endif

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102 /* Linux 6.13; Debian 12's headers are older */
#endif

/* At the top of a free stack. */
struct stack_cache_free {
    struct stack_cache_free *next;
};

static struct stack_cache_free *link_of(struct stack stack)
{
    return (struct stack_cache_free *)((char *)stack.base + stack.size_bytes) - 1;
}

static struct stack stack_of(const struct stack_cache *cache, struct stack_cache_free *link)
{
    return (struct stack){(char *)(link + 1) - cache->stack_bytes, cache->stack_bytes};
}

/* For the address sanitizer: nobody may look into a free stack. And whoever gets it next must not trip
 * over the frames that a context left there for good, which are poisoned between their variables. */
static void poison(struct stack stack)
{
#if SANITIZER_ADDRESS
    ASAN_POISON_MEMORY_REGION(stack.base, stack.size_bytes);
#else
    (void)stack;
#endif
}

static void unpoison(struct stack stack)
{
#if SANITIZER_ADDRESS
    ASAN_UNPOISON_MEMORY_REGION(stack.base, stack.size_bytes);
#else
    (void)stack;
#endif
}

static bool kernel_has_guards(size_t page_bytes)
{
    void *page = mmap(NULL, page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return false;
    bool has = madvise(page, page_bytes, MADV_GUARD_INSTALL) == 0;
    munmap(page, page_bytes);
    return has;
}

int stack_cache_init(struct stack_cache *cache, size_t stack_bytes, size_t free_max)
{
    size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE), whole, all;
    if (!stack_bytes || !checked_align_up(stack_bytes, page_bytes, &whole) ||
        !checked_add(whole, page_bytes, &all) || all > PTRDIFF_MAX)
        return -EINVAL;
    *cache = (struct stack_cache){
        .stack_bytes = whole,
        .guard_bytes = page_bytes,
        .free_max = free_max,
        .guard_by_madvise = kernel_has_guards(page_bytes),
    };
    return 0;
}

static void unmap(struct stack_cache *cache, struct stack stack)
{
    munmap((char *)stack.base - cache->guard_bytes, stack.size_bytes + cache->guard_bytes);
}

static int guard(const struct stack_cache *cache, void *page)
{
    /* A locked mapping (mlockall) can be refused the one and not the other. */
    if (cache->guard_by_madvise && madvise(page, cache->guard_bytes, MADV_GUARD_INSTALL) == 0)
        return 0;
    return mprotect(page, cache->guard_bytes, PROT_NONE) == 0 ? 0 : -ENOMEM;
}

static int map(const struct stack_cache *cache, struct stack *out)
{
    size_t bytes = cache->guard_bytes + cache->stack_bytes;
    /* No reserve: a stack is mostly not touched, and what is not touched is not memory. */
    char *all = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (all == MAP_FAILED)
        return -ENOMEM;
    if (guard(cache, all) != 0) {
        munmap(all, bytes);
        return -ENOMEM;
    }
    *out = (struct stack){all + cache->guard_bytes, cache->stack_bytes};
    return 0;
}

static struct stack pop_free(struct stack_cache *cache)
{
    struct stack stack = stack_of(cache, cache->free);
    unpoison(stack);
    cache->free = cache->free->next;
    cache->free_count--;
    return stack;
}

int stack_cache_get(struct stack_cache *cache, struct stack *out)
{
    if (cache->free) {
        *out = pop_free(cache);
    } else {
        int error = map(cache, out);
        if (error)
            return error;
    }
    cache->live_count++;
    return 0;
}

void stack_cache_put(struct stack_cache *cache, struct stack stack)
{
    ASSERT(cache->live_count > 0 && stack.size_bytes == cache->stack_bytes);
    cache->live_count--;
    unpoison(stack);
    if (cache->free_count >= cache->free_max) {
        unmap(cache, stack);
        return;
    }
    struct stack_cache_free *link = link_of(stack);
    link->next = cache->free;
    cache->free = link;
    cache->free_count++;
    poison(stack);
}

void stack_cache_trim(struct stack_cache *cache, size_t keep)
{
    while (cache->free_count > keep)
        unmap(cache, pop_free(cache));
}

void stack_cache_fini(struct stack_cache *cache)
{
    ASSERT(cache->live_count == 0);
    stack_cache_trim(cache, 0);
}
