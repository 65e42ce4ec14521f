/* wrap_memory.c - the explored program's allocations, copies, and ends. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "02_concurrency/interleave/interleave.h"
#include "02_concurrency/interleave/outcomes.h"
#include "02_concurrency/interleave/wrap.h"

WRAP(void *, malloc, size_t size)
{
    MACHINE_ENTER();
    return machine_allocate(size, 16, false);
}
WRAP(void *, calloc, size_t count, size_t size)
{
    MACHINE_ENTER();
    size_t bytes;
    return __builtin_mul_overflow(count, size, &bytes) ? NULL : machine_allocate(bytes, 16, true);
}
WRAP(void, free, void *block)
{
    MACHINE_ENTER();
    machine_free(block);
}
WRAP(void *, realloc, void *block, size_t size)
{
    MACHINE_ENTER();
    void *out = machine_allocate(size, 16, false);
    size_t old = block ? memory_block_size(block) : 0;
    if (!out || !block)
        return out;
    machine_touch((uintptr_t)block, old < size ? old : size, false);
    machine_touch((uintptr_t)out, old < size ? old : size, true);
    memcpy(out, block, old < size ? old : size);
    machine_free(block);
    return out;
}
WRAP(void *, aligned_alloc, size_t align, size_t size)
{
    MACHINE_ENTER();
    return machine_allocate(size, align, false);
}
WRAP(int, posix_memalign, void **out, size_t align, size_t size)
{
    MACHINE_ENTER();
    *out = machine_allocate(size, align, false);
    return *out ? 0 : ENOMEM;
}
WRAP(char *, strdup, const char *text)
{
    MACHINE_ENTER();
    size_t bytes = strlen(text) + 1;
    machine_touch((uintptr_t)text, bytes, false);
    char *out = machine_allocate(bytes, 16, true);
    return out ? memcpy(out, text, bytes) : NULL;
}

WRAP(void *, memcpy, void *to, const void *from, size_t bytes)
{
    MACHINE_ENTER();
    machine_touch((uintptr_t)from, bytes, false);
    machine_touch((uintptr_t)to, bytes, true);
    return memcpy(to, from, bytes);
}
WRAP(void *, memmove, void *to, const void *from, size_t bytes)
{
    MACHINE_ENTER();
    machine_touch((uintptr_t)from, bytes, false);
    machine_touch((uintptr_t)to, bytes, true);
    return memmove(to, from, bytes);
}
WRAP(void *, memset, void *to, int byte, size_t bytes)
{
    MACHINE_ENTER();
    machine_touch((uintptr_t)to, bytes, true);
    return memset(to, byte, bytes);
}

WRAP(int, memcmp, const void *a, const void *b, size_t bytes)
{
    MACHINE_ENTER();
    machine_touch((uintptr_t)a, bytes, false);
    machine_touch((uintptr_t)b, bytes, false);
    return memcmp(a, b, bytes);
}

WRAP(_Noreturn void, __assert_fail, const char *condition, const char *file, unsigned line,
     const char *function)
{
    MACHINE_ENTER();
    (void)file, (void)line, (void)function;
    machine_fail(FAILURE_ASSERTION, "assertion failed: %s", condition);
}
WRAP(_Noreturn void, abort, void)
{
    MACHINE_ENTER();
    machine_fail(FAILURE_ABORT, "abort was called");
}
WRAP(_Noreturn void, exit, int status)
{
    MACHINE_ENTER();
    if (status != 0)
        machine_fail(FAILURE_EXIT, "exit(%d) was called", status);
    machine_quit();
}
/* Without the threads' ends, and without ours. */
#define LEAVE(name)                                                                                \
    WRAP(_Noreturn void, name, int status)                                                         \
    {                                                                                              \
        MACHINE_ENTER();                                                                           \
        machine_fail(FAILURE_EXIT, #name "(%d) was called", status);                               \
    }
LEAVE(_exit)
LEAVE(_Exit)
LEAVE(quick_exit)

void interleave_note(const char *name, long value)
{
    outcomes_note(name, value);
}

void interleave_assume(bool condition)
{
    if (!condition)
        machine_give_up();
}
