#include "07_unsafe/context.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "07_unsafe/assert.h"

#if SANITIZER_ADDRESS
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#elif SANITIZER_THREAD
#include <sanitizer/tsan_interface.h>
#endif

/* In context_<machine>.S: where a new context begins, behind a nop, and what restores its registers. */
void context_start(void);
void context_restore(void);

/* Called by context_start, on the new stack. */
_Noreturn void context_main(struct context *came_from, context_fn entry, void *argument);

/* ---- the first frame: what context_swap would have left ----------------------------------------*/

#if defined(__x86_64__)
/* lesson: context-frame */
struct frame {
    void (*resume)(void);
    uint32_t mxcsr;
    uint16_t x87_control, unused;
    uint64_t r15, r14, r13;
    void *r12;
    context_fn rbx;
    uint64_t rbp; /* 0 ends a walk along frame pointers */
    uintptr_t return_address;
    uint64_t end[2]; /* context_start finds the stack as the ABI wants it: a multiple of 16 */
};
/* end lesson */

static void frame_fill(struct frame *frame, context_fn entry, void *argument)
{
    *frame = (struct frame){
        .resume = context_restore,
        .rbx = entry,
        .r12 = argument,
        .return_address = (uintptr_t)context_start + 1, /* the nop */
    };
    /* A new context rounds as the one that makes it. */
    __asm__("stmxcsr %0\n\tfnstcw %1" : "=m"(frame->mxcsr), "=m"(frame->x87_control));
}
_Static_assert(offsetof(struct frame, end) == 9 * 8, "as context_x86_64.S pops it");

#elif defined(__aarch64__)
struct frame {
    context_fn x19;
    void *x20;
    uint64_t x21_to_x28[8];
    uint64_t x29; /* 0 ends a walk along frame pointers */
    uintptr_t x30;
    double d8_to_d15[8];
};

static void frame_fill(struct frame *frame, context_fn entry, void *argument)
{
    *frame = (struct frame){
        .x19 = entry, .x20 = argument, .x30 = (uintptr_t)context_start + 4 /* the nop */};
}
_Static_assert(sizeof(struct frame) == 160, "as context_aarch64.S loads it");

#else
#error "context: written for x86-64 and AArch64"
#endif

/* ---- sanitizers ---------------------------------------------------------------------------------
 * The address sanitizer keeps shadow frames for a stack and has to know which stack runs; the thread
 * sanitizer keeps a call stack and a clock for each flow of control. */

#if SANITIZER_ADDRESS
void context_tell_before(struct context *from, const struct context *to, bool forever)
{
    __sanitizer_start_switch_fiber(forever ? NULL : &from->sanitizer, to->stack, to->stack_bytes);
}

/* back: NULL for a context that begins. A thread's own stack is learned here, by who left it. */
void context_tell_after(struct context *back, struct context *came_from)
{
    const void *stack;
    size_t stack_bytes;
    __sanitizer_finish_switch_fiber(back ? back->sanitizer : NULL, &stack, &stack_bytes);
    came_from->stack = (void *)(uintptr_t)stack;
    came_from->stack_bytes = stack_bytes;
}
#elif SANITIZER_THREAD
void context_tell_before(struct context *from, const struct context *to, bool forever)
{
    (void)forever;
    from->sanitizer = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(to->sanitizer, 0); /* 0: what came before is ordered before */
}

void context_tell_after(struct context *back, struct context *came_from)
{
    (void)back, (void)came_from;
}
#endif

/* ---- life ---------------------------------------------------------------------------------------*/

void context_main(struct context *came_from, context_fn entry, void *argument)
{
    context_tell_after(NULL, came_from);
    entry(argument);
    __builtin_trap(); /* entry returned; on in every build, for there is no stack to go back to */
}

int context_init(struct context *context, void *stack, size_t stack_bytes, context_fn entry,
                 void *argument)
{
    if (!entry || !stack || stack_bytes < CONTEXT_STACK_MIN_BYTES ||
        stack_bytes > UINTPTR_MAX - (uintptr_t)stack)
        return -EINVAL;
    uintptr_t top = ((uintptr_t)stack + stack_bytes) & ~(uintptr_t)15;
    struct frame *frame = (struct frame *)(top - sizeof(struct frame));
    frame_fill(frame, entry, argument);
    *context = (struct context){.stack_pointer = frame, .stack = stack, .stack_bytes = stack_bytes};
#if SANITIZER_THREAD
    context->sanitizer = __tsan_create_fiber(0);
#endif
    return 0;
}

void context_fini(struct context *context)
{
#if SANITIZER_THREAD
    if (context->stack) /* a thread's own fiber ends with the thread */
        __tsan_destroy_fiber(context->sanitizer);
#endif
    memset(context, 0, sizeof(*context));
}
