/* map_work.h - the same loops for every concurrent map that is measured: C of ours and of rculfhash, C++ of TBB.
 *
 * A map says how a thread takes part and how one key is got, inserted and removed. MAP_LOOPS(name) makes the loops of
 * them, each inlined:
 *
 *     name_fill       put the keys of the first half into the map
 *     name_mixed      get, and a share of the operations insert or remove, half and half
 *     name_grow       insert keys that are not there
 *
 * All threads get any key; each changes only keys of its own, so that how many changes succeed is known beforehand:
 * that is the answer which is compared. Each value that is found is checked.
 *
 * Interface: MAP_LOOPS map_job map_is_filled map_key map_random
 */
#ifndef SYSLAB_CONCURRENCY_BENCH_MAP_WORK_H
#define SYSLAB_CONCURRENCY_BENCH_MAP_WORK_H

#include <stdbool.h>
#include <stdint.h>

/* What one thread has to do. */
struct map_job {
    void *map;
    uint64_t operations,
        keys;             /* keys: of the mixed work, a multiple of 32; half of them are there */
    uint64_t id, threads; /* threads: a power of two */
    uint64_t writes;      /* of 1024 operations */
};

/* Numbers as keys of 64 bits, spread out; a bijection. */
static inline uint64_t map_key(uint64_t number)
{
    return number * UINT64_C(0x9e3779b97f4a7c15);
}

/* A linear congruential generator (Knuth): the high bits are good. */
static inline uint64_t map_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 20;
}

/* Whether the key is there at the beginning. */
static inline bool map_is_filled(uint64_t number)
{
    return (number & 16) != 0;
}

#define MAP_LOOPS(name)                                                                            \
    static uint64_t name##_fill(const struct map_job *job)                                         \
    {                                                                                              \
        uint64_t added = 0;                                                                        \
        void *me = name##_join(job->map);                                                          \
        for (uint64_t number = 0; number < job->keys; number++)                                    \
            if (map_is_filled(number))                                                             \
                added += name##_insert(job->map, me, map_key(number), number);                     \
        name##_quit(job->map, me);                                                                 \
        return added;                                                                              \
    }                                                                                              \
    static uint64_t name##_mixed(const struct map_job *job)                                        \
    {                                                                                              \
        uint64_t random = job->id + 1, changed = 0, wrong = 0, value;                              \
        void *me = name##_join(job->map);                                                          \
        for (uint64_t i = 0; i < job->operations; i++) {                                           \
            uint64_t dice = map_random(&random),                                                   \
                     number = (uint32_t)(dice >> 12) * job->keys >> 32;                            \
            if ((dice & 1023) >= job->writes) {                                                    \
                if (name##_get(job->map, me, map_key(number), &value))                             \
                    wrong += value != number;                                                      \
                continue;                                                                          \
            }                                                                                      \
            number = (number & ~(job->threads - 1)) | job->id;                                     \
            if (dice & 1024)                                                                       \
                changed += name##_insert(job->map, me, map_key(number), number);                   \
            else                                                                                   \
                changed += name##_remove(job->map, me, map_key(number));                           \
        }                                                                                          \
        name##_quit(job->map, me);                                                                 \
        return wrong ? 0 : changed;                                                                \
    }                                                                                              \
    static uint64_t name##_grow(const struct map_job *job)                                         \
    {                                                                                              \
        uint64_t added = 0;                                                                        \
        void *me = name##_join(job->map);                                                          \
        for (uint64_t i = 0; i < job->operations; i++) {                                           \
            uint64_t number = i * job->threads + job->id;                                          \
            added += name##_insert(job->map, me, map_key(number), number);                         \
        }                                                                                          \
        name##_quit(job->map, me);                                                                 \
        return added;                                                                              \
    }

#endif
