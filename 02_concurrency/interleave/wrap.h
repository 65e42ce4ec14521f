/* wrap.h - what the linker's --wrap leads a call of the explored program to. Internal to wrap_*.c.
 *
 * Interface: WRAP wrap_*
 */
#ifndef SYSLAB_INTERLEAVE_WRAP_H
#define SYSLAB_INTERLEAVE_WRAP_H

#include "02_concurrency/interleave/machine.h"
#include "02_concurrency/interleave/wrap_list.h"

enum {
#define WRAP_LISTED(name) WRAP_LISTED_##name,
    WRAP_LIST(WRAP_LISTED) WRAP_COUNT
};

/* The function that is called in place of `name`, which the list has: without that the linker would not lead here. */
#define WRAP(type, name, ...)                                                                      \
    _Static_assert(WRAP_LISTED_##name < WRAP_COUNT, "is in wrap_list.h");                          \
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
/* The same, and its thread waits until a deadline at most. Returns: whether it wrote before that. */
bool wrap_ask_until(enum update update, graph_value operand, const char *label, void *at);

/* An object is made: zeros, but for its first word. */
void wrap_set_up(void *object, size_t bytes, uint32_t value);
/* It is unmade: nobody may hold it. */
void wrap_tear_down(void *object, size_t bytes);

/* A mutex: in wrap_locks.c. */
void wrap_lock_mutex(void *mutex);
void wrap_unlock_mutex(void *mutex);

/* The word whose bits are the threads that wait on that object: in wrap_waits.c. */
void *wrap_waiting(const void *object);
/* Wait until somebody clears our bit. ways: that it may end otherwise; deadline: the last of them is that. Returns: which
 * way it went; 0: woken. */
int wrap_wait_for_bit(void *bits, int ways, bool deadline);
/* Clear so many bits, each of a thread that waits. */
void wrap_wake(void *bits, graph_value count, const char *label);

#endif
