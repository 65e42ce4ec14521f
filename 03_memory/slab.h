/* slab.h - values in one array behind stable keys that are found out when they are stale.
 *
 * A handle into a table must answer two questions: where is the value, and is it still the value
 * that I mean? A pointer answers neither once the value is gone; a plain index points at whoever
 * moved in afterwards. A key holds an index and a generation, and both must match.
 *
 *     slots   +0                +1                +2                +3 = limit
 *            +------+---------+------+---------+------+---------+------ - - -
 *            | word | element | word | element | word | element |  never used
 *            +------+---------+------+---------+------+---------+------ - - -
 *              3:0              5:2              1:3              head = 1
 *              occupied         vacant           vacant, the last
 *
 * The word is 64 bits: a generation (high half) and an index (low half). In an occupied slot it is
 * that slot's key. In a vacant slot it is the next occupant's generation and the next vacant slot;
 * the list ends with `limit`. Hence the invariant that makes a lookup one comparison:
 *
 *     a slot's word equals a key exactly when the slot is occupied by the value of that key,
 *
 * since a vacant slot never links to itself. A generation goes up with each removal and never comes
 * back: after 2^32 - 1 occupants a slot retires and is not used again. Generations start at 1, so
 * no value ever has the key 0, SLAB_KEY_NONE.
 *
 * Elements move when the slab grows or shrinks: hold keys, and pointers only until the next insert,
 * reserve or shrink. (Chunks that never move would cost one more load in each lookup; the bench row
 * slab/get-in-chunks shows the price.) slab_reserve promises no move up to a count.
 *
 * Under the address sanitizer the elements of vacant slots are poisoned: a pointer that outlives
 * its value is reported where it is used.
 *
 * Every operation has a twin with the suffix _in, which takes the layout again. There the layout is
 * a constant (SLAB_LAYOUT(struct entity)), so that the compiler turns the multiplication by the
 * slot's size into shifts and inlines copies, as if the slab were written for the type alone.
 *
 * Threads: none; a slab is one thread's, or the caller locks. Progress: no call blocks.
 * Do not: copy a struct slab after init; keep a pointer across a call that may move; give the _in
 * functions a layout other than init's; use a key with another slab (it may match there).
 *
 * Interface: SLAB_LAYOUT SLAB_KEY_NONE slab_init slab_fini slab_insert slab_get slab_remove
 *            slab_next slab_insert_in slab_get_in slab_remove_in slab_next_in slab_reserve
 *            slab_clear slab_shrink slab_count slab_capacity slab_key_index slab_key_generation
 */
#ifndef SYSLAB_MEMORY_SLAB_H
#define SYSLAB_MEMORY_SLAB_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "03_memory/allocator.h"
#include "07_unsafe/assert.h"
#include "07_unsafe/sanitizer.h"

/* A struct and not an integer, so that a key cannot be mistaken for an index or a count. The bits
 * may be stored anywhere (epoll_event.data.u64, a message to a peer) and come back as they were. */
struct slab_key {
    uint64_t bits;
};

#define SLAB_KEY_NONE ((struct slab_key){0})

/* What a slot begins with. A struct of its own, so that the compiler knows that writing one leaves
 * the fields of struct slab alone. */
struct slab_word {
    uint64_t bits;
};

struct slab_layout {
    uint32_t element_bytes;
    uint32_t offset_bytes; /* of the element in its slot; also the slot's alignment */
    uint32_t stride_bytes; /* from slot to slot; 0 for an element that is too large */
};

struct slab {
    char *slots;
    uint64_t fresh;    /* the key that a slot never used before gets next; its index is the limit */
    uint32_t head;     /* the vacant slot to fill next; equal to the limit: none below it */
    uint32_t capacity; /* slots that there is memory for */
    uint32_t count;    /* occupied slots */
    uint32_t retired;  /* slots below the limit that were seen to have run out of generations */
    struct slab_layout layout;
    struct allocator *allocator;
};

/* The layout for elements of a size and alignment; a constant where its arguments are. */
static inline struct slab_layout slab_layout(size_t element_bytes, size_t align)
{
    size_t unit = align > sizeof(uint64_t) ? align : sizeof(uint64_t);
    if (element_bytes > UINT32_MAX / 4 || unit > UINT32_MAX / 4)
        return (struct slab_layout){0};
    size_t stride = (unit + element_bytes + unit - 1) & ~(unit - 1);
    return (struct slab_layout){(uint32_t)element_bytes, (uint32_t)unit, (uint32_t)stride};
}
#define SLAB_LAYOUT(type) slab_layout(sizeof(type), _Alignof(type))

/* Make an empty slab in the caller's storage. Allocates nothing.
 * Returns: 0. Errors: -EINVAL an element of 1 GiB or more. Owns: end it with slab_fini. */
int slab_init(struct slab *slab, struct slab_layout layout, struct allocator *allocator);

/* Give all memory back. Elements are not visited; afterwards only slab_init is allowed. */
void slab_fini(struct slab *slab);

/* Make room for `count` elements in all: until there are more, insert neither fails nor moves.
 * (A slot that retires after that takes its room along.)
 * Returns: 0. Errors: -ENOMEM, and nothing has changed. Cost: O(slots) when it moves. */
int slab_reserve(struct slab *slab, size_t count);

/* Remove every element and keep the memory. All keys are stale afterwards. Cost: O(slots). */
void slab_clear(struct slab *slab);

/* Drop the vacant slots at the end and give their memory back. Keys stay valid; elements may move.
 * Returns: 0. Errors: -ENOMEM the allocator would not make the block smaller; every element and key
 * is as it was, and so is the memory. Cost: O(slots). */
int slab_shrink(struct slab *slab);

/* Insert where the list first needs work: no memory is left, or a slot must retire. Internal. */
void *slab_insert_slow(struct slab *slab, struct slab_key *key);

/* Returns: how many elements are in it. */
static inline size_t slab_count(const struct slab *slab)
{
    return slab->count;
}

/* How many elements fit without growing. */
static inline size_t slab_capacity(const struct slab *slab)
{
    return slab->capacity - slab->retired;
}

/* Dense and small: what a table beside the slab may be indexed with. */
static inline uint32_t slab_key_index(struct slab_key key)
{
    return (uint32_t)key.bits;
}

/* How often its slot had been given out when this key was made. */
static inline uint32_t slab_key_generation(struct slab_key key)
{
    return (uint32_t)(key.bits >> 32);
}

#if SANITIZER_ADDRESS
#include <sanitizer/asan_interface.h>
#define SLAB_POISON(element, size_bytes)   __asan_poison_memory_region(element, size_bytes)
#define SLAB_UNPOISON(element, size_bytes) __asan_unpoison_memory_region(element, size_bytes)
#else
#define SLAB_POISON(element, size_bytes)   ((void)(element))
#define SLAB_UNPOISON(element, size_bytes) ((void)(element))
#endif

/* Slots below the limit have been used; the others have no word yet. */
static inline uint32_t slab_limit(const struct slab *slab)
{
    return (uint32_t)slab->fresh;
}

/* The word in front of an element. Internal; the layout is passed so that the compiler may know it. */
static inline struct slab_word *slab_word(const struct slab *slab, struct slab_layout layout,
                                          uint32_t index)
{
    ASSERT(layout.element_bytes == slab->layout.element_bytes);
    ASSERT(layout.stride_bytes == slab->layout.stride_bytes);
    return (struct slab_word *)(void *)(slab->slots + (size_t)index * layout.stride_bytes);
}

/* The word with its low half changed from one number to another; the generation stays. */
static inline uint64_t slab_relink(uint64_t word, uint32_t from, uint32_t to)
{
    return word ^ (from ^ to);
}

/* Take a slot and learn its key before the value is written, so that the value may hold its own key.
 * Returns: the element, indeterminate, to be filled in; or NULL without memory, and nothing has
 * changed. *key is set only with a result. Owns: the slab owns the element; valid until the next
 * call that moves. Cost: O(1) amortised; the slot vacated last is used first. */
/* lesson: slab-insert */
static inline void *slab_insert_in(struct slab *slab, struct slab_layout layout,
                                   struct slab_key *key)
{
    uint32_t index = slab->head;
    struct slab_word *word;
    if (index != slab_limit(slab)) {
        word = slab_word(slab, layout, index);
        if (__builtin_expect(word->bits <= UINT32_MAX, 0))
            return slab_insert_slow(slab, key);
        slab->head = (uint32_t)word->bits;
        word->bits = slab_relink(word->bits, slab->head, index);
    } else {
        if (__builtin_expect(index == slab->capacity, 0))
            return slab_insert_slow(slab, key);
        word = slab_word(slab, layout, index);
        word->bits = slab->fresh++;
        slab->head = index + 1;
    }
    slab->count++;
    key->bits = word->bits;
    void *element = (char *)word + layout.offset_bytes;
    SLAB_UNPOISON(element, layout.element_bytes);
    return element;
}
/* end lesson */

/* The element of a key.
 * Returns: it, or NULL for a key that is stale, none, or never was (any 64 bits may be asked for).
 * Owns: the slab; valid until the element is removed or a call moves. Cost: O(1), one comparison. */
/* lesson: slab-get */
static inline void *slab_get_in(const struct slab *slab, struct slab_layout layout,
                                struct slab_key key)
{
    uint32_t index = slab_key_index(key);
    if (index >= slab_limit(slab))
        return NULL;
    struct slab_word *word = slab_word(slab, layout, index);
    return word->bits == key.bits ? (char *)word + layout.offset_bytes : NULL;
}
/* end lesson */

/* Remove the element of a key, copied to *out first unless out is NULL.
 * Returns: 0. Errors: -ENOENT for a key that has no element; nothing has changed, *out neither.
 * Cost: O(1). The key is stale from now on, for good. */
/* lesson: slab-remove */
static inline int slab_remove_in(struct slab *slab, struct slab_layout layout, struct slab_key key,
                                 void *out)
{
    void *element = slab_get_in(slab, layout, key);
    if (!element)
        return -ENOENT;
    if (out)
        memcpy(out, element, layout.element_bytes);
    SLAB_POISON(element, layout.element_bytes);
    uint32_t index = slab_key_index(key);
    uint64_t next = key.bits + (UINT64_C(1) << 32);
    slab_word(slab, layout, index)->bits = slab_relink(next, index, slab->head);
    slab->head = index;
    slab->count--;
    return 0; /* a generation that went round to 0 is found by the insert that meets it */
}
/* end lesson */

/* Visit elements in index order: the next one at or after *cursor, which starts at 0.
 * Returns: the element and its *key (unless key is NULL), or NULL after the last.
 * Elements may be removed on the way. One that is inserted on the way may be missed, and moves.
 * Cost: O(slots) for the whole way, vacant ones included. */
static inline void *slab_next_in(const struct slab *slab, struct slab_layout layout,
                                 uint32_t *cursor, struct slab_key *key)
{
    for (uint32_t index = *cursor; index < slab_limit(slab); index++) {
        struct slab_word *word = slab_word(slab, layout, index);
        if ((uint32_t)word->bits != index)
            continue;
        if (key)
            key->bits = word->bits;
        *cursor = index + 1;
        return (char *)word + layout.offset_bytes;
    }
    *cursor = slab_limit(slab);
    return NULL;
}

/* The same four with the layout that init was given. */
static inline void *slab_insert(struct slab *slab, struct slab_key *key)
{
    return slab_insert_in(slab, slab->layout, key);
}

/* As slab_get_in. */
static inline void *slab_get(const struct slab *slab, struct slab_key key)
{
    return slab_get_in(slab, slab->layout, key);
}

/* As slab_remove_in. */
static inline int slab_remove(struct slab *slab, struct slab_key key, void *out)
{
    return slab_remove_in(slab, slab->layout, key, out);
}

/* As slab_next_in. */
static inline void *slab_next(const struct slab *slab, uint32_t *cursor, struct slab_key *key)
{
    return slab_next_in(slab, slab->layout, cursor, key);
}

#endif
