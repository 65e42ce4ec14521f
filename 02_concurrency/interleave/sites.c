/* sites.c - what the program asks for, by the code that asks, and what it is given. */
#include "02_concurrency/interleave/machine_internal.h"

enum { SITES_MAX = 512 };
static struct machine_site sites[SITES_MAX];
static int site_count, site_index[SITES_MAX]; /* a hash table of them: number + 1 */
static const void *weakened;
static int weakened_order;

int machine_sites(const struct machine_site **out)
{
    *out = sites;
    return site_count;
}

void machine_weaken(const void *code, int weaker)
{
    weakened = code;
    weakened_order = weaker;
}

/* Note the operation's place. Returns: the order that it is given. */
uint8_t machine_order_at_site(const struct operation *operation)
{
    if (operation->code == weakened)
        return (uint8_t)weakened_order;
    unsigned index = (unsigned)((uintptr_t)operation->code * 0x9e3779b1u >> 7) % SITES_MAX;
    for (unsigned tries = 0; tries < SITES_MAX; tries++, index = (index + 1) % SITES_MAX) {
        if (site_index[index] == 0 && site_count < SITES_MAX) {
            sites[site_count++] =
                (struct machine_site){operation->code, operation->label, operation->kind,
                                      operation->update != UPDATE_NONE, operation->order};
            site_index[index] = site_count;
        }
        if (site_index[index] > 0 && sites[site_index[index] - 1].code == operation->code)
            break;
    }
    return operation->order;
}
