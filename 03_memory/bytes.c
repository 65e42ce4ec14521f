/* bytes.c - where slices come from and how their memory goes.
 *
 * The fast paths (reference, slice, advance, get) are in the header. Here is what runs once in the
 * life of a block, and writev's bookkeeping.
 */
#include "03_memory/bytes.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "03_memory/bytes_internal.h"
#include "07_unsafe/assert.h"
#include "07_unsafe/checked.h"

enum { RESTOCK_COUNT = 1024 }; /* references added at once: one atomic addition in a thousand */

struct adopted {
    struct bytes_owner owner; /* first: the two are converted to each other */
    bytes_free_fn free_fn;
    void *context;
};

static void init_owner(struct bytes_owner *owner, struct allocator *allocator, enum bytes_kind kind,
                       void *base, size_t size_bytes)
{
    atomic_init(&owner->count, 1);
    owner->allocator = allocator;
    owner->base = base;
    owner->size_bytes = size_bytes;
    owner->kind = kind;
}

struct bytes_owner *bytes_block_create(struct allocator *allocator, size_t size_bytes)
{
    struct bytes_owner *owner =
        allocator_alloc(allocator, BYTES_HEADER_BYTES + size_bytes, BYTES_ALIGN);
    if (owner)
        init_owner(owner, allocator, BYTES_BLOCK, (uint8_t *)owner + BYTES_HEADER_BYTES,
                   size_bytes);
    return owner;
}

int bytes_copy(struct allocator *allocator, const void *data, size_t size_bytes, struct bytes *out)
{
    if (size_bytes > BYTES_SIZE_MAX)
        return -EOVERFLOW;
    struct bytes_owner *owner = bytes_block_create(allocator, size_bytes);
    if (!owner)
        return -ENOMEM;
    if (size_bytes) /* memcpy forbids NULL, even for no bytes */
        memcpy(owner->base, data, size_bytes);
    *out = (struct bytes){owner->base, size_bytes, owner, 1};
    return 0;
}

int bytes_adopt(struct allocator *allocator, void *data, size_t size_bytes, bytes_free_fn free_fn,
                void *context, struct bytes *out)
{
    struct adopted *adopted =
        allocator_alloc(allocator, sizeof(*adopted), _Alignof(struct adopted));
    if (!adopted)
        return -ENOMEM;
    init_owner(&adopted->owner, allocator, BYTES_ADOPTED, data, size_bytes);
    adopted->free_fn = free_fn;
    adopted->context = context;
    *out = (struct bytes){data, size_bytes, &adopted->owner, 1};
    return 0;
}

/* Map the open file. The mapping keeps the file alive by itself: fd may be closed afterwards. */
static int map_open_file(struct allocator *allocator, int fd, struct bytes *out)
{
    struct stat status;
    size_t size_bytes;
    if (fstat(fd, &status) != 0)
        return -errno;
    if (!S_ISREG(status.st_mode))
        return -EINVAL;
    if (!checked_to_size(status.st_size, &size_bytes))
        return -EOVERFLOW;
    if (size_bytes == 0) {
        *out = bytes_empty(); /* mmap refuses a length of 0 */
        return 0;
    }
    struct bytes_owner *owner =
        allocator_alloc(allocator, sizeof(*owner), _Alignof(struct bytes_owner));
    if (!owner)
        return -ENOMEM;
    void *base = mmap(NULL, size_bytes, PROT_READ, MAP_PRIVATE, fd, 0);
    if (base == MAP_FAILED) {
        int error = -errno;
        allocator_free(allocator, owner, sizeof(*owner), _Alignof(struct bytes_owner));
        return error;
    }
    init_owner(owner, allocator, BYTES_MAPPED, base, size_bytes);
    *out = (struct bytes){base, size_bytes, owner, 1};
    return 0;
}

int bytes_map(struct allocator *allocator, const char *path, struct bytes *out)
{
    /* O_NONBLOCK: opening a FIFO must not wait for a writer; it is refused afterwards. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return -errno;
    int error = map_open_file(allocator, fd, out);
    close(fd);
    return error;
}

static void destroy(struct bytes_owner *owner)
{
    struct allocator *allocator = owner->allocator;
    if (owner->kind == BYTES_BLOCK) {
        allocator_free(allocator, owner, BYTES_HEADER_BYTES + owner->size_bytes, BYTES_ALIGN);
    } else if (owner->kind == BYTES_MAPPED) {
        munmap(owner->base, owner->size_bytes);
        allocator_free(allocator, owner, sizeof(*owner), _Alignof(struct bytes_owner));
    } else {
        struct adopted *adopted = (struct adopted *)owner;
        if (adopted->free_fn)
            adopted->free_fn(owner->base, owner->size_bytes, adopted->context);
        allocator_free(allocator, adopted, sizeof(*adopted), _Alignof(struct adopted));
    }
}

/* lesson: bytes-settle */
/* The middle of the saturated half: as far from 0 as from the counts that are still exact, so no
 * number of threads between an addition and this store can carry the count across either border. */
void bytes_saturate(struct bytes_owner *owner)
{
    /* Relaxed: a saturated count only says "never free", whichever thread reads it. */
    atomic_store_explicit(&owner->count, BYTES_COUNT_MAX + BYTES_COUNT_MAX / 2,
                          memory_order_relaxed);
}

void bytes_restock(struct bytes_owner *owner, size_t *stock)
{
    /* Relaxed, as bytes_ref: the caller holds a reference meanwhile. */
    size_t before = atomic_fetch_add_explicit(&owner->count, RESTOCK_COUNT, memory_order_relaxed);
    *stock += RESTOCK_COUNT;
    if (before > BYTES_COUNT_MAX - RESTOCK_COUNT)
        bytes_saturate(owner);
}

void bytes_settle(struct bytes_owner *owner, size_t count_after)
{
    if (count_after != 0) {
        bytes_saturate(owner);
        return;
    }
    /* Acquire: pairs with the release of every bytes_give_back of this owner; argument 5. A load
     * and not a fence: it costs the same here, and the thread sanitizer understands it. */
    (void)atomic_load_explicit(&owner->count, memory_order_acquire);
    destroy(owner);
}
/* end lesson */

size_t bytes_iovec(const struct bytes *parts, size_t count, struct iovec *out, size_t max)
{
    size_t filled = 0;
    for (size_t i = 0; i < count && filled < max; i++) {
        if (parts[i].size_bytes == 0)
            continue;
        /* writev takes void * for the sake of readv; it does not write through it. */
        out[filled].iov_base = (void *)(uintptr_t)parts[i].data;
        out[filled].iov_len = parts[i].size_bytes;
        filled++;
    }
    return filled;
}

size_t bytes_consume(struct bytes *parts, size_t count, size_t size_bytes)
{
    size_t i = 0;
    for (; i < count && parts[i].size_bytes <= size_bytes; i++) {
        size_bytes -= parts[i].size_bytes;
        bytes_unref(&parts[i]);
    }
    ASSERT(i < count || size_bytes == 0);
    if (i < count)
        (void)bytes_advance(&parts[i], size_bytes);
    return i;
}
