/* room.c - doubling, and a way out when there is no memory. */
#include "02_concurrency/interleave/room.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *got(void *memory)
{
    if (memory)
        return memory;
    fputs("interleave: out of memory\n", stderr);
    exit(2);
}

void *room_for(void *array, int count, int *room, size_t element_bytes)
{
    if (count < *room)
        return array;
    *room = *room ? 2 * *room : 64;
    return got(realloc(array, (size_t)*room * element_bytes));
}

void *room_copy(const void *bytes, size_t count)
{
    return count > 0 ? memcpy(got(malloc(count)), bytes, count) : NULL;
}
