/* uninit_branch.c - a variable without a value.
 *
 * Reading it is undefined, so the compiler may take it that the other branch was run: then saved is
 * true, always. At -O0 it is what the stack held before.
 *
 * Rule: ISO C17 6.3.2.1p2
 * Expected -O0: not saved
 * Expected -O2: saved
 * Seen by: memory
 * Repair: give it a value
 * Repaired: not saved
 */
#include <stdbool.h>
#include <stdio.h>

/* So that the stack holds zeros below main, and -O0 shows the same everywhere. */
__attribute__((noinline)) static void clear_stack(void)
{
    volatile char zeros[512];
    for (int i = 0; i < 512; i++)
        zeros[i] = 0;
}

__attribute__((noinline)) static const char *save(bool disk_is_full)
{
#ifdef REPAIRED
    bool saved = false;
#else
    bool saved;
#endif
    if (!disk_is_full)
        saved = true;
    if (saved)
        return "saved";
    return "not saved";
}

int main(void)
{
    volatile bool full = true;
    clear_stack();
    printf("%s\n", save(full));
    return 0;
}
