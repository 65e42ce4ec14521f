/* bits_find.c - counting lines by jumping from newline to newline.
 *
 *   bits_find
 *
 * Expected output:
 *     line 1: 15 bytes
 *     line 2: 0 bytes
 *     line 3: 25 bytes
 *     the rest: 7 bytes without a newline
 */
#include <stdio.h>
#include <string.h>

#include "07_unsafe/bits.h"

int main(void)
{
    static const char text[] = "the first line.\n\nthe third is a bit longer\nthe end";
    size_t left = sizeof(text) - 1, line = 0;
    const char *from = text;
    for (;;) {
        size_t length = bits_find_byte(from, left, '\n');
        if (length == left)
            break;
        printf("line %zu: %zu bytes\n", ++line, length);
        from += length + 1;
        left -= length + 1;
    }
    printf("the rest: %zu bytes without a newline\n", left);
    return 0;
}
