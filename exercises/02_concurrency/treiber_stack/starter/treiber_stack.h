/* treiber_stack.h - a stack without locks whose nodes are allocated and given back.
 *
 * The stack is a chain of nodes, and one pointer says which is on top. A pop reads the top node's next: so the node
 * must not be given back while anybody might be about to do that, and it must not come again, as a new node at
 * the same address, while somebody takes it for the old one. Who looks into a node says so first.
 *
 * Do not change this file: your submission is graded against the course's copy.
 *
 * Interface: treiber_stack_create treiber_stack_destroy treiber_stack_push treiber_stack_pop
 */
#ifndef SYSLAB_EXERCISE_TREIBER_STACK_H
#define SYSLAB_EXERCISE_TREIBER_STACK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "03_memory/allocator.h"

enum {
    TREIBER_STACK_THREADS = 4,       /* threads have the numbers 0 to 3 */
    TREIBER_STACK_GARBAGE_MAX = 256, /* blocks that are neither in the stack nor given back */
};

struct treiber_stack; /* yours: define it in your file */

/* Make an empty stack, whose memory comes from the allocator.
 * Returns: it, or NULL if there is no memory. */
struct treiber_stack *treiber_stack_create(struct allocator *allocator);

/* Give all memory back: the stack's, that of the items inside, and of all that waits to be given back. NULL is
 * ignored. Threads: alone. */
void treiber_stack_destroy(struct treiber_stack *stack);

/* Put a value on top: any pointer, NULL too. It takes one block from the allocator. `thread` is the caller's number;
 * each number is used by one thread at a time, and who hands it to another thread synchronises with that one.
 * Returns: true, or false, and the stack as it was, if there is no memory.
 * Threads: any, with numbers of their own. Progress: lock-free, if the allocator is. */
bool treiber_stack_push(struct treiber_stack *stack, unsigned thread, void *value);

/* Take the value that is on top into *value. Needs no memory.
 * Returns: true, or false, with *value as it was, if the stack was empty at a moment of the call.
 * Threads, progress: as treiber_stack_push. */
bool treiber_stack_pop(struct treiber_stack *stack, unsigned thread, void **value);

#endif
