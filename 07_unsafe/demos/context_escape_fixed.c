/* context_escape_fixed.c - the repair of context_escape_broken.c: the caller owns the answer's place.
 *
 *   context_escape_fixed
 *
 * Expected output:
 *     the sum is 5050
 */
#include <stdio.h>

#include "07_unsafe/context.h"
#include "07_unsafe/stack_cache.h"

struct job {
    int limit, sum;
};

static struct context home, worker;

static void work(void *argument)
{
    struct job *job = argument; /* on the caller's stack, which outlives this one */
    for (int i = 1; i <= job->limit; i++)
        job->sum += i;
    context_leave(&worker, &home);
}

int main(void)
{
    struct stack_cache stacks;
    struct stack stack;
    struct job job = {.limit = 100};
    if (stack_cache_init(&stacks, 64 << 10, 4) != 0 || stack_cache_get(&stacks, &stack) != 0)
        return 2;
    context_init(&worker, stack.base, stack.size_bytes, work, &job);
    context_switch(&home, &worker);
    context_fini(&worker);
    stack_cache_put(&stacks, stack);
    printf("the sum is %d\n", job.sum);
    stack_cache_fini(&stacks);
    return 0;
}
