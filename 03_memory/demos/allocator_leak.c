/* allocator_leak.c - a leak, found by the allocator that remembers.
 *
 * A table of names copies what it is given. Replacing a name forgets to free the old copy. Nothing
 * crashes and every answer is right; the tracking allocator says how many blocks are left, how large
 * they are, and which request, counted from the first, made each.
 *
 *   allocator_leak
 *
 * Expected output:
 *     the name is Bell
 *     leaked: block 2, 4 bytes
 *     leaked: block 3, 8 bytes
 *     2 blocks leaked, 12 bytes
 */
#include <stdio.h>

#include "03_memory/allocator.h"

struct person {
    struct allocator *allocator;
    char *name;
};

static bool person_rename(struct person *person, const char *name)
{
    char *copy = allocator_alloc(person->allocator, strlen(name) + 1, 1);
    if (!copy)
        return false;
    memcpy(copy, name, strlen(name) + 1);
    person->name = copy; /* and the old one? */
    return true;
}

static void print_leak(const struct allocator_block *block, void *context)
{
    (void)context;
    printf("leaked: block %llu, %zu bytes\n", (unsigned long long)block->serial, block->size_bytes);
}

int main(void)
{
    struct allocator_tracking tracking;
    allocator_tracking_init(&tracking, allocator_system());
    struct person *person =
        allocator_alloc_zeroed(&tracking.base, sizeof(*person), _Alignof(struct person));
    if (!person)
        return 1;
    person->allocator = &tracking.base;
    if (!person_rename(person, "Ada") || !person_rename(person, "Grace M") ||
        !person_rename(person, "Bell"))
        return 1;
    printf("the name is %s\n", person->name);
    allocator_free(&tracking.base, person->name, strlen(person->name) + 1, 1);
    allocator_free(&tracking.base, person, sizeof(*person), _Alignof(struct person));
    allocator_tracking_each(&tracking, print_leak, NULL);
    size_t bytes = allocator_tracking_live_bytes(&tracking);
    size_t leaks = allocator_tracking_fini(&tracking);
    printf("%zu blocks leaked, %zu bytes\n", leaks, bytes);
    return 0;
}
