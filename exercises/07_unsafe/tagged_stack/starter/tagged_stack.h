/* tagged_stack.h - a stack that any number of threads use at once, without a lock.
 *
 * The stack is a chain of items and one word that says which is on top. Who wants to change it reads that
 * word, prepares the new one, and swaps the two if the word is still as it was: Treiber's stack. "As it
 * was" must mean that nothing has happened meanwhile, and not only that the same item is on top again.
 *
 * Do not change this file: your submission is graded against the course's copy.
 *
 * Interface: tagged_stack_init tagged_stack_push tagged_stack_pop tagged_stack_take_all
 *            tagged_stack_next; the course's: wide_load wide_compare_exchange
 */
#ifndef SYSLAB_EXERCISE_TAGGED_STACK_H
#define SYSLAB_EXERCISE_TAGGED_STACK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- two words that change as one: the course's, for C has no word for it ---- */

struct wide {
    _Alignas(16) uint64_t low;
    uint64_t high;
};

/* Returns: both words, as they were at one moment. The words have to be read like this: a plain read of
 * them, while another thread may swap, is a data race. */
struct wide wide_load(struct wide *target);

/* If both words of *target are those of *expected, make them desired; else *expected = what is there.
 * Returns: whether they were. Sequentially consistent. Does not fail without a reason. */
bool wide_compare_exchange(struct wide *target, struct wide *expected, struct wide desired);

/* ---- the stack ---- */

enum { TAGGED_STACK_ITEMS_MAX = 1 << 17 };

struct tagged_item {
    /* Yours, in a stack and out of it; nobody else writes here, and what they hold at first is not to
     * be looked at. Atomic: who is late may still read them when the item has long left the stack. */
    _Atomic uint64_t next, more;
    uintptr_t value; /* the caller's */
};

/* Take what you need of it, and leave the rest. */
struct tagged_stack {
    struct wide top;           /* 16 bytes, for wide_compare_exchange */
    _Atomic uint64_t word;     /* 8 bytes, for <stdatomic.h> */
    struct tagged_item *items; /* for what tagged_stack_init is told */
    size_t count;
};

/* Make an empty stack. Only items of this array, of up to TAGGED_STACK_ITEMS_MAX, will be pushed to it,
 * and their memory can be read as long as the stack is used: who is late reads no freed memory.
 * Threads: alone. */
void tagged_stack_init(struct tagged_stack *stack, struct tagged_item *items, size_t count);

/* Put an item, which is in no stack, on top. What the thread wrote to its value is there for whoever
 * pops it. Threads: any number. Progress: lock-free. */
void tagged_stack_push(struct tagged_stack *stack, struct tagged_item *item);

/* Returns: the item that was on top, which is the caller's now, or NULL from an empty stack.
 * Threads: any number. Progress: lock-free. */
struct tagged_item *tagged_stack_pop(struct tagged_stack *stack);

/* Take all items at once.
 * Returns: the one that was on top; tagged_stack_next leads to the others; NULL from an empty stack.
 * Threads: any number. Progress: lock-free. */
struct tagged_item *tagged_stack_take_all(struct tagged_stack *stack);

/* item came from tagged_stack_take_all, or from here, and was not pushed since.
 * Returns: the one that was below it, or NULL. Threads: whose the items are. */
struct tagged_item *tagged_stack_next(const struct tagged_stack *stack,
                                      const struct tagged_item *item);

#endif
