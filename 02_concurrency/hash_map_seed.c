/* hash_map_seed.c - 32 bytes of getrandom(2). */
#include "02_concurrency/hash_map_seed.h"

#include <errno.h>
#include <sys/random.h>

int hash_map_seed_draw(struct hash_map_seed *out)
{
    ssize_t got;
    do
        got = getrandom(out, sizeof(*out), 0);
    while (got < 0 && errno == EINTR);
    return got < 0 ? -errno : 0; /* up to 256 bytes are given at once */
}
