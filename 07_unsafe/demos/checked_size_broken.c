/* checked_size_broken.c - a product that wraps, a block that is small, a loop that is not.
 *
 * A file says how many points follow. The count is a stranger's: 2^60 + 1. Times 16 bytes that is
 * 2^64 + 16, and what is left of it in a size_t is 16. malloc gives one point; the second one that
 * is written belongs to somebody else. The repair is in checked_size_fixed.c.
 *
 *   checked_size_broken
 *
 * Needs: address
 * Exit status: 1
 * Expected output:
 *     1152921504606846977 points take 16 bytes
 *     ...
 *     ==...ERROR: AddressSanitizer: heap-buffer-overflow on address ...
 *     WRITE of size 16 at ...
 *     ...
 *     0x... is located 0 bytes to the right of 16-byte region ...
 *     ...
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct point {
    int x, y, z, color;
};

int main(void)
{
    size_t count = strtoull("1152921504606846977", NULL, 10); /* as read from the file */
    size_t size = count * sizeof(struct point);
    printf("%zu points take %zu bytes\n", count, size);
    fflush(stdout);
    struct point *points = malloc(size);
    if (!points)
        return 2;
    for (size_t i = 0; i < count; i++)
        memset(&points[i], 0, sizeof(points[i]));
    free(points);
    return 0;
}
