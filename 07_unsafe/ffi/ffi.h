/* ffi.h - 03_memory for callers that are not compiled from its headers: Rust, Python, anything.
 *
 * Between languages there is no compiler that sees both sides. What remains is the ABI: names,
 * registers, sizes, and promises. So this header says less than the modules' own can:
 *
 *     functions only      a `static inline` function and a macro are not in a shared object
 *     opaque handles      nobody outside knows how large a struct arena is, so it may grow
 *     fixed widths        a key is a uint64_t, not a struct, not a bit-field, not an enum
 *     every mistake that  NULL, an alignment of 3, an unknown key: an error. A C caller is stopped
 *     can be seen         by an ASSERT; a stranger gets a number that it can turn into its own error
 *
 * Two structs are open, because the other side must make them: struct allocator, three functions
 * that the other side may implement, and struct bytes, four words that it holds and moves.
 *
 *     caller's side                        this side
 *     handle  ------- owns -------->       struct arena, slab, pool, intern    ffi_x_destroy
 *     block, element, text  <--- borrows   until the handle's destroy (or reset, or remove)
 *     struct bytes, a value -- one share-> the bytes, gone with the last share ffi_bytes_unref
 *     struct allocator  <------ borrows    until the last thing made with it is gone
 *     data of ffi_bytes_adopt, taken over  given back by calling free_fn once
 *
 * Invariant: what one side allocated, the same side frees. Nothing that goes through here is ever
 * given to the other side's free().
 *
 * Callbacks: an allocator's functions are called inside the call that needs memory, on its thread.
 * They must return: no exception, panic or longjmp may pass through C, which would not clean up. To
 * refuse is to return NULL. They may not use the object on whose behalf they are called.
 *
 * Errors: 0 or -errno. -EINVAL for a handle or out-parameter that is NULL; each call adds its own.
 * An out-parameter is written on success alone. Destroying NULL does nothing.
 *
 * Threads: an arena and a slab, one at a time; a pool and an intern table, any number at once, but
 * for destroy; a struct bytes: ffi_bytes_ref and ffi_bytes_slice any number at once.
 *
 * Do not: call a function with a handle after its destroy (the wrappers in rust/ and python/ make
 * that impossible); unload the library (it refuses: threads' caches are freed by its code).
 *
 * Interface: ffi_version ffi_allocator_system
 *            ffi_arena_create ffi_arena_destroy ffi_arena_alloc ffi_arena_reset
 *            ffi_arena_reserved_bytes
 *            ffi_slab_create ffi_slab_destroy ffi_slab_insert ffi_slab_get ffi_slab_remove
 *            ffi_slab_next ffi_slab_count
 *            ffi_bytes_copy ffi_bytes_adopt ffi_bytes_map ffi_bytes_ref ffi_bytes_slice
 *            ffi_bytes_unref
 *            ffi_intern_create ffi_intern_destroy ffi_intern_put ffi_intern_find ffi_intern_text
 *            ffi_intern_count
 *            ffi_pool_create ffi_pool_destroy ffi_pool_alloc ffi_pool_free
 * Source: Drepper, "How To Write Shared Libraries", 2011, 2.2 and 3; System V ABI, AMD64 supplement,
 *         3.2.3 (which structs travel in registers, and why none does here).
 */
#ifndef SYSLAB_UNSAFE_FFI_H
#define SYSLAB_UNSAFE_FFI_H

#include <stddef.h>
#include <stdint.h>

#include "03_memory/allocator.h"
#include "03_memory/bytes.h"

struct arena;
struct slab;
struct intern;
struct pool;

/* Returns: 0x00MMmmpp, the version of the library that was loaded, and not of this header. */
uint32_t ffi_version(void);

/* malloc and free. Wherever an allocator is asked for, NULL stands for it. */
struct allocator *ffi_allocator_system(void);

/* ---- arena ------------------------------------------------------------------------------------*/

/* An arena on the heap of allocator. first_chunk_bytes: 0 for the default.
 * Errors: -ENOMEM. Owns: the caller ends it with ffi_arena_destroy. */
int ffi_arena_create(struct allocator *allocator, size_t first_chunk_bytes, struct arena **out);
void ffi_arena_destroy(struct arena *arena);

/* Returns: size_bytes aligned to align, or NULL: no memory, no arena, or no power of two.
 * Owns: the arena, until reset or destroy. */
void *ffi_arena_alloc(struct arena *arena, size_t size_bytes, size_t align);

/* All blocks are gone, the memory is kept. */
int ffi_arena_reset(struct arena *arena);

/* Returns: the bytes that it holds; 0 for NULL. */
size_t ffi_arena_reserved_bytes(const struct arena *arena);

/* ---- slab -------------------------------------------------------------------------------------*/

/* Errors: -ENOMEM; -EINVAL also for an alignment that is no power of two or an element of 1 GiB. */
int ffi_slab_create(struct allocator *allocator, size_t element_bytes, size_t align,
                    struct slab **out);
/* Elements are not visited: who put something into them takes it out first. */
void ffi_slab_destroy(struct slab *slab);

/* Copy element, which has element_bytes bytes, into the slab. Errors: -ENOMEM. */
int ffi_slab_insert(struct slab *slab, const void *element, uint64_t *key);

/* Returns: the element, or NULL for a key that is stale or never was. Any 64 bits may be asked for.
 * Owns: the slab; until it is removed, or until the next insert, which may move it. */
void *ffi_slab_get(const struct slab *slab, uint64_t key);

/* Take the element out, copied to *out unless that is NULL. Errors: -ENOENT. */
int ffi_slab_remove(struct slab *slab, uint64_t key, void *out);

/* Returns: the next element at or after *cursor, which starts at 0, and its *key; or NULL. */
void *ffi_slab_next(const struct slab *slab, uint32_t *cursor, uint64_t *key);

/* Returns: how many elements are in it. */
size_t ffi_slab_count(const struct slab *slab);

/* ---- bytes ------------------------------------------------------------------------------------*/

/* As bytes_copy, bytes_adopt and bytes_map (bytes.h), which say the errors and who owns what. */
int ffi_bytes_copy(struct allocator *allocator, const void *data, size_t size_bytes,
                   struct bytes *out);
int ffi_bytes_adopt(struct allocator *allocator, void *data, size_t size_bytes,
                    bytes_free_fn free_fn, void *context, struct bytes *out);
int ffi_bytes_map(struct allocator *allocator, const char *path, struct bytes *out);

/* One more share of the same bytes; *bytes is only read. */
int ffi_bytes_ref(const struct bytes *bytes, struct bytes *out);

/* One more share, that sees size_bytes bytes from offset. Errors: -ERANGE. */
int ffi_bytes_slice(const struct bytes *bytes, size_t offset, size_t size_bytes, struct bytes *out);

/* Give a share up. *bytes is empty afterwards, so that a second time does nothing. */
void ffi_bytes_unref(struct bytes *bytes);

/* ---- intern -----------------------------------------------------------------------------------*/

/* max_count: of strings; 0 for no limit. allocator may be called from any thread.
 * Errors: -ENOMEM. */
int ffi_intern_create(struct allocator *allocator, uint32_t max_count, struct intern **out);
void ffi_intern_destroy(struct intern *intern);

/* Errors: -ENOMEM, -ENOSPC, -EOVERFLOW. */
int ffi_intern_put(struct intern *intern, const void *bytes, size_t length, uint32_t *id);

/* Returns: the id, or 0. */
uint32_t ffi_intern_find(const struct intern *intern, const void *bytes, size_t length);

/* Returns: the bytes and their *length, or NULL. Owns: the table, until destroy. */
const char *ffi_intern_text(const struct intern *intern, uint32_t id, size_t *length);

/* Returns: how many strings have an id: 1 to this. */
uint32_t ffi_intern_count(const struct intern *intern);

/* ---- pool -------------------------------------------------------------------------------------*/

/* Errors: -ENOMEM; what pool_init gives. */
int ffi_pool_create(struct allocator *allocator, size_t object_bytes, size_t align,
                    struct pool **out);
/* Returns: how many objects were still in use; their memory is gone. */
size_t ffi_pool_destroy(struct pool *pool);

/* One object, aligned as create was told. Returns: it, or NULL: no memory. Owns: the caller, until ffi_pool_free. */
void *ffi_pool_alloc(struct pool *pool);
/* Any thread may give back what another one took. */
void ffi_pool_free(struct pool *pool, void *object);

#endif
