/* A mutex around a list, and every pop frees. No thread is ever late; and the calls are not allowed. */
#include "treiber_stack.h"

#include <pthread.h>

struct node {
    struct node *next;
    void *value;
};

struct treiber_stack {
    pthread_mutex_t mutex;
    struct allocator *allocator;
    struct node *top;
};

struct treiber_stack *treiber_stack_create(struct allocator *allocator)
{
    struct treiber_stack *stack =
        allocator_alloc(allocator, sizeof(*stack), _Alignof(struct treiber_stack));
    if (!stack)
        return NULL;
    *stack = (struct treiber_stack){PTHREAD_MUTEX_INITIALIZER, allocator, NULL};
    return stack;
}

void treiber_stack_destroy(struct treiber_stack *stack)
{
    void *value;
    if (!stack)
        return;
    while (treiber_stack_pop(stack, 0, &value))
        ;
    pthread_mutex_destroy(&stack->mutex);
    allocator_free(stack->allocator, stack, sizeof(*stack), _Alignof(struct treiber_stack));
}

bool treiber_stack_push(struct treiber_stack *stack, unsigned thread, void *value)
{
    struct node *node = allocator_alloc(stack->allocator, sizeof(*node), _Alignof(struct node));
    (void)thread;
    if (!node)
        return false;
    pthread_mutex_lock(&stack->mutex);
    *node = (struct node){stack->top, value};
    stack->top = node;
    pthread_mutex_unlock(&stack->mutex);
    return true;
}

bool treiber_stack_pop(struct treiber_stack *stack, unsigned thread, void **value)
{
    (void)thread;
    pthread_mutex_lock(&stack->mutex);
    struct node *node = stack->top;
    if (node)
        stack->top = node->next;
    pthread_mutex_unlock(&stack->mutex);
    if (!node)
        return false;
    *value = node->value;
    allocator_free(stack->allocator, node, sizeof(*node), _Alignof(struct node));
    return true;
}
