/* context_generator.c - a generator: the walk of a tree stops at each value, and goes on later.
 *
 * Two trees hold the same values in different shapes. To compare them value by value, both walks have
 * to stop in the middle of their recursion. Each gets a stack of its own, and stopping is a switch.
 *
 *   context_generator
 *
 * Expected output:
 *     1 1
 *     2 2
 *     3 3
 *     4 4
 *     5 5
 *     the same values, in trees of depth 5 and 3
 */
#include <stdio.h>

#include "07_unsafe/context.h"
#include "07_unsafe/stack_cache.h"

struct tree {
    const struct tree *left, *right;
    int value;
};

struct generator {
    struct context own, caller;
    struct stack stack;
    const struct tree *tree;
    int value;
    bool done;
};

static void tree_visit(struct generator *generator, int value)
{
    generator->value = value;
    context_switch(&generator->own, &generator->caller); /* until the next value is asked for */
}

static void walk(struct generator *generator, const struct tree *tree)
{
    if (!tree)
        return;
    walk(generator, tree->left);
    tree_visit(generator, tree->value);
    walk(generator, tree->right);
}

static void walk_all(void *argument)
{
    struct generator *generator = argument;
    walk(generator, generator->tree);
    generator->done = true;
    context_leave(&generator->own, &generator->caller);
}

static bool next(struct generator *generator, int *value)
{
    context_switch(&generator->caller, &generator->own);
    *value = generator->value;
    return !generator->done;
}

static int depth(const struct tree *tree)
{
    if (!tree)
        return 0;
    int left = depth(tree->left), right = depth(tree->right);
    return 1 + (left > right ? left : right);
}

static bool begin(struct generator *generator, struct stack_cache *stacks, const struct tree *tree)
{
    *generator = (struct generator){.tree = tree};
    if (stack_cache_get(stacks, &generator->stack) != 0)
        return false;
    context_init(&generator->own, generator->stack.base, generator->stack.size_bytes, walk_all,
                 generator);
    return true;
}

static void end(struct generator *generator, struct stack_cache *stacks)
{
    context_fini(&generator->own);
    context_fini(&generator->caller);
    stack_cache_put(stacks, generator->stack);
}

int main(void)
{
    static const struct tree a1 = {.value = 1}, a2 = {&a1, NULL, 2}, a3 = {&a2, NULL, 3},
                             a4 = {&a3, NULL, 4}, chain = {&a4, NULL, 5};
    static const struct tree b1 = {.value = 1}, b3 = {.value = 3}, b2 = {&b1, &b3, 2},
                             b5 = {.value = 5}, bushy = {&b2, &b5, 4};
    struct stack_cache stacks;
    struct generator left, right;
    int a, b;
    if (stack_cache_init(&stacks, 64 << 10, 2) != 0 || !begin(&left, &stacks, &chain) ||
        !begin(&right, &stacks, &bushy))
        return 2;
    while (next(&left, &a) && next(&right, &b))
        printf("%d %d\n", a, b);
    bool both = left.done && !next(&right, &b);
    printf("%s values, in trees of depth %d and %d\n", both ? "the same" : "different",
           depth(&chain), depth(&bushy));
    end(&left, &stacks);
    end(&right, &stacks);
    stack_cache_fini(&stacks);
    return 0;
}
