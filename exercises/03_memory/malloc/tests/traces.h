/* traces.h - the recorded traces, and how they are replayed on any heap.
 *
 * Each trace is what one real program asked of malloc, recorded by traces/record.c and kept whole.
 * Interface: trace_load trace_unload trace_replay trace_generous_bytes traces TRACE_RECORDING
 */
#ifndef SYSLAB_MALLOC_TRACES_H
#define SYSLAB_MALLOC_TRACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap;

/* A student's heap or the reference: the tests treat them alike. */
struct heap_api {
    struct heap *(*init)(void *region, size_t size_bytes);
    void *(*malloc)(struct heap *heap, size_t size_bytes);
    void (*free)(struct heap *heap, void *block);
    void *(*realloc)(struct heap *heap, void *block, size_t size_bytes);
};

enum trace_kind { TRACE_ALLOCATE, TRACE_FREE, TRACE_REALLOCATE };

struct trace_step {
    uint32_t kind, id;
    size_t size_bytes;
};

struct trace {
    const char *name;
    const uint8_t *start, *end; /* as recorded */
    struct trace_step *steps;
    size_t step_count, id_count, live_peak_bytes;
};

/* A recording, put into the program by the assembler: trace_<name>_start and trace_<name>_end. TRACES
 * is the path of the folder that holds <name>.trace. */
#define TRACE_RECORDING(name)                                                                      \
    __asm__(".section .rodata\n"                                                                   \
            ".global trace_" #name "_start\n"                                                      \
            ".global trace_" #name "_end\n"                                                        \
            "trace_" #name "_start:\n"                                                             \
            ".incbin \"" TRACES "/" #name ".trace\"\n"                                             \
            "trace_" #name "_end:\n"                                                               \
            ".previous\n");                                                                        \
    extern const uint8_t trace_##name##_start[], trace_##name##_end[]

enum { TRACE_COUNT = 5 };
extern struct trace traces[TRACE_COUNT];

/* Decode the steps. Owns: trace_unload. */
void trace_load(struct trace *trace);
void trace_unload(struct trace *trace);

/* What a replay does with the blocks' contents. */
enum trace_contents {
    TRACE_UNTOUCHED, /* for timing */
    TRACE_CHECKED    /* each block is filled, and compared before it goes */
};

struct trace_result {
    bool done;           /* every request was served */
    size_t failed_step;  /* otherwise: the step that got NULL, or lost its contents */
    const char *problem; /* and what it was */
};

/* Replay on a heap made in the region. */
struct trace_result trace_replay(const struct trace *trace, const struct heap_api *api,
                                 void *region, size_t region_bytes, enum trace_contents contents);

/* Room enough for any design: what the live blocks need at their peak, four times. */
size_t trace_generous_bytes(const struct trace *trace);

#endif
