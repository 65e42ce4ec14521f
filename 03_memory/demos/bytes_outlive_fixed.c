/* bytes_outlive_fixed.c - the repair of bytes_outlive_broken.c: who keeps bytes takes a reference.
 *
 * bytes_clone makes a value that the count knows of. The block lives until both values are gone, in
 * whichever order. One line differs, and the unref that belongs to it.
 *
 *   bytes_outlive_fixed
 *
 * Taught in 03_memory/README.md, section bytes.
 *
 * Expected output:
 *     method GET
 */
#include <stdio.h>

#include "03_memory/bytes.h"

int main(void)
{
    struct bytes request, kept;
    if (bytes_copy(allocator_system(), "GET /index.html", 15, &request) != 0)
        return 1;
    kept = bytes_clone(&request); /* a reference of its own */
    bytes_unref(&request);        /* one is left: the block stays */
    printf("method %c%c%c\n", kept.data[0], kept.data[1], kept.data[2]);
    bytes_unref(&kept);
    return 0;
}
