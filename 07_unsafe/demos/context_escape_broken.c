/* context_escape_broken.c - the address of a variable outlives the stack that the variable was on.
 *
 * A worker answers through a pointer to its own variable and leaves. Its stack goes back to the cache,
 * and the next worker writes its frames there. Without a sanitizer the sum is mostly right, for
 * the old bytes are mostly still there. The repair is in context_escape_fixed.c.
 *
 *   context_escape_broken
 *
 * Needs: address
 * Exit status: 1
 * Expected output:
 *     ...
 *     ==...ERROR: AddressSanitizer: use-after-poison on address ...
 *     READ of size 4 at ...
 *     ...
 */
#include <stdio.h>

#include "07_unsafe/context.h"
#include "07_unsafe/stack_cache.h"

static struct context home, worker;
static const int *answer;

static void work(void *argument)
{
    int sum = 0;
    for (int i = 1; i <= *(int *)argument; i++)
        sum += i;
    answer = &sum; /* gone with this stack */
    context_leave(&worker, &home);
}

int main(void)
{
    struct stack_cache stacks;
    struct stack stack;
    int limit = 100;
    if (stack_cache_init(&stacks, 64 << 10, 4) != 0 || stack_cache_get(&stacks, &stack) != 0)
        return 2;
    context_init(&worker, stack.base, stack.size_bytes, work, &limit);
    context_switch(&home, &worker);
    context_fini(&worker);
    stack_cache_put(&stacks, stack);
    printf("the sum is %d\n", *answer);
    stack_cache_fini(&stacks);
    return 0;
}
