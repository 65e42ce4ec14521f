/* wide.c - the double-width operations that the exercise lends to a submission, which may bring no
 * assembly of its own: those of 07_unsafe/tagged.h, where the instruction is explained. */
#include "tagged_stack.h"

#include "07_unsafe/tagged.h"

bool wide_compare_exchange(struct wide *target, struct wide *expected, struct wide desired)
{
    struct tagged_pair found = {(void *)(uintptr_t)expected->low, expected->high};
    bool equal = tagged_pair_compare_exchange(
        (struct tagged_pair *)target, &found,
        (struct tagged_pair){(void *)(uintptr_t)desired.low, desired.high});
    *expected = (struct wide){(uintptr_t)found.pointer, found.count};
    return equal;
}

struct wide wide_load(struct wide *target)
{
    struct wide found = {0, 0};
    wide_compare_exchange(target, &found, found); /* 0 for 0, or nothing */
    return found;
}
