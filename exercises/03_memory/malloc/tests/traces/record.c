/* record.c - how the traces were made: an LD_PRELOAD library that writes down what a program asks of
 * malloc, free, calloc and realloc.
 *
 *     gcc -O2 -fPIC -shared -o record.so record.c
 *     LD_PRELOAD=./record.so TRACE=cc1.trace TRACE_OPERATIONS=20000 gcc -c ...
 *
 * A trace is a sequence of LEB128 numbers. Each operation starts with `id << 2 | kind`:
 *     kind 0  allocate    followed by the size in bytes
 *     kind 1  free
 *     kind 2  reallocate  followed by the new size
 * Ids count up from 0 and are given to another block only after a free, lowest first, so that a
 * replay needs a table no longer than the most blocks that were ever live.
 *
 * Only the first thread to allocate is recorded: a trace is one order of operations.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

extern void *__libc_malloc(size_t);
extern void __libc_free(void *);
extern void *__libc_realloc(void *, size_t);

enum { SLOTS = 1 << 20, OUT_BYTES = 16 << 20 };

static struct {
    void **slot;       /* id -> live address, NULL when free */
    uint32_t *by_hash; /* open addressing over addresses: id + 1, 0 empty, UINT32_MAX dead */
    uint8_t *out;
    size_t out_bytes;
    uint32_t lowest_free;
    long operations, operations_max;
    pid_t pid;
    int state; /* 0 not started, 1 recording, 2 over */
} trace;

static uint32_t hash(void *block)
{
    return (uint32_t)(((uintptr_t)block >> 4) * 2654435761u) % (2 * SLOTS);
}

static void *pages(size_t bytes)
{
    return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void put(uint64_t number)
{
    do {
        trace.out[trace.out_bytes++] = (uint8_t)((number & 127) | (number > 127 ? 128 : 0));
        number >>= 7;
    } while (number);
}

static void finish(void)
{
    if (trace.state != 1 || getpid() != trace.pid)
        return;
    trace.state = 2;
    int fd = open(getenv("TRACE"), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
    size_t done = 0;
    while (fd >= 0 && done < trace.out_bytes) {
        ssize_t wrote = write(fd, trace.out + done, trace.out_bytes - done);
        if (wrote < 0 && errno != EINTR)
            break;
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    if (fd >= 0)
        close(fd);
}

static int recording(void)
{
    if (trace.state == 0) {
        const char *most = getenv("TRACE_OPERATIONS");
        if (!getenv("TRACE") || access(getenv("TRACE"), F_OK) == 0) {
            trace.state = 2;
            return 0;
        }
        trace.slot = pages(SLOTS * sizeof(*trace.slot));
        trace.by_hash = pages(2 * SLOTS * sizeof(*trace.by_hash));
        trace.out = pages(OUT_BYTES);
        trace.operations_max = most ? atol(most) : 20000;
        trace.pid = gettid();
        trace.state = 1;
    }
    if (trace.state == 1 && (trace.operations >= trace.operations_max)) {
        if (gettid() == trace.pid)
            finish();
        return 0;
    }
    return trace.state == 1 && gettid() == trace.pid;
}

static uint32_t find(void *block, uint32_t *at)
{
    for (*at = hash(block); trace.by_hash[*at]; *at = (*at + 1) % (2 * SLOTS)) {
        uint32_t id = trace.by_hash[*at] - 1;
        if (trace.by_hash[*at] != UINT32_MAX && trace.slot[id] == block)
            return id;
    }
    return UINT32_MAX;
}

static void enter(uint32_t id, void *block)
{
    uint32_t at = hash(block);
    while (trace.by_hash[at] && trace.by_hash[at] != UINT32_MAX)
        at = (at + 1) % (2 * SLOTS);
    trace.by_hash[at] = id + 1;
    trace.slot[id] = block;
}

static void leave(uint32_t id, uint32_t at)
{
    trace.by_hash[at] = UINT32_MAX;
    trace.slot[id] = NULL;
    if (id < trace.lowest_free)
        trace.lowest_free = id;
}

static void record_allocate(void *block, size_t size)
{
    if (!block || !recording())
        return;
    uint32_t id = trace.lowest_free;
    while (trace.slot[id])
        id++;
    trace.lowest_free = id + 1;
    enter(id, block);
    put((uint64_t)id << 2);
    put(size);
    trace.operations++;
}

static void record_free(void *block)
{
    if (!block || !recording())
        return;
    uint32_t at, id = find(block, &at);
    if (id == UINT32_MAX)
        return;
    leave(id, at);
    put((uint64_t)id << 2 | 1);
    trace.operations++;
}

void *malloc(size_t size)
{
    void *block = __libc_malloc(size);
    record_allocate(block, size);
    return block;
}

void free(void *block)
{
    record_free(block);
    __libc_free(block);
}

void *calloc(size_t count, size_t size)
{
    void *block = __libc_malloc(count * size);
    if (block)
        memset(block, 0, count * size);
    record_allocate(block, count * size);
    return block;
}

void *realloc(void *block, size_t size)
{
    uint32_t at = 0, id = UINT32_MAX;
    int on = recording();
    if (on && block)
        id = find(block, &at);
    void *moved = __libc_realloc(block, size);
    if (!moved || !on)
        return moved;
    if (id == UINT32_MAX) {
        record_allocate(moved, size);
        return moved;
    }
    uint32_t keep = trace.lowest_free;
    leave(id, at);
    trace.lowest_free = keep;
    enter(id, moved);
    put((uint64_t)id << 2 | 2);
    put(size);
    trace.operations++;
    return moved;
}

__attribute__((destructor)) static void at_exit(void)
{
    finish();
}
