/* memcpy_overlap.c - memcpy onto itself.
 *
 * memcpy may copy in any order, for its blocks do not overlap. The C library's happens to be
 * careful. At -O2 the size is known, no call is made, and the pieces are copied in the compiler's
 * order.
 *
 * Rule: ISO C17 7.24.2.1p2
 * Expected -O0: ppack my box with five dozen liquor jus
 * Expected -O2 gcc: ppack my box withhfive dozen lliqur jus
 * Expected -O2 clang: ppack my box with five dozen liiqor jus
 * Seen by: address
 * Repair: memmove
 * Repaired: ppack my box with five dozen liquor jus
 */
#include <stdio.h>
#include <string.h>

static char text[] = "pack my box with five dozen liquor jugs";

int main(void)
{
#ifdef REPAIRED
    memmove(text + 1, text, 37);
#else
    memcpy(text + 1, text, 37);
#endif
    printf("%s\n", text);
    return 0;
}
