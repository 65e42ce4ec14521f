/* context.h - several flows of control in one thread, each on a stack of its own.
 *
 * A context is a function that can stop in the middle, let another go on, and go on there itself later:
 * its variables, its callers and the place where it stopped stay on its stack meanwhile. Switching from
 * one to another is a matter of a few registers, and no word of C says it: you write it in assembly, for
 * x86-64.
 *
 * Do not change this file: your submission is graded against the course's copy.
 *
 * Interface: context_init context_switch
 */
#ifndef SYSLAB_EXERCISE_CONTEXT_H
#define SYSLAB_EXERCISE_CONTEXT_H

#include <stddef.h>
#include <stdint.h>

/* Yours: what it needs to go on with a context that waits. One that nobody has initialised stands for
 * the flow of control that runs already, and is filled by the first switch away from it. */
struct context {
    _Alignas(16) uint64_t word[32];
};

/* What runs in a context. value: what the switch brought that was the first to it.
 * Returns: the context that goes on, which waits or is new; what it gets as a value is NULL. This one is
 * over. */
typedef struct context *(*context_fn)(void *argument, void *value);

enum {
    CONTEXT_STACK_MIN_BYTES = 4096,
    CONTEXT_STACK_OWN_BYTES = 1024, /* what you may take of a stack, at its upper end */
};

/* Prepare a context that calls entry(argument, value) on that stack when it is first switched to; nothing
 * of it runs yet. It begins with the rounding modes (the control words of SSE and x87) of whoever calls
 * this. stack: the lowest byte, at any address. stack_bytes: CONTEXT_STACK_MIN_BYTES or more.
 * Owns: the caller owns both; nothing is to be given back. */
void context_init(struct context *context, void *stack, size_t stack_bytes, context_fn entry,
                  void *argument);

/* Stop here, which is `from`, and go on in `to`, which waits or was just initialised.
 * Returns: the value of the switch that comes back to `from`, or NULL if an entry did that by its end. */
void *context_switch(struct context *from, struct context *to, void *value);

#endif
