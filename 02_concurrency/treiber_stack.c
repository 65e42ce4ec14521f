/* treiber_stack.c - one word, and two loops around a compare-and-swap.
 *
 * Why it is correct when threads run at once:
 *
 *  1. `next` of a node is written before the push's release, and read after the pop's acquire (in
 *     reclaim_protect), while the node is protected. No one writes it in between or later: so the read is no race.
 *     The acquire may read a top that a pop has left. All changes of top are read-modify-writes, so the release of
 *     each push reaches through those behind it (a release sequence): a pop need not release anything itself.
 *  2. A pop's swap succeeds if `top` is the node that it has protected. That it is the same node, pushed once, and
 *     not one at the same address that was pushed since: a popped node comes back only through its destructor,
 *     which does not run while it is protected. So its `next` is what was below it all the time: what lies below a
 *     node in the stack does not change while the node is in it.
 *  3. A push's swap may succeed although `top` went away and came back: it takes what is on top now to be the
 *     node's next, and it is.
 *  4. Linearization: the successful swap; a pop that finds nothing: its load of 0.
 *  5. Lock-free: a swap fails only if another one succeeded.
 */
#include "02_concurrency/treiber_stack.h"

#include "02_concurrency/backoff.h"

/* lesson: treiber-stack */
void treiber_stack_push(struct treiber_stack *stack, struct treiber_stack_node *node)
{
    struct backoff backoff = BACKOFF_INIT;
    /* relaxed: what is below is not looked at */
    uintptr_t top = atomic_load_explicit(&stack->top, memory_order_relaxed);
    for (;;) {
        node->next = (struct treiber_stack_node *)top;
        /* release: pairs with the acquire in pop and pop_all; the node's contents go with it */
        if (atomic_compare_exchange_weak_explicit(&stack->top, &top, (uintptr_t)node,
                                                  memory_order_release, memory_order_relaxed))
            return;
        backoff_spin(&backoff);
    }
}

struct treiber_stack_node *treiber_stack_pop(struct treiber_stack *stack, struct reclaim_thread *me)
{
    struct backoff backoff = BACKOFF_INIT;
    struct treiber_stack_node *node;
    uint64_t outer = reclaim_enter(me);
    for (;;) {
        uintptr_t top = reclaim_protect(me, 0, &stack->top, 0);
        node = (struct treiber_stack_node *)top;
        /* relaxed: what it leaves on top was released by its push, see 1 */
        if (!node ||
            atomic_compare_exchange_strong_explicit(&stack->top, &top, (uintptr_t)node->next,
                                                    memory_order_relaxed, memory_order_relaxed))
            break;
        backoff_spin(&backoff);
    }
    reclaim_leave(me, outer);
    return node;
}
/* end lesson */

struct treiber_stack_node *treiber_stack_pop_all(struct treiber_stack *stack)
{
    /* acquire: pairs with the release in push */
    return (struct treiber_stack_node *)atomic_exchange_explicit(&stack->top, 0,
                                                                 memory_order_acquire);
}
