/* overflow_bound.c - a loop up to INT_MAX.
 *
 * No int is larger than INT_MAX, so i <= last never fails: after the last number i wraps, and -O0
 * goes round for ever. At -O2 the compiler takes it that i++ does not overflow. Then the loop must
 * end, after last - first + 1 turns, and one subtraction replaces it. Here undefined behaviour
 * hides the mistake.
 *
 * Rule: ISO C17 6.5p5
 * Expected -O0: did not end
 * Expected -O2: 10 numbers
 * Seen by: undefined
 * Repair: a wider counter
 * Repaired: 10 numbers
 */
#include <limits.h>
#include <stdio.h>

static int count(int first, int last)
{
    int numbers = 0;
#ifdef REPAIRED
    for (long i = first; i <= last; i++)
#else
    for (int i = first; i <= last; i++)
#endif
        numbers++;
    return numbers;
}

int main(void)
{
    volatile int first = INT_MAX - 9, last = INT_MAX;
    printf("%d numbers\n", count(first, last));
    return 0;
}
