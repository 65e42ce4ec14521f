/* Walks the saved frame pointers up to main's and returns there, behind the test. */
#include "target.h"

#include <stdint.h>

int target_add(int a, int b)
{
    uintptr_t *frame = __builtin_frame_address(0), *test = frame;
    for (;;) { /* test: the frame below main's */
        uintptr_t *up = (uintptr_t *)frame[0];
        if (up <= frame || (uintptr_t)up - (uintptr_t)frame > 100000)
            break;
        test = frame;
        frame = up;
    }
    __asm__ volatile("mov %0, %%rsp\n\tpop %%rbp\n\tret" : : "r"(test) : "memory");
    return a + b;
}
