/* No hazards: split reference counts (Williams, C++ Concurrency in Action, 7.2.4). The word on top has the node's address and, in the upper
 * sixteen bits, how many have come to look into it; the node counts who has gone again. Whoever makes the two meet gives
 * it back. Who has come stays counted, and tries again with the same node. The price: an item may be looked at in vain
 * 65 534 times before it is popped, by threads that were too late each time, and not once more. */
#include "treiber_stack.h"
struct node {
    uint64_t next;
    void *value;
    atomic_int gone;
};
struct treiber_stack {
    struct allocator *a;
    _Atomic uint64_t top;
};
static struct node *ptr(uint64_t w)
{
    return (struct node *)(uintptr_t)(w & (((uint64_t)1 << 48) - 1));
}
static int ext(uint64_t w)
{
    return (int)(w >> 48);
}
static const uint64_t one = (uint64_t)1 << 48;
static void give(struct treiber_stack *s, struct node *n)
{
    allocator_free(s->a, n, sizeof *n, _Alignof(struct node));
}
struct treiber_stack *treiber_stack_create(struct allocator *a)
{
    struct treiber_stack *s = allocator_alloc(a, sizeof *s, _Alignof(struct treiber_stack));
    if (s) {
        s->a = a;
        atomic_init(&s->top, 0);
    }
    return s;
}
void treiber_stack_destroy(struct treiber_stack *s)
{
    if (!s)
        return;
    for (struct node *n = ptr(s->top), *next; n; n = next) {
        next = ptr(n->next);
        give(s, n);
    }
    allocator_free(s->a, s, sizeof *s, _Alignof(struct treiber_stack));
}
bool treiber_stack_push(struct treiber_stack *s, unsigned thread, void *value)
{
    (void)thread;
    struct node *n = allocator_alloc(s->a, sizeof *n, _Alignof(struct node));
    if (!n)
        return false;
    n->value = value;
    atomic_init(&n->gone, 0);
    n->next = atomic_load_explicit(&s->top, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&s->top, &n->next, (uint64_t)(uintptr_t)n | one,
                                                  memory_order_release, memory_order_relaxed))
        ;
    return true;
}
bool treiber_stack_pop(struct treiber_stack *s, unsigned thread, void **value)
{
    (void)thread;
    uint64_t old = atomic_load_explicit(&s->top, memory_order_relaxed);
    for (;;) {
        do
            if (!ptr(old))
                return false;
        while (!atomic_compare_exchange_weak_explicit(&s->top, &old, old + one,
                                                      memory_order_acquire, memory_order_relaxed));
        struct node *n = ptr(old);
        old += one;
        do {
            uint64_t mine = old;
            if (atomic_compare_exchange_strong_explicit(
                    &s->top, &old, n->next, memory_order_relaxed, memory_order_relaxed)) {
                *value = n->value;
                int more = ext(mine) - 2;
                if (atomic_fetch_add_explicit(&n->gone, more, memory_order_acq_rel) == -more)
                    give(s, n);
                return true;
            }
        } while (ptr(old) == n); /* others have come to look: I am counted already */
        if (atomic_fetch_sub_explicit(&n->gone, 1, memory_order_acq_rel) == 1)
            give(s, n);
    }
}
