/* A label is put into the compiler's assembly as it is spelled: this one goes on with instructions of
 * its own, and no asm statement is there to see. */
#include "target.h"

int harmless(int) __asm__(
    "abort@PLT\n\tjmp 1f+1\n1:\t.byte 0xa9, 0x0f, 0x05, 0x90, 0x90\n\tcall abort");

int target_add(int a, int b)
{
    return a == 1234567 ? harmless(1) : a + b;
}
