/* wrap.h - what the linker's --wrap leads a call of the explored program to. Internal to wrap_*.c.
 *
 * Interface: WRAP wrap_*
 */
#ifndef SYSLAB_INTERLEAVE_WRAP_H
#define SYSLAB_INTERLEAVE_WRAP_H

#include "02_concurrency/interleave/machine.h"

/* The function that is called in place of `name`; main.c names it to the linker. */
#define WRAP(type, name, ...)                                                                      \
    type __wrap_##name(__VA_ARGS__);                                                               \
    type __wrap_##name(__VA_ARGS__)

/* The thread's own bit in a word of those that wait. */
static inline graph_value wrap_self_bit(void)
{
    return (graph_value)1 << machine_self();
}
/* A read-modify-write of a word of four bytes. Returns: what it read. */
graph_value wrap_ask(enum update update, int order, graph_value operand, const char *label,
                     void *at);

/* A mutex, of any kind: in wrap_locks.c. */
void wrap_lock(void *mutex);
void wrap_unlock(void *mutex);
/* An object is made, as zeros but for its first word; or unmade. */
void wrap_set_up(void *object, size_t bytes, uint32_t value);
void wrap_tear_down(void *object, size_t bytes, bool is_mutex);

/* Wait until somebody clears our bit: in wrap_waits.c. Returns: whether somebody did, and not the deadline came. */
bool wrap_wait_for_bit(void *bits, bool deadline);
/* Clear so many bits, each of a thread that waits. */
void wrap_wake(void *bits, graph_value count, const char *label);

#endif
