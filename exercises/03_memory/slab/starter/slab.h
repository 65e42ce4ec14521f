/* slab.h - a table of values behind keys that are found out when they are stale.
 *
 * A slab hands out a key for each value that it holds. The key finds its value for as long as the value is
 * there, and nothing afterwards: not even when another value has moved into the same place.
 *
 * Do not change this file: your submission is graded against the course's copy.
 *
 * Interface: slab_create slab_destroy slab_insert slab_get slab_remove slab_next slab_count
 */
#ifndef SYSLAB_EXERCISE_SLAB_H
#define SYSLAB_EXERCISE_SLAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "03_memory/allocator.h"

struct slab; /* yours to define */

/* What the bits mean is yours to decide, but no value ever has the key 0. */
struct slab_key {
    uint64_t bits;
};

#define SLAB_KEY_NONE ((struct slab_key){0})

/* Make an empty slab for values of element_bytes (1 to 4096). All its memory, its own bookkeeping too, comes
 * from the allocator. Returns: the slab, or NULL when the allocator refuses. */
struct slab *slab_create(struct allocator *allocator, size_t element_bytes);

/* Give everything back to the allocator. NULL is ignored. */
void slab_destroy(struct slab *slab);

/* Make a place for one more value. Returns: the place, element_bytes long, aligned to 16 and indeterminate,
 * for the caller to fill in, and its *key; or NULL when the allocator refuses, and the slab and all its
 * values are as they were. The place may move at the next insert; the key stays. */
void *slab_insert(struct slab *slab, struct slab_key *key);

/* Returns: the value's place, or NULL when this slab has no value of that key: it was removed, or the key was
 * never handed out. */
void *slab_get(const struct slab *slab, struct slab_key key);

/* Remove the value of that key. Returns: true, or false (and nothing changes) where slab_get finds nothing. */
bool slab_remove(struct slab *slab, struct slab_key key);

/* Visit all values: *cursor is 0 before the first call and yours from then on. Returns: a value not visited
 * yet and its *key, or NULL after the last. The value just returned may be removed before the next call;
 * nothing may be inserted on the way. */
void *slab_next(const struct slab *slab, size_t *cursor, struct slab_key *key);

/* Returns: how many values the slab holds. */
size_t slab_count(const struct slab *slab);

#endif
