/* subject_door.h - the allocator that a submission is handed, with nothing behind the pointer.
 *
 * What counts a submission's requests, refuses some, and finds its faults has public types, and a test
 * that hands out `&failing.base` hands out the counters with it. The door is a bare struct allocator on a
 * page of its own, far from the test's data and read-only: what stands behind it is known to the harness.
 *
 *     arena = arena_create(subject_door(&failing.base), 4096);
 *
 * Threads: subject_door on the test's own, while no other is in the allocator; the door itself as what
 * is behind it.
 * Interface: subject_door
 */
#ifndef SYSLAB_EXERCISES_SUBJECT_DOOR_H
#define SYSLAB_EXERCISES_SUBJECT_DOOR_H

#include "03_memory/allocator.h"

/* Let the door lead to `behind` from now on. Returns: the one door; never NULL. */
struct allocator *subject_door(struct allocator *behind);

#endif
