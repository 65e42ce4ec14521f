/* treiber_stack.c - your stack. The handout is README.md; the contract is treiber_stack.h.
 *
 * A good order of work:
 *   1. For one thread: create, push, pop, destroy; a pop gives its node back at once.
 *   2. With compare-and-swap. Now threads survive, mostly.
 *   3. Do not give a popped node back: keep it in a list of the thread's (its own link will do: there is no memory to be
 *      had in a pop). Let destroy give all of it back.
 *   4. A word for each thread, which all can read: the node that it is about to look into. Announce it, and then make sure
 *      that it is still on top.
 *   5. When a list is long, give back what nobody has announced.
 */
#include "treiber_stack.h"

struct treiber_stack {
    struct allocator *allocator;
};

struct treiber_stack *treiber_stack_create(struct allocator *allocator)
{
    (void)allocator;
    return NULL; /* step 1 */
}

void treiber_stack_destroy(struct treiber_stack *stack)
{
    (void)stack; /* step 1 */
}

bool treiber_stack_push(struct treiber_stack *stack, unsigned thread, void *value)
{
    (void)stack, (void)thread, (void)value;
    return false; /* step 1 */
}

bool treiber_stack_pop(struct treiber_stack *stack, unsigned thread, void **value)
{
    (void)stack, (void)thread, (void)value;
    return false; /* step 1 */
}
