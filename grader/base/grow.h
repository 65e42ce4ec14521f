/* grow.h - room for one more element in a growing array.
 *
 * Interface: grow
 */
#ifndef SYSLAB_GRADER_GROW_H
#define SYSLAB_GRADER_GROW_H

#include <stdlib.h>
#include <string.h>

/* Make room for element `count` of *array, zeroed; capacity doubles when it is used up.
 * Returns: the element, or NULL without memory; the array is then as it was. Cost: O(1) amortised. */
static inline void *grow(void **array, size_t count, size_t *capacity, size_t element_bytes)
{
    if (count == *capacity) {
        size_t larger = *capacity ? *capacity * 2 : 16;
        void *moved = reallocarray(*array, larger, element_bytes);
        if (!moved)
            return NULL;
        *array = moved;
        *capacity = larger;
    }
    return memset((char *)*array + count * element_bytes, 0, element_bytes);
}

#endif
