/* realloc_old.c - the old pointer after realloc.
 *
 * realloc ends the old object, also where the new one has the same address. To clang, old and new
 * are two objects that cannot overlap. The pointers are equal, and what they point at is not.
 *
 * Rule: ISO C17 7.22.3.5p2
 * Expected -O0: 2 is 2
 * Expected -O2 gcc: 2 is 2
 * Expected -O2 clang: 1 is 2
 * Seen by: address
 * Repair: forget the old pointer at once
 * Repaired: 2 is 2
 */
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    int *old = malloc(sizeof(int));
    if (!old)
        return 1;
    int *new = realloc(old, sizeof(int));
    if (!new)
        return 1;
#ifdef REPAIRED
    old = new;
#endif
    *old = 1;
    *new = 2;
    if (old == new)
        printf("%d is %d\n", *old, *new);
    free(new);
    return 0;
}
