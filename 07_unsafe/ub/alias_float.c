/* alias_float.c - the bits of a float, through a cast.
 *
 * A float may be read and changed as a float or as chars, and not as a uint32_t. So a store through
 * uint32_t * cannot change a float, and the compiler returns the number that it has stored itself.
 *
 * Rule: ISO C17 6.5p7
 * Expected -O0: 1.5
 * Expected -O2: -1.5
 * Seen by: none
 * Repair: memcpy: see punning.h
 * Repaired: 1.5
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#ifdef REPAIRED
static float magnitude(float *number, float *same)
{
    uint32_t bits;
    *number = -1.5f;
    memcpy(&bits, same, sizeof(bits));
    bits &= 0x7fffffff;
    memcpy(same, &bits, sizeof(bits));
    return *number;
}
#else
static float magnitude(float *number, void *same)
{
    uint32_t *bits = same;
    *number = -1.5f;
    *bits &= 0x7fffffff;
    return *number;
}
#endif

int main(void)
{
    float number;
    printf("%.1f\n", magnitude(&number, &number));
    return 0;
}
