/* treiber_stack.h - a stack without locks, whose nodes are given back by either scheme of reclamation.
 *
 *     top -> [node] -> [node] -> [node]        push and pop each change `top` by one compare-and-swap
 *
 * Push links the node to what is on top, and swaps it in. Pop reads the top node's next, and swaps that
 * in: in between, another thread may pop the node, free it, and push another one at the same address (ABA: the
 * swap succeeds, with a next that is long out of date). So pop protects the node before it looks into it, and
 * who has popped a node retires it: while somebody looks at it, it is not freed and cannot come again.
 *
 *     struct job { struct treiber_stack_node node; ... };
 *     treiber_stack_push(&stack, &job->node);
 *     struct treiber_stack_node *node = treiber_stack_pop(&stack, me);
 *     ... use it ...
 *     reclaim_retire(me, &node->reclaim, job_free);
 *
 * Invariant: each node that was pushed is in the stack once, or was returned by exactly one pop.
 *
 *     operation    with any other, from any number of threads   progress
 *     push         yes                                          lock-free
 *     pop          yes                                          lock-free
 *     pop_all      yes                                          wait-free
 *     is_empty     yes; of the moment                           wait-free
 *
 * Owns: the stack holds the node from push to pop. Memory: 24 bytes in each node, 8 in the stack; nothing is
 * allocated, so nothing fails. Errors: none.
 * Do not: free a popped node, or push it again, but through reclaim_retire and its destructor; one popped by pop_all
 * too, since a pop that is under way may hold it.
 * Interface: treiber_stack_init treiber_stack_push treiber_stack_pop treiber_stack_pop_all treiber_stack_is_empty
 * Source: Treiber, Systems Programming: Coping with Parallelism (IBM RJ 5118, 1986); Michael (IEEE TPDS 2004), figure 9.
 */
#ifndef SYSLAB_CONCURRENCY_TREIBER_STACK_H
#define SYSLAB_CONCURRENCY_TREIBER_STACK_H

#include "02_concurrency/reclaim.h"

struct treiber_stack_node {
    struct reclaim_node reclaim; /* first: its address is the node's */
    struct treiber_stack_node
        *next; /* written before the node is published, and not changed after */
};

struct treiber_stack {
    _Atomic(uintptr_t) top; /* a struct treiber_stack_node *, 0 for none */
};

/* Make an empty stack. There is nothing to undo. */
static inline void treiber_stack_init(struct treiber_stack *stack)
{
    atomic_init(&stack->top, 0);
}

/* Put a node on top. */
void treiber_stack_push(struct treiber_stack *stack, struct treiber_stack_node *node);

/* Take the top node. Returns: it, or NULL if the stack was empty at a moment of the call.
 * Owns: the caller, until it retires it through a record of the same domain that all who pop use. */
struct treiber_stack_node *treiber_stack_pop(struct treiber_stack *stack,
                                             struct reclaim_thread *me);

/* Take all. Returns: the former top, and the others by next; NULL if it was empty. */
struct treiber_stack_node *treiber_stack_pop_all(struct treiber_stack *stack);

/* Returns: whether there was no node. */
static inline bool treiber_stack_is_empty(struct treiber_stack *stack)
{
    /* relaxed: nothing is looked at */
    return atomic_load_explicit(&stack->top, memory_order_relaxed) == 0;
}

#endif
