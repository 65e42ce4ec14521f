/* align_struct.c - a struct laid over a packet.
 *
 * A pointer to the struct has to be a multiple of 16, and the cast makes one that is not. At -O2
 * clang copies by an instruction that faults on such an address. At -O0 it called memcpy, and all
 * was well.
 *
 * Rule: ISO C17 6.3.2.3p7
 * Expected -O0: Ada
 * Expected -O2 gcc: Ada
 * Expected -O2 clang: SIGSEGV
 * Seen by: undefined (gcc)
 * Repair: memcpy into the struct
 * Repaired: Ada
 */
#include <stdio.h>
#include <string.h>

struct name {
    _Alignas(16) char text[16];
};

static struct name kept;

static void keep(const char *packet)
{
#ifdef REPAIRED
    memcpy(&kept, packet, sizeof(kept));
#else
    kept = *(const struct name *)(const void *)packet;
#endif
}

int main(void)
{
    _Alignas(16) static const char packet[32] = "!Ada";
    keep(packet + 1);
    printf("%s\n", kept.text);
    return 0;
}
