/* The exported twins: what the modules offer inline, and what needs to know how large a struct is.
 * Each is a check and a call. See ffi.h. */
#include "07_unsafe/ffi/ffi.h"

#include <errno.h>

#include "03_memory/arena.h"
#include "03_memory/intern.h"
#include "03_memory/pool.h"
#include "03_memory/slab.h"

/* lesson: ffi-layout */
/* The other side has written these two down in its own language. If one changes, that is a new
 * SOVERSION, and this file is the one that says so. */
_Static_assert(sizeof(struct bytes) == 4 * sizeof(void *), "struct bytes is four words");
_Static_assert(offsetof(struct bytes, stock) == 3 * sizeof(void *), "in the order of bytes.h");
_Static_assert(sizeof(struct allocator) == 3 * sizeof(void *),
               "struct allocator is three functions");
_Static_assert(offsetof(struct allocator, free) == 2 * sizeof(void *),
               "in the order of allocator.h");
_Static_assert(sizeof(struct slab_key) == sizeof(uint64_t), "a key is its bits");
/* end lesson */

uint32_t ffi_version(void)
{
    return FFI_VERSION_MAJOR << 16 | FFI_VERSION_MINOR << 8 | FFI_VERSION_PATCH;
}

struct allocator *ffi_allocator_system(void)
{
    return allocator_system();
}

static struct allocator *or_system(struct allocator *allocator)
{
    return allocator ? allocator : allocator_system();
}

static bool is_power_of_two(size_t align)
{
    return align && (align & (align - 1)) == 0;
}

/* ---- arena ------------------------------------------------------------------------------------*/

/* lesson: ffi-create */
int ffi_arena_create(struct allocator *allocator, size_t first_chunk_bytes, struct arena **out)
{
    if (!out)
        return -EINVAL;
    allocator = or_system(allocator);
    struct arena *arena = allocator_alloc(allocator, sizeof(*arena), _Alignof(struct arena));
    if (!arena)
        return -ENOMEM;
    arena_init(arena, allocator, first_chunk_bytes);
    *out = arena;
    return 0;
}

void ffi_arena_destroy(struct arena *arena)
{
    if (!arena)
        return;
    struct allocator *allocator = arena->allocator;
    arena_fini(arena);
    allocator_free(allocator, arena, sizeof(*arena), _Alignof(struct arena));
}
/* end lesson */

void *ffi_arena_alloc(struct arena *arena, size_t size_bytes, size_t align)
{
    return arena && is_power_of_two(align) ? arena_alloc(arena, size_bytes, align) : NULL;
}

int ffi_arena_reset(struct arena *arena)
{
    if (!arena)
        return -EINVAL;
    arena_reset(arena);
    return 0;
}

size_t ffi_arena_reserved_bytes(const struct arena *arena)
{
    return arena ? arena_reserved_bytes(arena) : 0;
}

/* ---- slab -------------------------------------------------------------------------------------*/

int ffi_slab_create(struct allocator *allocator, size_t element_bytes, size_t align,
                    struct slab **out)
{
    if (!out || !is_power_of_two(align))
        return -EINVAL;
    allocator = or_system(allocator);
    struct slab *slab = allocator_alloc(allocator, sizeof(*slab), _Alignof(struct slab));
    if (!slab)
        return -ENOMEM;
    int error = slab_init(slab, slab_layout(element_bytes, align), allocator);
    if (error) {
        allocator_free(allocator, slab, sizeof(*slab), _Alignof(struct slab));
        return error;
    }
    *out = slab;
    return 0;
}

void ffi_slab_destroy(struct slab *slab)
{
    if (!slab)
        return;
    struct allocator *allocator = slab->allocator;
    slab_fini(slab);
    allocator_free(allocator, slab, sizeof(*slab), _Alignof(struct slab));
}

int ffi_slab_insert(struct slab *slab, const void *element, uint64_t *key)
{
    if (!slab || !key || (!element && slab->layout.element_bytes))
        return -EINVAL;
    struct slab_key made;
    void *place = slab_insert(slab, &made);
    if (!place)
        return -ENOMEM;
    if (element) /* memcpy from NULL is undefined, of no bytes too */
        memcpy(place, element, slab->layout.element_bytes);
    *key = made.bits;
    return 0;
}

void *ffi_slab_get(const struct slab *slab, uint64_t key)
{
    return slab ? slab_get(slab, (struct slab_key){key}) : NULL;
}

int ffi_slab_remove(struct slab *slab, uint64_t key, void *out)
{
    return slab ? slab_remove(slab, (struct slab_key){key}, out) : -EINVAL;
}

void *ffi_slab_next(const struct slab *slab, uint32_t *cursor, uint64_t *key)
{
    if (!slab || !cursor)
        return NULL;
    struct slab_key found;
    void *element = slab_next(slab, cursor, &found);
    if (element && key)
        *key = found.bits;
    return element;
}

size_t ffi_slab_count(const struct slab *slab)
{
    return slab ? slab_count(slab) : 0;
}

/* ---- bytes ------------------------------------------------------------------------------------*/

int ffi_bytes_copy(struct allocator *allocator, const void *data, size_t size_bytes,
                   struct bytes *out)
{
    if (!out || (!data && size_bytes))
        return -EINVAL;
    return bytes_copy(or_system(allocator), data, size_bytes, out);
}

int ffi_bytes_adopt(struct allocator *allocator, void *data, size_t size_bytes,
                    bytes_free_fn free_fn, void *context, struct bytes *out)
{
    if (!out || (!data && size_bytes))
        return -EINVAL;
    return bytes_adopt(or_system(allocator), data, size_bytes, free_fn, context, out);
}

int ffi_bytes_map(struct allocator *allocator, const char *path, struct bytes *out)
{
    return path && out ? bytes_map(or_system(allocator), path, out) : -EINVAL;
}

int ffi_bytes_ref(const struct bytes *bytes, struct bytes *out)
{
    if (!bytes || !out)
        return -EINVAL;
    *out = bytes_ref(bytes);
    return 0;
}

/* By bytes_ref and not by bytes_slice, which writes to the value that it slices: on the other side
 * two threads may hold it. */
int ffi_bytes_slice(const struct bytes *bytes, size_t offset, size_t size_bytes, struct bytes *out)
{
    if (!bytes || !out)
        return -EINVAL;
    if (!span_holds(bytes->size_bytes, offset, size_bytes))
        return -ERANGE;
    struct bytes part = bytes_ref(bytes);
    part.data = span_offset(part.data, offset);
    part.size_bytes = size_bytes;
    *out = part;
    return 0;
}

void ffi_bytes_unref(struct bytes *bytes)
{
    if (bytes)
        bytes_unref(bytes);
}

/* ---- intern -----------------------------------------------------------------------------------*/

int ffi_intern_create(struct allocator *allocator, uint32_t max_count, struct intern **out)
{
    struct intern_options options = {.max_count = max_count};
    struct intern *intern;
    if (!out)
        return -EINVAL;
    int error = intern_create(&intern, or_system(allocator), &options);
    if (!error)
        *out = intern;
    return error;
}

void ffi_intern_destroy(struct intern *intern)
{
    intern_destroy(intern);
}

int ffi_intern_put(struct intern *intern, const void *bytes, size_t length, uint32_t *id)
{
    if (!intern || !id || (!bytes && length))
        return -EINVAL;
    return intern_put(intern, bytes ? bytes : "", length, id);
}

uint32_t ffi_intern_find(const struct intern *intern, const void *bytes, size_t length)
{
    if (!intern || (!bytes && length))
        return INTERN_NONE;
    return intern_find(intern, bytes ? bytes : "", length);
}

const char *ffi_intern_text(const struct intern *intern, uint32_t id, size_t *length)
{
    return intern ? intern_text(intern, id, length) : NULL;
}

uint32_t ffi_intern_count(const struct intern *intern)
{
    return intern ? intern_count(intern) : 0;
}

/* ---- pool -------------------------------------------------------------------------------------*/

/* What a foreign caller holds: the pool, and where its memory goes back to. */
struct owned_pool {
    struct pool pool; /* first: its address is the handle */
    struct allocator *allocator;
};

int ffi_pool_create(struct allocator *allocator, size_t object_bytes, size_t align,
                    struct pool **out)
{
    if (!out)
        return -EINVAL;
    allocator = or_system(allocator);
    struct owned_pool *owned =
        allocator_alloc(allocator, sizeof(*owned), _Alignof(struct owned_pool));
    if (!owned)
        return -ENOMEM;
    owned->allocator = allocator;
    struct pool_options options = {.object_bytes = object_bytes, .align = align};
    int error = pool_init(&owned->pool, allocator, &options);
    if (error) {
        allocator_free(allocator, owned, sizeof(*owned), _Alignof(struct owned_pool));
        return error;
    }
    *out = &owned->pool;
    return 0;
}

size_t ffi_pool_destroy(struct pool *pool)
{
    if (!pool)
        return 0;
    struct owned_pool *owned = (struct owned_pool *)(void *)pool;
    struct allocator *allocator = owned->allocator;
    size_t in_use = pool_fini(pool);
    allocator_free(allocator, owned, sizeof(*owned), _Alignof(struct owned_pool));
    return in_use;
}

void *ffi_pool_alloc(struct pool *pool)
{
    return pool ? pool_alloc(pool) : NULL;
}

void ffi_pool_free(struct pool *pool, void *object)
{
    if (pool)
        pool_free(pool, object);
}
