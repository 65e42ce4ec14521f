/* hash_map_seed.h - the secret of a map's hash, and where it comes from.
 *
 * Apart from hash_map.c, so that a program that is to run the same way twice (under interleave) can bring its own.
 *
 * Invariant: a seed that was drawn is known to nobody outside of the process.
 * Threads: any number at once. Interface: hash_map_seed_draw struct hash_map_seed
 */
#ifndef SYSLAB_CONCURRENCY_HASH_MAP_SEED_H
#define SYSLAB_CONCURRENCY_HASH_MAP_SEED_H

#include <stdint.h>

struct hash_map_seed {
    uint64_t words[4];
};

/* Draw a seed from the kernel. Returns: 0. Errors: those of getrandom(2), but EINTR; *out is indeterminate.
 * Blocks: early in the boot of a machine, until the kernel has gathered enough. */
int hash_map_seed_draw(struct hash_map_seed *out);

#endif
