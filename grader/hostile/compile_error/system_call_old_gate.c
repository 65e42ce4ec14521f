/* As system_call_exit, through the 32-bit gate. */
#include "target.h"

int target_add(int a, int b)
{
    long number = 1; /* exit */
    __asm__ volatile("int $0x80" : "+a"(number) : "b"(0L) : "memory");
    return a + b;
}
