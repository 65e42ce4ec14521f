/* bool_two.c - a bool that holds 2.
 *
 * A bool is 0 or 1, and reading another value from its bytes is undefined. So a choice between 2
 * and 3 can be a sum, 2 + child. One compiler looks at all the bits, another at the lowest.
 *
 * Rule: ISO C17 6.2.6.1p5
 * Expected -O0 gcc: 3 tickets
 * Expected -O0 clang: 2 tickets
 * Expected -O2 gcc: 4 tickets
 * Expected -O2 clang: 3 tickets
 * Seen by: undefined
 * Repair: compare what was received with 0
 * Repaired: 3 tickets
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tickets(const bool *child)
{
    return *child ? 3 : 2;
}

int main(void)
{
    volatile unsigned char received = 2;
    unsigned char byte = received;
    bool child;
#ifdef REPAIRED
    child = byte != 0;
#else
    memcpy(&child, &byte, 1);
#endif
    printf("%d tickets\n", tickets(&child));
    return 0;
}
