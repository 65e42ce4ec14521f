/* null_printf.c - a null string, printed.
 *
 * %s wants a string, and null is none. The C library is kind, and prints (null). But a printf of
 * "%s\n" is a puts to the compiler, and puts is not kind.
 *
 * Rule: ISO C17 7.21.6.1p8
 * Expected -O0 gcc: SIGSEGV
 * Expected -O0 clang: (null)
 * Expected -O2: SIGSEGV
 * Seen by: undefined (gcc)
 * Repair: choose a text for null
 * Repaired: (null)
 */
#include <stdio.h>

static void greet(const char *name)
{
#ifdef REPAIRED
    printf("%s\n", name ? name : "(null)");
#else
    printf("%s\n", name);
#endif
}

int main(void)
{
    const char *volatile nobody = NULL;
    greet(nobody);
    return 0;
}
