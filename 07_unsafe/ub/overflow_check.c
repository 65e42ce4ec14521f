/* overflow_check.c - a check for overflow that itself overflows.
 *
 * A signed result that does not fit its type is undefined. So x + 1 is larger than x, always, as it
 * is in mathematics. The check asks what the compiler knows already, and is gone.
 *
 * Rule: ISO C17 6.5p5
 * Expected -O0: it is the last
 * Expected -O2: there is a next one
 * Seen by: undefined
 * Repair: compare before adding
 * Repaired: it is the last
 */
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

static bool has_successor(int x)
{
#ifdef REPAIRED
    return x < INT_MAX;
#else
    int next = x + 1;
    return next > x;
#endif
}

int main(void)
{
    volatile int largest = INT_MAX; /* volatile: no compiler knows what it holds */
    printf("%s\n", has_successor(largest) ? "there is a next one" : "it is the last");
    return 0;
}
