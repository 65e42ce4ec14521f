/* punning_cast_fixed.c - the repair of punning_cast_broken.c: memcpy, in a function with a name.
 *
 *   punning_cast_fixed
 *
 * Expected output:
 *     513 bytes follow
 */
#include <stdio.h>

#include "07_unsafe/punning.h"

/* One byte of type, then the length, most significant byte first. */
static uint32_t length_of(const unsigned char *packet)
{
    return punning_load_u32_be(packet + 1);
}

int main(void)
{
    _Alignas(8) const unsigned char packet[] = {7, 0x00, 0x00, 0x02, 0x01, 'h', 'i'};
    printf("%u bytes follow\n", length_of(packet));
    return 0;
}
