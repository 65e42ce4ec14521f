// TBB's concurrent_hash_map: a peer of 02_concurrency/hash_map. The loops are those of ours, in map_work.h.
#include <tbb/concurrent_hash_map.h>

#include "02_concurrency/bench/map_work.h"

using tbb_map = tbb::concurrent_hash_map<uint64_t, uint64_t>;

static void *map_join(void *)
{
    return nullptr;
}

static void map_quit(void *, void *)
{
}

static inline bool map_get(void *map, void *, uint64_t key, uint64_t *value)
{
    tbb_map::const_accessor found;
    if (!static_cast<tbb_map *>(map)->find(found, key))
        return false;
    *value = found->second;
    return true;
}

static inline bool map_insert(void *map, void *, uint64_t key, uint64_t value)
{
    return static_cast<tbb_map *>(map)->insert({key, value});
}

static inline bool map_remove(void *map, void *, uint64_t key)
{
    return static_cast<tbb_map *>(map)->erase(key);
}

MAP_LOOPS(map)

extern "C" void *peer_tbb_map_setup(uint64_t keys)
{
    return new tbb_map(keys);
}

extern "C" void peer_tbb_map_teardown(void *map)
{
    delete static_cast<tbb_map *>(map);
}

#define PEER(work)                                                                                 \
    extern "C" uint64_t peer_tbb_map_##work(const struct map_job *job)                             \
    {                                                                                              \
        return map_##work(job);                                                                    \
    }
PEER(fill)
PEER(mixed)
PEER(grow)
