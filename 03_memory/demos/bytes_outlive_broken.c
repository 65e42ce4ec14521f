/* bytes_outlive_broken.c - a slice that outlives its bytes, because it was copied by `=`.
 *
 * A struct bytes looks like a pointer and a length, and C copies it without a word. But the copy has
 * no reference of its own: the count knows of one value, and when that one goes, so do the bytes.
 * The address sanitizer finds the read. The repair is in bytes_outlive_fixed.c: one line differs.
 *
 *   bytes_outlive_broken
 *
 * Taught in 03_memory/README.md, section bytes.
 *
 * Needs: address
 * Exit status: 1
 * Expected output:
 *     ...
 *     ==...==ERROR: AddressSanitizer: heap-use-after-free on address ...
 *     ...
 */
#include <stdio.h>

#include "03_memory/bytes.h"

int main(void)
{
    struct bytes request, kept;
    if (bytes_copy(allocator_system(), "GET /index.html", 15, &request) != 0)
        return 1;
    kept = request;        /* four words more, and nobody counts them */
    bytes_unref(&request); /* the only reference: the block is freed */
    printf("method %c%c%c\n", kept.data[0], kept.data[1], kept.data[2]);
    return 0;
}
