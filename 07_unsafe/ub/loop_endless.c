/* loop_endless.c - a loop without end or effect.
 *
 * A loop with a condition and no side effects may be assumed to end. It ends only where a root was
 * found. Clang concludes that one was: three is a square. Gcc lets it run.
 *
 * Rule: ISO C17 6.8.5p6
 * Expected -O0: did not end
 * Expected -O2 gcc: did not end
 * Expected -O2 clang: 3 is a square
 * Seen by: none
 * Repair: give the loop an end
 * Repaired: 3 is no square
 */
#include <stdint.h>
#include <stdio.h>

static int is_square(uint16_t square)
{
    uint16_t root = 0;
    while ((uint16_t)((unsigned)root * root) != square) {
        root++;
#ifdef REPAIRED
        if (root == 0)
            return 0; /* all of them were tried */
#endif
    }
    return 1;
}

int main(void)
{
    printf("3 is %s\n", is_square(3) ? "a square" : "no square");
    return 0;
}
