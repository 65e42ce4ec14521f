/* The hazard is stored with release, and the look at top that follows may be done before it is there. Sixty nodes are
 * collected before any is given back: so it shows at the sixtieth pop alone. */
#include "treiber_stack.h"
struct node {
    struct node *next;
    void *value;
};
enum { T = TREIBER_STACK_THREADS, KEEP = 60 };
struct treiber_stack {
    struct allocator *a;
    _Atomic(struct node *) top;
    _Atomic(struct node *) hazard[T];
    struct {
        struct node *n[KEEP];
        unsigned count;
    } old[T];
};
static void give(struct treiber_stack *s, struct node *n)
{
    allocator_free(s->a, n, sizeof *n, sizeof(void *));
}
struct treiber_stack *treiber_stack_create(struct allocator *a)
{
    struct treiber_stack *s = allocator_alloc(a, sizeof *s, 64);
    if (!s)
        return NULL;
    s->a = a;
    atomic_init(&s->top, NULL);
    for (int i = 0; i < T; i++) {
        atomic_init(&s->hazard[i], NULL);
        s->old[i].count = 0;
    }
    return s;
}
void treiber_stack_destroy(struct treiber_stack *s)
{
    if (!s)
        return;
    for (struct node *n = s->top, *next; n; n = next) {
        next = n->next;
        give(s, n);
    }
    for (int i = 0; i < T; i++)
        while (s->old[i].count)
            give(s, s->old[i].n[--s->old[i].count]);
    allocator_free(s->a, s, sizeof *s, 64);
}
bool treiber_stack_push(struct treiber_stack *s, unsigned thread, void *value)
{
    (void)thread;
    struct node *n = allocator_alloc(s->a, sizeof *n, sizeof(void *));
    if (!n)
        return false;
    n->value = value;
    n->next = s->top;
    while (!atomic_compare_exchange_weak(&s->top, &n->next, n))
        ;
    return true;
}
static bool feared(struct treiber_stack *s, struct node *n)
{
    for (int i = 0; i < T; i++)
        if (s->hazard[i] == n)
            return true;
    return false;
}
bool treiber_stack_pop(struct treiber_stack *s, unsigned thread, void **value)
{
    struct node *n;
    do {
        n = s->top;
        do {
            if (!n)
                return false;
            atomic_store_explicit(&s->hazard[thread], n, memory_order_release);
            struct node *again = s->top;
            if (again == n)
                break;
            n = again;
        } while (true);
    } while (!atomic_compare_exchange_strong(&s->top, &n, n->next));
    *value = n->value;
    s->hazard[thread] = NULL;
    s->old[thread].n[s->old[thread].count++] = n;
    if (s->old[thread].count == KEEP) {
        unsigned kept = 0;
        for (unsigned i = 0; i < KEEP; i++) {
            struct node *o = s->old[thread].n[i];
            if (feared(s, o))
                s->old[thread].n[kept++] = o;
            else
                give(s, o);
        }
        s->old[thread].count = kept;
    }
    return true;
}
