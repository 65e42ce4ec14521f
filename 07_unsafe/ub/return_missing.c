/* return_missing.c - a function that ends without return.
 *
 * The caller uses a value that was never given. Clang has one return in the function, and gives its
 * value on every way out. At -O0 the value is what a register or the stack held.
 *
 * Rule: ISO C17 6.9.1p12
 * Expected -O0: wrong
 * Expected -O2 gcc: wrong
 * Expected -O2 clang: welcome
 * Seen by: none
 * Repair: return on every way; -Wreturn-type
 * Repaired: wrong
 */
#include <stdbool.h>
#include <stdio.h>

__attribute__((noinline)) static int check_password(int password)
{
    if (password == 1234)
        return 1;
#ifdef REPAIRED
    return 0;
#endif
}

int main(void)
{
    volatile int password = 4321;
    printf("%s\n", check_password(password) == 1 ? "welcome" : "wrong");
    return 0;
}
