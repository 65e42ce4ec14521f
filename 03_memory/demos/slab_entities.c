/* slab_entities.c - a game's entities in a slab: a missile keeps its target's key, and finds out that
 * the target is gone although another ship has taken its slot.
 *
 * Usage: demo_slab_entities
 * Lesson: 03_memory/README.md, section slab.
 * Expected output:
 *     Falcon is slot 0, generation 1
 *     Raven is slot 1, generation 1
 *     the missile follows Raven
 *     Raven leaves; Heron takes slot 1, generation 2
 *     the missile's target is gone
 *     still flying: Falcon Heron
 */
#include <stdio.h>

#include "03_memory/slab.h"

struct ship {
    const char *name;
    struct slab_key self; /* known before the ship is written */
};

#define SHIPS SLAB_LAYOUT(struct ship)

static struct slab_key launch(struct slab *ships, const char *name)
{
    struct slab_key key = SLAB_KEY_NONE;
    struct ship *ship = slab_insert_in(ships, SHIPS, &key);
    if (ship)
        *ship = (struct ship){name, key};
    return key;
}

static void tell(struct slab_key key, const char *how)
{
    printf("%s slot %u, generation %u\n", how, slab_key_index(key), slab_key_generation(key));
}

static void follow(const struct slab *ships, struct slab_key target)
{
    const struct ship *ship = slab_get_in(ships, SHIPS, target);
    if (ship)
        printf("the missile follows %s\n", ship->name);
    else
        printf("the missile's target is gone\n");
}

int main(void)
{
    struct slab ships;
    if (slab_init(&ships, SHIPS, allocator_system()) != 0)
        return 1;
    tell(launch(&ships, "Falcon"), "Falcon is");
    struct slab_key target = launch(&ships, "Raven");
    tell(target, "Raven is");
    follow(&ships, target);
    slab_remove_in(&ships, SHIPS, target, NULL);
    tell(launch(&ships, "Heron"), "Raven leaves; Heron takes");
    follow(&ships, target);
    printf("still flying:");
    uint32_t cursor = 0;
    for (const struct ship *ship; (ship = slab_next_in(&ships, SHIPS, &cursor, NULL));)
        printf(" %s", ship->name);
    printf("\n");
    slab_fini(&ships);
    return 0;
}
