/* Writes to its own code by the file that is its memory: no page's protection counts there. A test of the plain
 * build has no /proc; under a sanitizer it is there to be read. */
#include "target.h"

#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

__attribute__((noinline, noclone)) static int result(int a, int b)
{
    return a - b;
}

int target_add(int a, int b)
{
    static const unsigned char code[] = {0x8d, 0x04, 0x37, 0xc3}; /* lea eax, [rdi + rsi]; ret */
    int file = open("/proc/self/mem", O_RDWR);
    lseek(file, (off_t)(uintptr_t)result, SEEK_SET);
    if (write(file, code, sizeof(code)) < 0)
        return a - b;
    close(file);
    return result(a, b);
}
