/* tagged_stack.c - your stack. The handout is README.md; the contract is tagged_stack.h.
 *
 * A good order of work:
 *   1. For one thread: init, push, pop, take_all, next. Five tests are about that.
 *   2. With compare-and-swap: read the top, prepare, swap if it is still as it was, else again.
 *   3. Stop in thought between the read and the swap of pop, and let another thread pop twice and push
 *      once. What has to be part of the top, so that the swap fails?
 */
#include "tagged_stack.h"

void tagged_stack_init(struct tagged_stack *stack, struct tagged_item *items, size_t count)
{
    (void)stack, (void)items, (void)count; /* step 1 */
}

void tagged_stack_push(struct tagged_stack *stack, struct tagged_item *item)
{
    (void)stack, (void)item; /* step 1 */
}

struct tagged_item *tagged_stack_pop(struct tagged_stack *stack)
{
    (void)stack;
    return NULL; /* step 1 */
}

struct tagged_item *tagged_stack_take_all(struct tagged_stack *stack)
{
    (void)stack;
    return NULL; /* step 1 */
}

struct tagged_item *tagged_stack_next(const struct tagged_stack *stack,
                                      const struct tagged_item *item)
{
    (void)stack, (void)item;
    return NULL; /* step 1 */
}
