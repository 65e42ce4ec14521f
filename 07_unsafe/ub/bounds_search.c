/* bounds_search.c - one step past the end of an array.
 *
 * There is no fifth element, so gcc takes it that the loop does not come so far. It must then have
 * returned before, and there is one way to: true. The answer for every number is yes.
 *
 * Rule: ISO C17 6.5.6p8
 * Expected -O0: 8 is not a prime
 * Expected -O2 gcc: 8 is a prime
 * Expected -O2 clang: 8 is not a prime
 * Seen by: undefined
 * Repair: `<` for `<=`
 * Repaired: 8 is not a prime
 */
#include <stdbool.h>
#include <stdio.h>

static struct {
    int of[4];
    int after;
} prime = {{2, 3, 5, 7}, 0};

static bool is_known(int number)
{
#ifdef REPAIRED
    for (int i = 0; i < 4; i++)
#else
    for (int i = 0; i <= 4; i++)
#endif
        if (prime.of[i] == number)
            return true;
    return false;
}

int main(void)
{
    volatile int number = 8;
    printf("8 is %s\n", is_known(number) ? "a prime" : "not a prime");
    return 0;
}
