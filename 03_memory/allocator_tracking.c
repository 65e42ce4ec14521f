/* allocator_tracking.c - the allocator of allocator.h that remembers every block.
 *
 * A record is in by_address, and in live or in quarantine. It is made before the block is handed
 * out and freed after the block went back to the parent. */
#include <sanitizer/asan_interface.h>
#include <search.h>
#include <stdlib.h>

#include "03_memory/allocator.h"
#include "07_unsafe/checked.h"

enum { RED_ZONE_BYTES = 16, RED_ZONE = 0xFB, FRESH = 0xCD, FREED = 0xDD };

struct record {
    struct allocator_block about; /* first: tsearch compares records by about.block */
    struct list_node node;
    bool freed;
    bool reported; /* an overrun, underrun or write after free, which are reported once */
};

static int compare_records(const void *a, const void *b)
{
    uintptr_t left = (uintptr_t)((const struct record *)a)->about.block;
    uintptr_t right = (uintptr_t)((const struct record *)b)->about.block;
    return (left > right) - (left < right);
}

static struct record *find_record(struct allocator_tracking *tracking, void *block)
{
    struct record key = {.about.block = block};
    struct record **found = tfind(&key, &tracking->by_address, compare_records);
    return found ? *found : NULL;
}

/* The bytes in front of a block; they keep its alignment. */
static size_t front_bytes(size_t align)
{
    return align > RED_ZONE_BYTES ? align : RED_ZONE_BYTES;
}

static size_t whole_bytes(const struct record *record)
{
    return front_bytes(record->about.align) + record->about.size_bytes + RED_ZONE_BYTES;
}

static unsigned char *whole_start(const struct record *record)
{
    return (unsigned char *)record->about.block - front_bytes(record->about.align);
}

static bool is_filled(const unsigned char *bytes, size_t size_bytes, int with)
{
    for (size_t i = 0; i < size_bytes; i++)
        if (bytes[i] != with)
            return false;
    return true;
}

static void poison(const struct record *record)
{
    unsigned char *block = record->about.block;
    ASAN_POISON_MEMORY_REGION(whole_start(record), front_bytes(record->about.align));
    ASAN_POISON_MEMORY_REGION(block + record->about.size_bytes, RED_ZONE_BYTES);
    if (record->freed)
        ASAN_POISON_MEMORY_REGION(block, record->about.size_bytes);
    (void)block;
}

/* With the lock. */
static void report(struct allocator_tracking *tracking, struct allocator_fault fault)
{
    if (tracking->fault_count < ALLOCATOR_FAULTS_MAX)
        tracking->faults[tracking->fault_count] = fault;
    tracking->fault_count++;
}

/* Look for bytes that were written and should not have been. With the lock. */
static void check_bytes(struct allocator_tracking *tracking, struct record *record,
                        const void *site)
{
    const unsigned char *block = record->about.block;
    size_t size = record->about.size_bytes;
    enum allocator_fault_kind kind = 0;
    /* The caller may have poisoned parts of its own block (an arena does). Those stay as they are
     * while it lives; its red zones, and all of a freed block, are ours to look at. */
    ASAN_UNPOISON_MEMORY_REGION(whole_start(record), front_bytes(record->about.align));
    ASAN_UNPOISON_MEMORY_REGION(block + size, RED_ZONE_BYTES);
    if (record->freed)
        ASAN_UNPOISON_MEMORY_REGION(block, size);
    if (!is_filled(whole_start(record), front_bytes(record->about.align), RED_ZONE))
        kind = ALLOCATOR_UNDERRUN;
    else if (!is_filled(block + size, RED_ZONE_BYTES, RED_ZONE))
        kind = ALLOCATOR_OVERRUN;
    else if (record->freed && !is_filled(block, size, FREED))
        kind = ALLOCATOR_WRITE_AFTER_FREE;
    if (kind && !record->reported) {
        record->reported = true;
        report(tracking, (struct allocator_fault){.kind = kind,
                                                  .block = record->about,
                                                  .given_bytes = size,
                                                  .given_align = record->about.align,
                                                  .site = site});
    }
    poison(record);
}

/* Give a block back to the parent and forget it. With the lock. */
static void release(struct allocator_tracking *tracking, struct record *record)
{
    unsigned char *start = whole_start(record);
    tdelete(record, &tracking->by_address, compare_records);
    list_remove(&record->node);
    ASAN_UNPOISON_MEMORY_REGION(start, whole_bytes(record));
    allocator_free(tracking->parent, start, whole_bytes(record), front_bytes(record->about.align));
    free(record);
}

/* Release the oldest freed blocks until the quarantine is within its bounds. With the lock. */
static void trim_quarantine(struct allocator_tracking *tracking, const void *site)
{
    while (tracking->quarantine_blocks > ALLOCATOR_QUARANTINE_BLOCKS ||
           tracking->quarantine_bytes > ALLOCATOR_QUARANTINE_BYTES) {
        struct record *oldest =
            container_of(list_first(&tracking->quarantine), struct record, node);
        check_bytes(tracking, oldest, site);
        tracking->quarantine_blocks--;
        tracking->quarantine_bytes -= oldest->about.size_bytes;
        release(tracking, oldest);
    }
}

/* From live to quarantine. With the lock. */
static void retire(struct allocator_tracking *tracking, struct record *record, const void *site)
{
    check_bytes(tracking, record, site);
    list_remove(&record->node);
    list_push_back(&tracking->quarantine, &record->node);
    tracking->live_blocks--;
    tracking->live_bytes -= record->about.size_bytes;
    tracking->quarantine_blocks++;
    tracking->quarantine_bytes += record->about.size_bytes;
    record->freed = true;
    ASAN_UNPOISON_MEMORY_REGION(record->about.block, record->about.size_bytes);
    memset(record->about.block, FREED, record->about.size_bytes);
    poison(record);
    trim_quarantine(tracking, site);
}

/* The live record that a caller means, or NULL and a fault. With the lock. */
static struct record *identify(struct allocator_tracking *tracking, void *block, size_t size_bytes,
                               size_t align, const void *site)
{
    struct record *record = find_record(tracking, block);
    struct allocator_fault fault = {.block = record ? record->about
                                                    : (struct allocator_block){.block = block},
                                    .given_bytes = size_bytes,
                                    .given_align = align,
                                    .site = site};
    if (!record)
        fault.kind = ALLOCATOR_FOREIGN_POINTER;
    else if (record->freed)
        fault.kind = ALLOCATOR_DOUBLE_FREE;
    else if (record->about.size_bytes != size_bytes)
        fault.kind = ALLOCATOR_WRONG_SIZE;
    else if (record->about.align != align)
        fault.kind = ALLOCATOR_WRONG_ALIGN;
    if (fault.kind)
        report(tracking, fault);
    return record && !record->freed ? record : NULL;
}

/* Make a record and enter it. With the lock. Returns: false when there is no memory for it. */
static bool remember(struct allocator_tracking *tracking, struct allocator_block about)
{
    struct record *record = malloc(sizeof(*record));
    if (!record)
        return false;
    *record = (struct record){.about = about};
    if (!tsearch(record, &tracking->by_address, compare_records)) {
        free(record);
        return false;
    }
    record->about.serial = tracking->next_serial++;
    list_push_back(&tracking->live, &record->node);
    tracking->live_blocks++;
    tracking->live_bytes += about.size_bytes;
    memset(whole_start(record), RED_ZONE, front_bytes(about.align));
    memset(about.block, FRESH, about.size_bytes);
    memset((unsigned char *)about.block + about.size_bytes, RED_ZONE, RED_ZONE_BYTES);
    poison(record);
    return true;
}

/* With the lock. */
static void *track(struct allocator_tracking *tracking, size_t size_bytes, size_t align,
                   const void *site)
{
    size_t whole, front = front_bytes(align);
    if (!align || (align & (align - 1)) != 0) {
        report(tracking, (struct allocator_fault){.kind = ALLOCATOR_BAD_ALIGN,
                                                  .given_bytes = size_bytes,
                                                  .given_align = align,
                                                  .site = site});
        return NULL;
    }
    if (!checked_add3(front, size_bytes, RED_ZONE_BYTES, &whole))
        return NULL;
    unsigned char *start = allocator_alloc(tracking->parent, whole, front);
    if (!start)
        return NULL;
    struct allocator_block about = {start + front, size_bytes, align, site, 0};
    if (remember(tracking, about))
        return about.block;
    allocator_free(tracking->parent, start, whole, front);
    return NULL;
}

static void *tracking_alloc(struct allocator *self, size_t size_bytes, size_t align)
{
    struct allocator_tracking *tracking = container_of(self, struct allocator_tracking, base);
    pthread_mutex_lock(&tracking->lock);
    void *block = track(tracking, size_bytes, align, __builtin_return_address(0));
    pthread_mutex_unlock(&tracking->lock);
    return block;
}

static void tracking_free(struct allocator *self, void *block, size_t size_bytes, size_t align)
{
    struct allocator_tracking *tracking = container_of(self, struct allocator_tracking, base);
    const void *site = __builtin_return_address(0);
    pthread_mutex_lock(&tracking->lock);
    struct record *record = identify(tracking, block, size_bytes, align, site);
    if (record)
        retire(tracking, record, site);
    pthread_mutex_unlock(&tracking->lock);
}

static void *tracking_resize(struct allocator *self, void *block, size_t old_bytes,
                             size_t new_bytes, size_t align)
{
    struct allocator_tracking *tracking = container_of(self, struct allocator_tracking, base);
    const void *site = __builtin_return_address(0);
    pthread_mutex_lock(&tracking->lock);
    void *moved = NULL;
    struct record *record = block ? identify(tracking, block, old_bytes, align, site) : NULL;
    if (!block || record)
        moved = track(tracking, new_bytes, align, site);
    if (moved && record) {
        size_t had_bytes = record->about.size_bytes;
        ASAN_UNPOISON_MEMORY_REGION(block, had_bytes);
        memcpy(moved, block, had_bytes < new_bytes ? had_bytes : new_bytes);
        retire(tracking, record, site);
    }
    pthread_mutex_unlock(&tracking->lock);
    return moved;
}

void allocator_tracking_init(struct allocator_tracking *tracking, struct allocator *parent)
{
    memset(tracking, 0, sizeof(*tracking));
    tracking->base = (struct allocator){tracking_alloc, tracking_resize, tracking_free};
    tracking->parent = parent;
    tracking->next_serial = 1;
    pthread_mutex_init(&tracking->lock, NULL); /* cannot fail for a default mutex on Linux */
    list_init(&tracking->live);
    list_init(&tracking->quarantine);
}

size_t allocator_tracking_fini(struct allocator_tracking *tracking)
{
    allocator_tracking_check(tracking);
    size_t leaked = tracking->live_blocks;
    list_splice_back(&tracking->quarantine, &tracking->live);
    list_for_each_safe(node, &tracking->quarantine)
        release(tracking, container_of(node, struct record, node));
    tracking->live_blocks = tracking->live_bytes = 0;
    tracking->quarantine_blocks = tracking->quarantine_bytes = 0;
    /* The mutex stays: the faults are read after this, and a default one holds nothing on Linux. */
    return leaked;
}

void allocator_tracking_each(struct allocator_tracking *tracking,
                             void (*visit)(const struct allocator_block *block, void *context),
                             void *context)
{
    pthread_mutex_lock(&tracking->lock);
    list_for_each(node, &tracking->live)
        visit(&container_of(node, struct record, node)->about, context);
    pthread_mutex_unlock(&tracking->lock);
}

size_t allocator_tracking_live_blocks(struct allocator_tracking *tracking)
{
    pthread_mutex_lock(&tracking->lock);
    size_t blocks = tracking->live_blocks;
    pthread_mutex_unlock(&tracking->lock);
    return blocks;
}

size_t allocator_tracking_live_bytes(struct allocator_tracking *tracking)
{
    pthread_mutex_lock(&tracking->lock);
    size_t bytes = tracking->live_bytes;
    pthread_mutex_unlock(&tracking->lock);
    return bytes;
}

size_t allocator_tracking_check(struct allocator_tracking *tracking)
{
    const void *site = __builtin_return_address(0);
    pthread_mutex_lock(&tracking->lock);
    list_for_each(node, &tracking->live)
        check_bytes(tracking, container_of(node, struct record, node), site);
    list_for_each(node, &tracking->quarantine)
        check_bytes(tracking, container_of(node, struct record, node), site);
    size_t faults = tracking->fault_count;
    pthread_mutex_unlock(&tracking->lock);
    return faults;
}

bool allocator_tracking_fault(struct allocator_tracking *tracking, size_t number,
                              struct allocator_fault *out)
{
    pthread_mutex_lock(&tracking->lock);
    bool kept = number < tracking->fault_count && number < ALLOCATOR_FAULTS_MAX;
    if (kept)
        *out = tracking->faults[number];
    pthread_mutex_unlock(&tracking->lock);
    return kept;
}

const char *allocator_fault_name(enum allocator_fault_kind kind)
{
    static const char *const names[] = {
        [ALLOCATOR_DOUBLE_FREE] = "double free",
        [ALLOCATOR_FOREIGN_POINTER] = "foreign pointer",
        [ALLOCATOR_WRONG_SIZE] = "wrong size",
        [ALLOCATOR_WRONG_ALIGN] = "wrong alignment",
        [ALLOCATOR_BAD_ALIGN] = "alignment is not a power of two",
        [ALLOCATOR_OVERRUN] = "overrun",
        [ALLOCATOR_UNDERRUN] = "underrun",
        [ALLOCATOR_WRITE_AFTER_FREE] = "write after free",
    };
    size_t known = sizeof(names) / sizeof(names[0]);
    return kind > 0 && (size_t)kind < known ? names[kind] : "no fault";
}
