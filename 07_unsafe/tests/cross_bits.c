/* cross_bits.c - the search by NEON and in plain C against the plain loop: a plain program, so that it
 * can be built for AArch64 and run under qemu-user (tests/cross.sh). Exit 1 where they differ. */
#include <stdio.h>
#include <string.h>

#include "07_unsafe/bits.h"

enum { LENGTH_MAX = 200 };

static unsigned differences(bits_find_fn find)
{
    static uint8_t bytes[LENGTH_MAX + 16];
    unsigned wrong = 0;
    for (size_t length = 0; length <= LENGTH_MAX; length++) {
        memset(bytes, 0x01, sizeof(bytes));
        wrong += find(bytes, length, 0x00) != length;
        for (size_t at = length; at-- > 0;) {
            bytes[at] = 0x00;
            wrong += find(bytes, length, 0x00) != at;
        }
    }
    return wrong;
}

int main(void)
{
    unsigned wrong = 0, ways = 0;
    for (int way = 0; way < BITS_WAYS; way++) {
        bits_find_fn find = bits_find_byte_by((enum bits_way)way);
        if (find) {
            wrong += differences(find);
            ways++;
        }
    }
    wrong += differences(bits_find_byte);
    uint64_t before = bits_cycles_ordered();
    bits_spin_hint();
    bits_prefetch_read_asm(&wrong);
    wrong += bits_cycles_ordered() < before;
    printf("%s %u ways to search, %u answers that differ\n", wrong ? "FAIL" : "ok  ", ways, wrong);
    return wrong != 0 || ways < 2;
}
