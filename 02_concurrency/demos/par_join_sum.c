/* par_join_sum.c - a sum by halves: the recursion is written as it is, and threads take what is lying about.
 *
 *   par_join_sum
 *
 * Expected output:
 *     the sum of 0 .. 999999 is 499999500000
 *     999999 joins, one for each division
 */
#include <stdio.h>
#include <stdlib.h>

#include "02_concurrency/par.h"

struct part {
    struct thread_pool *pool;
    const uint32_t *numbers;
    size_t count;
    uint64_t sum, joins;
};

static int sum(void *argument)
{
    struct part *part = argument;
    part->joins = 0;
    if (part->count == 1) {
        part->sum = part->numbers[0];
        return 0;
    }
    struct part left = *part, right = *part;
    left.count = part->count / 2;
    right.numbers += left.count;
    right.count -= left.count;
    int error = par_join(part->pool, sum, &left, sum, &right);
    part->sum = left.sum + right.sum;
    part->joins = left.joins + right.joins + 1;
    return error;
}

int main(void)
{
    enum { COUNT = 1000000 };
    uint32_t *numbers = malloc(COUNT * sizeof(*numbers));
    struct thread_pool *pool;
    if (!numbers || thread_pool_create(&pool, allocator_system(), NULL) != 0)
        return 1;
    for (uint32_t i = 0; i < COUNT; i++)
        numbers[i] = i;
    struct part whole = {.pool = pool, .numbers = numbers, .count = COUNT};
    if (sum(&whole) != 0)
        return 1;
    printf("the sum of 0 .. %d is %llu\n", COUNT - 1, (unsigned long long)whole.sum);
    printf("%llu joins, one for each division\n", (unsigned long long)whole.joins);
    thread_pool_destroy(pool);
    free(numbers);
    return 0;
}
