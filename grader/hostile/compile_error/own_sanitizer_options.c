/* Sets the sanitizers' options by the functions that they look for. */
#include "target.h"

const char *__asan_default_options(void)
{
    return "exitcode=0:halt_on_error=0";
}

int target_add(int a, int b)
{
    return a - b;
}
