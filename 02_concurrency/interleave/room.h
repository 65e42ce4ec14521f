/* room.h - arrays that grow, for a program that cannot go on without memory.
 *
 * Interface: room_for room_copy
 */
#ifndef SYSLAB_INTERLEAVE_ROOM_H
#define SYSLAB_INTERLEAVE_ROOM_H

#include <stddef.h>

/* Room for one more element behind `count`; *room: for how many there is. Returns: the array, perhaps elsewhere. Ends the
 * process, with a message, when there is no memory. */
void *room_for(void *array, int count, int *room, size_t element_bytes);

/* Returns: a copy of so many bytes, which the caller frees; NULL of none. Ends the process as room_for does. */
void *room_copy(const void *bytes, size_t count);

#endif
