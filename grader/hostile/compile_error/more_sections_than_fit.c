/* 70,000 sections: the header cannot count them, and the grader must not take the blame. */
#include "target.h"

__asm__(".macro s\n.section .text.s\\@,\"ax\",@progbits\n.byte 0x90\n.endm\n"
        ".rept 70000\ns\n.endr\n.text\n");

int target_add(int a, int b)
{
    return a + b;
}
