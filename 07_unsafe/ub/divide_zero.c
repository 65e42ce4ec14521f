/* divide_zero.c - a division ahead of its check.
 *
 * Division by zero is undefined, so the compiler owes nobody the trap. The quotient is used
 * nowhere, and at -O2 the division goes. Whether a program stops is not a thing that a division can
 * be used to decide.
 *
 * Rule: ISO C17 6.5.5p5
 * Expected -O0: SIGFPE
 * Expected -O2: nobody to share with
 * Seen by: undefined
 * Repair: check, then divide
 * Repaired: nobody to share with
 */
#include <stdio.h>

static const char *per_head(int sum, int heads)
{
#ifdef REPAIRED
    if (heads == 0)
        return "nobody to share with";
    int share = sum / heads;
#else
    int share = sum / heads;
    if (heads == 0)
        return "nobody to share with";
#endif
    (void)share;
    return "shared";
}

int main(void)
{
    volatile int heads = 0;
    printf("%s\n", per_head(10, heads));
    return 0;
}
