#include "03_memory/intern_directory.h"

#include <errno.h>

static size_t chunk_bytes(size_t chunk)
{
    return sizeof(intern_directory_place) << (INTERN_DIRECTORY_FIRST_LOG2 + chunk);
}

void intern_directory_init(struct intern_directory *directory, struct allocator *allocator,
                           uint32_t max_count)
{
    directory->allocator = allocator;
    directory->max_count = max_count;
    for (size_t i = 0; i < INTERN_DIRECTORY_CHUNKS; i++)
        atomic_init(&directory->chunks[i], NULL);
    atomic_init(&directory->count, 0);
}

void intern_directory_fini(struct intern_directory *directory)
{
    for (size_t i = 0; i < INTERN_DIRECTORY_CHUNKS; i++)
        allocator_free(directory->allocator,
                       atomic_load_explicit(&directory->chunks[i], memory_order_relaxed),
                       chunk_bytes(i), sizeof(void *)); /* relaxed: alone */
}

/* The place of an id, whose chunk is made if it is not there. NULL: no memory. */
static intern_directory_place *ensure(struct intern_directory *directory, uint32_t id)
{
    struct intern_directory_position at = intern_directory_position_of(id);
    intern_directory_place *_Atomic *cell = &directory->chunks[at.chunk];
    /* acquire: pairs with the release below, of another thread; the chunk is zeroed */
    intern_directory_place *chunk = atomic_load_explicit(cell, memory_order_acquire);
    if (!chunk) {
        size_t bytes = chunk_bytes(at.chunk);
        intern_directory_place *fresh =
            allocator_alloc_zeroed(directory->allocator, bytes, sizeof(void *));
        if (!fresh)
            return NULL;
        /* release: pairs with the acquires above and in intern_directory_get; acquire where it fails:
         * with the release of the thread that was first */
        if (atomic_compare_exchange_strong_explicit(cell, &chunk, fresh, memory_order_release,
                                                    memory_order_acquire))
            chunk = fresh;
        else /* another thread was first: chunk is now its */
            allocator_free(directory->allocator, fresh, bytes, sizeof(void *));
    }
    return &chunk[at.offset];
}

int intern_directory_add(struct intern_directory *directory, struct intern_entry *entry)
{
    /* relaxed, twice: the count only has to give each number once; the entry is published apart */
    uint32_t count = atomic_load_explicit(&directory->count, memory_order_relaxed);
    intern_directory_place *place;
    do {
        if (count >= directory->max_count)
            return -ENOSPC;
        place = ensure(directory, count + 1);
        if (!place)
            return -ENOMEM;
    } while (!atomic_compare_exchange_weak_explicit(&directory->count, &count, count + 1,
                                                    memory_order_relaxed, memory_order_relaxed));
    entry->id = count + 1;
    /* release: pairs with the acquire in intern_directory_get; the entry is complete */
    atomic_store_explicit(place, entry, memory_order_release);
    return 0;
}

uint32_t intern_directory_count(const struct intern_directory *directory)
{
    /* relaxed: a number of a moment ago, which orders nothing */
    return atomic_load_explicit(&directory->count, memory_order_relaxed);
}
