/* dangling_block.c - a pointer to a variable whose block has ended.
 *
 * The variable lives until the brace. Nobody can read it afterwards, so gcc sees that the store in
 * set() is of no use, and leaves it out.
 *
 * Rule: ISO C17 6.2.4p2
 * Expected -O0: the first
 * Expected -O2 gcc: something else
 * Expected -O2 clang: the first
 * Seen by: address
 * Repair: let the variable live as long as its pointer
 * Repaired: the first
 */
#include <stdio.h>

__attribute__((noinline)) static void set(int *x, int value)
{
    *x = value;
}

int main(void)
{
    int *chosen;
#ifdef REPAIRED
    int first;
#endif
    {
#ifndef REPAIRED
        int first;
#endif
        set(&first, 1);
        chosen = &first;
    }
    printf("%s\n", *chosen == 1 ? "the first" : "something else");
    return 0;
}
