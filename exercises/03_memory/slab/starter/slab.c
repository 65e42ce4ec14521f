/* slab.c - your slab. The handout is README.md; the contract is slab.h.
 *
 * A good order of work, one red test after the other:
 *   1. slab_create, slab_insert, slab_get: an array of slots, a key that is an index plus one.
 *   2. The array grows when it is full.
 *   3. slab_remove: the slot goes onto a list of vacant ones, and insert looks there first.
 *   4. A generation in each slot and in each key, so that a stale key is found out.
 *   5. slab_next, slab_count, slab_destroy; the allocator that refuses.
 */
#include "slab.h"

#include <string.h>

struct slab {
    struct allocator *allocator; /* add what you need */
};

struct slab *slab_create(struct allocator *allocator, size_t element_bytes)
{
    (void)allocator, (void)element_bytes;
    return NULL; /* step 1 */
}

void slab_destroy(struct slab *slab)
{
    (void)slab; /* step 5 */
}

void *slab_insert(struct slab *slab, struct slab_key *key)
{
    (void)slab, (void)key;
    return NULL; /* steps 1 to 4 */
}

void *slab_get(const struct slab *slab, struct slab_key key)
{
    (void)slab, (void)key;
    return NULL; /* steps 1 and 4 */
}

bool slab_remove(struct slab *slab, struct slab_key key)
{
    (void)slab, (void)key;
    return false; /* steps 3 and 4 */
}

void *slab_next(const struct slab *slab, size_t *cursor, struct slab_key *key)
{
    (void)slab, (void)cursor, (void)key;
    return NULL; /* step 5 */
}

size_t slab_count(const struct slab *slab)
{
    (void)slab;
    return 0; /* step 5 */
}
