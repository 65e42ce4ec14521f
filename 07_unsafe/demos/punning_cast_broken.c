/* punning_cast_broken.c - a length out of a packet, by a cast: at an odd address.
 *
 * It works on this processor, at this optimisation. The compiler may use an instruction that needs
 * the alignment that uint32_t promises, and other processors have no other. The undefined-behaviour
 * sanitizer sees the address. The repair is in punning_cast_fixed.c.
 *
 *   punning_cast_broken
 *
 * Needs: undefined
 * Exit status: 1
 * Expected output:
 *     ...load of misaligned address ... for type 'const uint32_t', which requires 4 byte alignment
 *     ...
 */
#include <stdint.h>
#include <stdio.h>

/* One byte of type, then the length, most significant byte first. */
static uint32_t length_of(const unsigned char *packet)
{
    return __builtin_bswap32(*(const uint32_t *)(const void *)(packet + 1));
}

int main(void)
{
    _Alignas(8) const unsigned char packet[] = {7, 0x00, 0x00, 0x02, 0x01, 'h', 'i'};
    printf("%u bytes follow\n", length_of(packet));
    return 0;
}
