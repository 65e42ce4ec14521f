/* allocator.h - an allocator as a value.
 *
 * All that allocates in the course takes a `struct allocator *`. Whoever calls decides where memory
 * comes from, and a test can count it, make it fail after N calls, or find out what leaked.
 *
 *     struct allocator            three functions; a concrete allocator embeds it as its first field
 *     allocator_system()          malloc and posix_memalign
 *     struct allocator_counting   calls and bytes, live and peak, over a parent
 *     struct allocator_failing    fails every request after the first N, over a parent
 *     struct allocator_tracking   remembers each live block and where it came from, over a parent
 *
 *     struct allocator_tracking tracking;
 *     allocator_tracking_init(&tracking, allocator_system());
 *     struct arena *arena = arena_create(&tracking.base, ...);
 *     ...
 *     size_t leaks = allocator_tracking_fini(&tracking);
 *
 * They stack: counting over failing over the system counts what a failing machine would see.
 *
 * Invariant: a block goes back to the allocator that made it, with the size and alignment that it
 * was asked for with. No size is kept for the caller, who knows it; tracking finds out who is
 * wrong.
 *
 * Do not: free with another size; use an alignment that is not a power of two; copy a concrete
 * allocator after init (blocks may point into it); use tracking where speed is measured.
 *
 * Threads: all four may be used by any number of threads at once, if their parent may.
 *
 * Interface: allocator_alloc allocator_alloc_zeroed allocator_resize allocator_free
 *            allocator_system
 *            allocator_counting_init allocator_counting_read
 *            allocator_failing_init allocator_failing_requests allocator_failing_refused
 *            allocator_tracking_init allocator_tracking_fini allocator_tracking_each
 *            allocator_tracking_live_blocks allocator_tracking_live_bytes
 *            allocator_tracking_check allocator_tracking_fault allocator_fault_name
 * Source: Bonwick and Adams 2001 for the interface of a caching parent; Robertson et al., LISA
 * 2003, for red zones found at free.
 */
#ifndef SYSLAB_MEMORY_ALLOCATOR_H
#define SYSLAB_MEMORY_ALLOCATOR_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "07_unsafe/list.h"

/* Inlined even without optimisation, so that tracking sees the caller's address and not this one.
 */
#define ALLOCATOR_INLINE __attribute__((always_inline)) static inline

struct allocator {
    void *(*alloc)(struct allocator *self, size_t size_bytes, size_t align);
    void *(*resize)(struct allocator *self, void *block, size_t old_bytes, size_t new_bytes,
                    size_t align);
    void (*free)(struct allocator *self, void *block, size_t size_bytes, size_t align);
};

/* Allocate size_bytes aligned to align, a power of two. Contents are indeterminate.
 * Returns: the block, or NULL. A size of zero is legal and gives a unique block to be freed.
 * Owns: the caller owns the block. Threads: those of the concrete allocator. */
ALLOCATOR_INLINE void *allocator_alloc(struct allocator *self, size_t size_bytes, size_t align)
{
    return self->alloc(self, size_bytes, align);
}

/* As allocator_alloc, and every byte is zero. */
ALLOCATOR_INLINE void *allocator_alloc_zeroed(struct allocator *self, size_t size_bytes,
                                              size_t align)
{
    void *block = self->alloc(self, size_bytes, align);
    if (block)
        memset(block, 0, size_bytes);
    return block;
}

/* Change the size of a block; the first min(old, new) bytes are kept. NULL is an empty block.
 * Returns: the block, which may have moved, or NULL with the old block untouched and still owned.
 */
ALLOCATOR_INLINE void *allocator_resize(struct allocator *self, void *block, size_t old_bytes,
                                        size_t new_bytes, size_t align)
{
    return self->resize(self, block, old_bytes, new_bytes, align);
}

/* Give a block back, with the size and alignment that it was asked for with. NULL is ignored. */
ALLOCATOR_INLINE void allocator_free(struct allocator *self, void *block, size_t size_bytes,
                                     size_t align)
{
    if (block)
        self->free(self, block, size_bytes, align);
}

/* malloc, posix_memalign and free as an allocator. A size over PTRDIFF_MAX is refused.
 * Returns: the one shared value; never NULL, never freed. Threads: any number at once. */
struct allocator *allocator_system(void);

/* ---- counting ---------------------------------------------------------------------------------*/

/* Bytes are those asked for. A resize counts as one resize, and as no alloc and no free. */
struct allocator_counts {
    size_t alloc_calls; /* successful ones; so are resize_calls */
    size_t resize_calls;
    size_t free_calls;
    size_t failed_calls; /* allocs and resizes that returned NULL */
    size_t live_blocks;
    size_t live_bytes;
    size_t peak_bytes;  /* the most that was live at once */
    size_t total_bytes; /* all that was ever handed out; a resize adds what it grew by */
};

struct allocator_counting {
    struct allocator base;
    struct allocator *parent;
    atomic_size_t alloc_calls, resize_calls, free_calls, failed_calls;
    atomic_size_t live_blocks, live_bytes, peak_bytes, total_bytes;
};

/* Count what goes through to parent. There is nothing to undo. */
void allocator_counting_init(struct allocator_counting *counting, struct allocator *parent);

/* Returns: the counts. Exact when no call is under way; else each is right and they may be of
 * slightly different moments. Progress: wait-free. */
struct allocator_counts allocator_counting_read(const struct allocator_counting *counting);

/* ---- failing ----------------------------------------------------------------------------------*/

struct allocator_failing {
    struct allocator base;
    struct allocator *parent;
    size_t allowed;         /* how many requests go through to parent */
    atomic_size_t requests; /* how many there were */
};

/* Let `allowed` requests through and refuse all that follow: an alloc or a resize, shrinking too,
 * is a request; a free is not. A test walks every error path with it:
 *
 *     for (size_t allowed = 0;; allowed++) {
 *         allocator_failing_init(&failing, parent, allowed);
 *         ... the work, which must clean up after itself and say -ENOMEM ...
 *         if (!allocator_failing_refused(&failing))
 *             break;      now it went through without a failure
 *     }
 *
 * May be called again at any time, to count anew; blocks stay valid. There is nothing to undo. */
void allocator_failing_init(struct allocator_failing *failing, struct allocator *parent,
                            size_t allowed);

/* Returns: how many requests there were, or how many of them were refused. */
size_t allocator_failing_requests(const struct allocator_failing *failing);
size_t allocator_failing_refused(const struct allocator_failing *failing);

/* ---- tracking ---------------------------------------------------------------------------------*/

enum {
    ALLOCATOR_FAULTS_MAX = 16,         /* that are kept; all are counted */
    ALLOCATOR_QUARANTINE_BLOCKS = 256, /* freed blocks that are held back, at most */
    ALLOCATOR_QUARANTINE_BYTES = 1 << 20,
};

enum allocator_fault_kind {
    ALLOCATOR_DOUBLE_FREE = 1, /* found while the block is in quarantine; foreign afterwards */
    ALLOCATOR_FOREIGN_POINTER, /* freed or resized, and not a live block of this allocator */
    ALLOCATOR_WRONG_SIZE,      /* given back with another size than it was asked for with */
    ALLOCATOR_WRONG_ALIGN,
    ALLOCATOR_BAD_ALIGN,        /* asked for, and not a power of two; the request got NULL */
    ALLOCATOR_OVERRUN,          /* the red zone behind the block was written */
    ALLOCATOR_UNDERRUN,         /* the red zone in front of it */
    ALLOCATOR_WRITE_AFTER_FREE, /* found when the block leaves quarantine, or by a check */
};

struct allocator_block {
    void *block;
    size_t size_bytes;
    size_t align;
    const void *site; /* the code address that asked for it, for addr2line or dladdr */
    uint64_t serial;  /* the first block is 1 */
};

struct allocator_fault {
    enum allocator_fault_kind kind;
    struct allocator_block block; /* as remembered; serial 0 if it is not known here */
    size_t given_bytes, given_align;
    const void *site; /* of the call that was wrong, or that found out */
};

struct allocator_tracking {
    struct allocator base;
    struct allocator *parent;
    pthread_mutex_t lock;
    /* guarded by lock: */
    void *by_address;       /* tsearch tree of all blocks below */
    struct list live;       /* in the order that they were allocated */
    struct list quarantine; /* freed, oldest first, filled, not yet given to parent */
    size_t live_blocks, live_bytes;
    size_t quarantine_blocks, quarantine_bytes;
    uint64_t next_serial;
    size_t fault_count;
    struct allocator_fault faults[ALLOCATOR_FAULTS_MAX];
};

/* Remember every block that goes through to parent. A wrong call is recorded as a fault and does no
 * harm: a bad free is ignored, and one with a wrong size frees what was really asked for.
 *
 *     | red zone, max(align, 16) | the caller's size_bytes | red zone, 16 |
 *
 * Fresh bytes are 0xCD and freed ones 0xDD, so that a program that reads them goes wrong visibly; a
 * resize always moves. Under the address sanitizer red zones and freed blocks are poisoned: it then
 * reports the access itself, at once. Its own records come from malloc, never from parent. */
void allocator_tracking_init(struct allocator_tracking *tracking, struct allocator *parent);

/* Give everything back to parent, what leaked too, having checked it as allocator_tracking_check
 * does. Returns: how many blocks had leaked. Faults can still be read. Threads: no other call under
 * way. */
size_t allocator_tracking_fini(struct allocator_tracking *tracking);

/* Visit every live block, oldest first. Threads: the lock is held; visit may not allocate here. */
void allocator_tracking_each(struct allocator_tracking *tracking,
                             void (*visit)(const struct allocator_block *block, void *context),
                             void *context);

/* What is out now: blocks, and the bytes that were asked for. */
size_t allocator_tracking_live_blocks(struct allocator_tracking *tracking);
size_t allocator_tracking_live_bytes(struct allocator_tracking *tracking);

/* Look at the red zones of all live blocks and at all freed ones in quarantine.
 * Returns: how many faults there are by now, of any kind; each is counted once. */
size_t allocator_tracking_check(struct allocator_tracking *tracking);

/* Copy the fault of that number, oldest first, to *out. Returns: whether it was kept. */
bool allocator_tracking_fault(struct allocator_tracking *tracking, size_t number,
                              struct allocator_fault *out);

/* Returns: the kind in words, "double free". Never NULL. */
const char *allocator_fault_name(enum allocator_fault_kind kind);

#undef ALLOCATOR_INLINE

#endif
