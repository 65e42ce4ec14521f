/* slab.c - the slow paths of slab.h: growing, clearing, shrinking. What runs often is inline there.
 *
 * Invariants, which every function restores before it returns:
 *   1. The vacant list goes through each vacant slot below limit once and ends with limit. A slot
 *      without generations left may stay on it until an insert meets it or the list is made anew.
 *   2. A word's low half is the slot's own index exactly when the slot is occupied.
 *   3. The generation in a vacant word is above that of every key the slot has had; 0: none is.
 *   4. limit <= capacity <= SLOTS_MAX, and count + retired <= limit.
 */
#include "03_memory/slab.h"

enum { SLOTS_FIRST = 8 };

/* An index must stay below the largest value of `limit`. */
#define SLOTS_MAX UINT32_MAX

#define GENERATION(word) ((uint32_t)((word) >> 32))

int slab_init(struct slab *slab, struct slab_layout layout, struct allocator *allocator)
{
    if (layout.stride_bytes == 0)
        return -EINVAL;
    *slab = (struct slab){.fresh = UINT64_C(1) << 32, .layout = layout, .allocator = allocator};
    return 0;
}

static bool occupied(const struct slab *slab, uint32_t index)
{
    return (uint32_t)slab_word(slab, slab->layout, index)->bits == index;
}

/* Vacant elements may be read by nobody but the allocator: it copies whole slots. */
static void unpoison_all(const struct slab *slab)
{
    SLAB_UNPOISON(slab->slots, (size_t)slab->capacity * slab->layout.stride_bytes);
}

static void poison_vacant(const struct slab *slab)
{
#if SANITIZER_ADDRESS
    for (uint32_t index = 0; index < slab->capacity; index++) {
        char *element = slab->slots + (size_t)index * slab->layout.stride_bytes;
        if (index >= slab_limit(slab) || !occupied(slab, index))
            SLAB_POISON(element + slab->layout.offset_bytes, slab->layout.element_bytes);
    }
#else
    (void)slab;
#endif
}

static size_t slots_bytes(const struct slab *slab, uint32_t capacity)
{
    return (size_t)capacity * slab->layout.stride_bytes;
}

static int set_capacity(struct slab *slab, uint32_t capacity)
{
    size_t new_bytes;
    if (__builtin_mul_overflow((size_t)capacity, (size_t)slab->layout.stride_bytes, &new_bytes))
        return -ENOMEM;
    unpoison_all(slab);
    char *slots = allocator_resize(slab->allocator, slab->slots, slots_bytes(slab, slab->capacity),
                                   new_bytes, slab->layout.offset_bytes);
    if (slots) {
        slab->slots = slots;
        slab->capacity = capacity;
    }
    poison_vacant(slab);
    return slots ? 0 : -ENOMEM;
}

static void release(struct slab *slab)
{
    unpoison_all(slab);
    allocator_free(slab->allocator, slab->slots, slots_bytes(slab, slab->capacity),
                   slab->layout.offset_bytes);
    slab->slots = NULL;
    slab->capacity = 0;
}

void slab_fini(struct slab *slab)
{
    release(slab);
    *slab = (struct slab){0};
}

int slab_reserve(struct slab *slab, size_t count)
{
    if (count > SLOTS_MAX - slab->retired)
        return -ENOMEM;
    uint32_t slots = (uint32_t)count + slab->retired;
    return slots <= slab->capacity ? 0 : set_capacity(slab, slots);
}

/* Make the vacant list anew, without slots that ran out of generations, and in index order: what is
 * inserted next lies close together. */
static void link_vacant(struct slab *slab)
{
    slab->head = slab_limit(slab);
    slab->retired = 0;
    for (uint32_t index = slab_limit(slab); index-- > 0;) {
        struct slab_word *word = slab_word(slab, slab->layout, index);
        if (occupied(slab, index))
            continue;
        if (GENERATION(word->bits) == 0) {
            slab->retired++;
            continue;
        }
        word->bits = slab_relink(word->bits, (uint32_t)word->bits, slab->head);
        slab->head = index;
    }
}

static int grow(struct slab *slab)
{
    if (slab->capacity == SLOTS_MAX)
        return -ENOMEM;
    uint32_t doubled = slab->capacity > SLOTS_MAX / 2 ? SLOTS_MAX : slab->capacity * 2;
    return set_capacity(slab, doubled > SLOTS_FIRST ? doubled : SLOTS_FIRST);
}

/* Either the slot at the front has run out of generations, or there is no vacant one and no memory
 * for more. The second insert cannot come back here: it finds a slot with a generation, or room. */
void *slab_insert_slow(struct slab *slab, struct slab_key *key)
{
    if (slab->head != slab_limit(slab))
        link_vacant(slab);
    if (slab->head == slab->capacity && grow(slab) != 0)
        return NULL;
    return slab_insert(slab, key);
}

void slab_clear(struct slab *slab)
{
    uint32_t cursor = 0;
    struct slab_key key;
    while (slab_next(slab, &cursor, &key))
        slab_remove(slab, key, NULL);
    link_vacant(slab);
}

/* A dropped slot takes its generations along, so that slots which later stand at the same index
 * start above them. A retired slot has none to start above: it stays, and all before it. */
/* lesson: slab-drop */
static void drop_vacant_tail(struct slab *slab)
{
    while (slab_limit(slab) > 0 && !occupied(slab, slab_limit(slab) - 1)) {
        uint64_t word = slab_word(slab, slab->layout, slab_limit(slab) - 1)->bits;
        if (GENERATION(word) == 0)
            break;
        slab->fresh--;
        if (GENERATION(slab->fresh) < GENERATION(word))
            slab->fresh = slab_relink(word, (uint32_t)word, slab_limit(slab));
    }
}
/* end lesson */

int slab_shrink(struct slab *slab)
{
    drop_vacant_tail(slab);
    link_vacant(slab);
    if (slab_limit(slab) == slab->capacity)
        return 0;
    if (slab_limit(slab) > 0)
        return set_capacity(slab, slab_limit(slab));
    release(slab);
    return 0;
}
