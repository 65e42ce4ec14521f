/* null_deref.c - a null check behind the access.
 *
 * Who reads through a pointer has promised that it is not null. A check afterwards is then
 * superfluous, and gcc drops it. The read, whose value nobody uses, is dropped as well: so there is
 * no crash either. In 2009 this was a hole in the Linux kernel.
 *
 * Rule: ISO C17 6.5.3.2p4
 * Expected -O0: SIGSEGV
 * Expected -O2 gcc: a packet
 * Expected -O2 clang: no packet
 * Seen by: undefined
 * Repair: check, then read
 * Repaired: no packet
 */
#include <stdio.h>

struct packet {
    int length;
};

static const char *describe(const struct packet *packet)
{
#ifdef REPAIRED
    if (!packet)
        return "no packet";
    int length = packet->length;
#else
    int length = packet->length;
    if (!packet)
        return "no packet";
#endif
    (void)length; /* for a trace that is switched off */
    return "a packet";
}

int main(void)
{
    const struct packet *volatile none = NULL;
    printf("%s\n", describe(none));
    return 0;
}
