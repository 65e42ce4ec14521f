/* longjmp_local.c - a local variable, changed before longjmp.
 *
 * After longjmp, a local variable that was changed since setjmp has no certain value, unless it is
 * volatile. At -O0 it lies in memory and keeps the change. At -O2 the compiler has put in 0 where
 * it is printed.
 *
 * Rule: ISO C17 7.13.2.1p3
 * Expected -O0: 1 attempts
 * Expected -O2: 0 attempts
 * Seen by: none
 * Repair: volatile
 * Repaired: 1 attempts
 */
#include <setjmp.h>
#include <stdio.h>

static jmp_buf again;

__attribute__((noinline)) static void fail(void)
{
    longjmp(again, 1);
}

int main(void)
{
#ifdef REPAIRED
    volatile int attempts = 0;
#else
    int attempts = 0;
#endif
    if (setjmp(again) == 0) {
        attempts = 1;
        fail();
    }
    printf("%d attempts\n", attempts);
    return 0;
}
