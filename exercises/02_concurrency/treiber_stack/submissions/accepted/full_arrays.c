/* Each thread has an array for what it popped. When the array is full, the hazards are gathered once, and each node is
 * looked for among them. The hazards lie in one array of their own: simple, and a line that all threads write. */
#include "treiber_stack.h"

#include <string.h>

enum { FULL = 12 };

struct node {
    void *value;
    struct node *next;
};

struct bin {
    struct node *nodes[FULL];
    size_t count;
};

struct treiber_stack {
    _Atomic(struct node *) head;
    _Atomic(struct node *) hazards[TREIBER_STACK_THREADS];
    struct bin bins[TREIBER_STACK_THREADS];
    struct allocator *memory;
};

struct treiber_stack *treiber_stack_create(struct allocator *allocator)
{
    struct treiber_stack *stack =
        allocator_alloc(allocator, sizeof(*stack), _Alignof(struct treiber_stack));
    if (!stack)
        return NULL;
    memset(stack, 0, sizeof(*stack));
    stack->memory = allocator;
    return stack;
}

static void give_back(struct treiber_stack *stack, struct node *node)
{
    allocator_free(stack->memory, node, sizeof(struct node), _Alignof(struct node));
}

void treiber_stack_destroy(struct treiber_stack *stack)
{
    if (!stack)
        return;
    struct node *node = stack->head;
    while (node) {
        struct node *gone = node;
        node = node->next;
        give_back(stack, gone);
    }
    for (struct bin *bin = stack->bins; bin < stack->bins + TREIBER_STACK_THREADS; bin++)
        while (bin->count > 0)
            give_back(stack, bin->nodes[--bin->count]);
    allocator_free(stack->memory, stack, sizeof(*stack), _Alignof(struct treiber_stack));
}

bool treiber_stack_push(struct treiber_stack *stack, unsigned thread, void *value)
{
    struct node *node = allocator_alloc(stack->memory, sizeof(struct node), _Alignof(struct node));
    (void)thread;
    if (!node)
        return false;
    *node = (struct node){value, stack->head};
    while (!atomic_compare_exchange_strong(&stack->head, &node->next, node))
        ;
    return true;
}

static void empty_bin(struct treiber_stack *stack, struct bin *bin)
{
    struct node *held[TREIBER_STACK_THREADS];
    size_t kept = 0;
    for (int i = 0; i < TREIBER_STACK_THREADS; i++)
        held[i] = stack->hazards[i];
    for (size_t n = 0; n < bin->count; n++) {
        bool is_held = false;
        for (int i = 0; i < TREIBER_STACK_THREADS; i++)
            is_held = is_held || held[i] == bin->nodes[n];
        if (is_held)
            bin->nodes[kept++] = bin->nodes[n];
        else
            give_back(stack, bin->nodes[n]);
    }
    bin->count = kept;
}

bool treiber_stack_pop(struct treiber_stack *stack, unsigned thread, void **value)
{
    struct bin *bin = &stack->bins[thread];
    struct node *node = NULL, *expected;
    do {
        while (node != stack->head) {
            node = stack->head;
            stack->hazards[thread] = node;
        }
        if (!node)
            break;
        expected = node;
    } while (!atomic_compare_exchange_strong(&stack->head, &expected, node->next));
    stack->hazards[thread] = NULL;
    if (!node)
        return false;
    *value = node->value;
    bin->nodes[bin->count++] = node;
    if (bin->count == FULL)
        empty_bin(stack, bin);
    return true;
}
