/* call_never_set.c - a function that nobody calls.
 *
 * action is null, or what on_erase stored. A call through null is undefined, so clang takes it that
 * on_erase was run before, and calls the one function that action can be.
 *
 * Rule: ISO C17 6.5.3.2p4
 * Expected -O0: SIGSEGV
 * Expected -O2 gcc: SIGSEGV
 * Expected -O2 clang: all files are erased
 * Seen by: address
 * Repair: check before the call
 * Repaired: nothing to do
 */
#include <stdio.h>

static void (*action)(void);

static void erase(void)
{
    printf("all files are erased\n");
}

void on_erase(void) /* nobody calls this */
{
    action = erase;
}

int main(void)
{
#ifdef REPAIRED
    if (!action)
        printf("nothing to do\n");
    else
#endif
        action();
    return 0;
}
