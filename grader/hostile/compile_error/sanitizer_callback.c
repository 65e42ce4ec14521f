/* Asks the sanitizer to call it back when it finds something. */
#include "target.h"

void __sanitizer_set_death_callback(void (*)(void));

static void leave(void)
{
}

int target_add(int a, int b)
{
    __sanitizer_set_death_callback(leave);
    return a + b;
}
