#include "03_memory/pool_slab.h"

#include <errno.h>
#include <stdatomic.h>

#include "07_unsafe/checked.h"
#include "07_unsafe/sanitizer.h"

#if SANITIZER_ADDRESS
#include <sanitizer/asan_interface.h>
#define POISON(start, size_bytes)   ASAN_POISON_MEMORY_REGION(start, size_bytes)
#define UNPOISON(start, size_bytes) ASAN_UNPOISON_MEMORY_REGION(start, size_bytes)
#else
#define POISON(start, size_bytes)   ((void)(start), (void)(size_bytes))
#define UNPOISON(start, size_bytes) ((void)(start), (void)(size_bytes))
#endif

enum {
    SLAB_MIN_BYTES = 64 * 1024,
    SLAB_MIN_OBJECTS = 8, /* so that a header never wastes much of a slab of large objects */
};

struct pool_slab {
    struct pool_slabs *owner;
    struct list_node node; /* of owner->open or owner->closed */
    void *raw;             /* objects that came back, linked through their first word */
    size_t out_count;
    size_t fresh;             /* index of the first object that was never taken */
    _Atomic(uint64_t) used[]; /* a bit for each object that is in use, if checked */
};

bool pool_slab_always_checked(void)
{
#if SANITIZER_ADDRESS || !defined(NDEBUG)
    return true;
#else
    return false;
#endif
}

/* ---- layout ---- */

/* Bits for as many objects as could fit if there were no header. */
static size_t header_bytes(size_t slab_bytes, size_t stride_bytes)
{
    return sizeof(struct pool_slab) + (slab_bytes / stride_bytes + 63) / 64 * sizeof(uint64_t);
}

int pool_slab_init(struct pool_slabs *slabs, struct allocator *allocator, size_t object_bytes,
                   size_t align)
{
    if (object_bytes == 0 || align == 0 || (align & (align - 1)) != 0)
        return -EINVAL;
    size_t linkable = object_bytes < sizeof(void *) ? sizeof(void *) : object_bytes;
    size_t link_align = align < _Alignof(void *) ? _Alignof(void *) : align;
    size_t stride, wanted, slab_bytes = SLAB_MIN_BYTES, first;
    if (!checked_align_up(linkable, link_align, &stride) ||
        !checked_mul(stride, SLAB_MIN_OBJECTS + 1, &wanted) || wanted > SIZE_MAX / 4)
        return -EOVERFLOW;
    while (slab_bytes < wanted)
        slab_bytes *= 2;
    if (!checked_align_up(header_bytes(slab_bytes, stride), link_align, &first))
        return -EOVERFLOW;
    *slabs = (struct pool_slabs){.allocator = allocator,
                                 .object_bytes = object_bytes,
                                 .stride_bytes = stride,
                                 .slab_bytes = slab_bytes,
                                 .first_bytes = first,
                                 .per_slab = (slab_bytes - first) / stride};
    list_init(&slabs->open);
    list_init(&slabs->closed);
    return 0;
}

/* ---- slabs and objects ---- */

/* lesson: pool-slab-of */
static struct pool_slab *slab_of(const struct pool_slabs *slabs, const void *object)
{
    return (struct pool_slab *)((uintptr_t)object & ~(uintptr_t)(slabs->slab_bytes - 1));
}
/* end lesson */

static struct pool_slab *slab_create(struct pool_slabs *slabs)
{
    size_t size = slabs->slab_bytes;
    struct pool_slab *slab = allocator_alloc(slabs->allocator, size, size);
    if (!slab)
        return NULL;
    memset(slab, 0, slabs->checked ? slabs->first_bytes : sizeof(*slab));
    slab->owner = slabs;
    POISON((char *)slab + slabs->first_bytes, size - slabs->first_bytes);
    list_push_front(&slabs->open, &slab->node);
    slabs->slab_count++;
    return slab;
}

static void slab_destroy(struct pool_slabs *slabs, struct pool_slab *slab)
{
    list_remove(&slab->node);
    slabs->slab_count--;
    UNPOISON(slab, slabs->slab_bytes);
    allocator_free(slabs->allocator, slab, slabs->slab_bytes, slabs->slab_bytes);
}

void *pool_slab_take(struct pool_slabs *slabs)
{
    struct list_node *first = list_first(&slabs->open);
    struct pool_slab *slab =
        first ? container_of(first, struct pool_slab, node) : slab_create(slabs);
    if (!slab)
        return NULL;
    void *object = slab->raw;
    if (object) {
        UNPOISON(object, sizeof(void *));
        slab->raw = *(void **)object;
        POISON(object, sizeof(void *));
    } else {
        object = (char *)slab + slabs->first_bytes + slab->fresh++ * slabs->stride_bytes;
    }
    slabs->out_count++;
    if (++slab->out_count == slabs->per_slab) {
        list_remove(&slab->node);
        list_push_front(&slabs->closed, &slab->node);
    }
    return object;
}

void pool_slab_put(struct pool_slabs *slabs, void *object)
{
    struct pool_slab *slab = slab_of(slabs, object);
    UNPOISON(object, sizeof(void *));
    *(void **)object = slab->raw;
    POISON(object, sizeof(void *));
    slab->raw = object;
    slabs->out_count--;
    if (slab->out_count-- == slabs->per_slab) {
        list_remove(&slab->node);
        list_push_front(&slabs->open, &slab->node);
    }
}

size_t pool_slab_shrink(struct pool_slabs *slabs)
{
    size_t freed_bytes = 0;
    list_for_each_safe(node, &slabs->open)
    {
        struct pool_slab *slab = container_of(node, struct pool_slab, node);
        if (slab->out_count > 0)
            continue;
        slab_destroy(slabs, slab);
        freed_bytes += slabs->slab_bytes;
    }
    return freed_bytes;
}

void pool_slab_fini(struct pool_slabs *slabs)
{
    list_splice_back(&slabs->open, &slabs->closed);
    list_for_each_safe(node, &slabs->open)
        slab_destroy(slabs, container_of(node, struct pool_slab, node));
}

/* ---- checks ---- */

void pool_slab_expose(struct pool_slabs *slabs, void *object)
{
    UNPOISON(object, slabs->object_bytes);
}

void pool_slab_hide(struct pool_slabs *slabs, void *object)
{
    POISON(object, slabs->object_bytes);
}

/* Stops here, in a debugger or a sanitizer's report, with the caller on the stack. */
static _Noreturn void misuse(void)
{
    __builtin_trap();
}

static _Atomic(uint64_t) *used_word(struct pool_slabs *slabs, void *object, uint64_t *bit)
{
    struct pool_slab *slab = slab_of(slabs, object);
    size_t offset = (size_t)((char *)object - (char *)slab) - slabs->first_bytes;
    size_t index = offset / slabs->stride_bytes;
    if (slab->owner != slabs || index >= slabs->per_slab || offset % slabs->stride_bytes != 0)
        misuse(); /* not an object of this pool */
    *bit = UINT64_C(1) << index % 64;
    return &slab->used[index / 64];
}

void pool_slab_mark_used(struct pool_slabs *slabs, void *object)
{
    uint64_t bit;
    _Atomic(uint64_t) *word = used_word(slabs, object, &bit);
    /* relaxed: the bit belongs to whoever holds the object; only the word is shared */
    atomic_fetch_or_explicit(word, bit, memory_order_relaxed);
    UNPOISON(object, slabs->object_bytes);
}

void pool_slab_mark_free(struct pool_slabs *slabs, void *object)
{
    uint64_t bit;
    _Atomic(uint64_t) *word = used_word(slabs, object, &bit);
    /* relaxed: as above; of two threads that free one object, one finds the bit cleared */
    if (!(atomic_fetch_and_explicit(word, ~bit, memory_order_relaxed) & bit)) {
#if SANITIZER_ADDRESS
        (void)*(volatile char *)object; /* poisoned: the sanitizer says where we are */
#endif
        misuse(); /* freed twice */
    }
    POISON(object, slabs->object_bytes);
}
