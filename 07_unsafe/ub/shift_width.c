/* shift_width.c - a shift by the width.
 *
 * A shift by 32 of a type with 32 bits is undefined, since processors disagree: x86 shifts by 32
 * modulo 32, and the result is 1, not 0. What the compiler computes itself need not agree with
 * either.
 *
 * Rule: ISO C17 6.5.7p3
 * Expected -O0: no bits
 * Expected -O2 gcc: all bits
 * Expected -O2 clang: no bits
 * Seen by: undefined
 * Repair: treat the width apart
 * Repaired: all bits
 */
#include <stdint.h>
#include <stdio.h>

static uint32_t low_bits(unsigned count)
{
#ifdef REPAIRED
    return count < 32 ? (UINT32_C(1) << count) - 1 : UINT32_MAX;
#else
    return (UINT32_C(1) << count) - 1;
#endif
}

int main(void)
{
    if (low_bits(32) == 0)
        puts("no bits");
    else
        puts("all bits");
    return 0;
}
