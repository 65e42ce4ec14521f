/* access.c - what the program does to memory: atomic operations become steps, plain ones are checked. */
#include <string.h>

#include "02_concurrency/interleave/heap.h"
#include "02_concurrency/interleave/machine_internal.h"
#include "02_concurrency/interleave/operation.h"
#include "02_concurrency/interleave/program.h"

static const struct clock *own_clock(void)
{
    static const struct clock none;
    const struct thread *thread = machine_thread();
    if (thread->next == 0)
        return &none;
    return &explore_graph()->threads[machine.current].events[thread->next - 1].hb;
}

static struct toucher toucher(void)
{
    const struct thread *thread = machine_thread();
    return (struct toucher){
        .thread = machine.current, .events = thread->next, .hb = own_clock(), .code = thread->code};
}

static void check(enum memory_fault fault)
{
    if (fault != MEMORY_FINE)
        machine_fail(FAILURE_MEMORY, "memory");
}

/* ---- variables on other threads' stacks ---------------------------------------------------------- */

/* The last access by each thread of each other thread's stack. */
static struct guest {
    int events;
    const void *code;
} guests[GRAPH_THREADS_MAX][GRAPH_THREADS_MAX];

void machine_forget_guests(void)
{
    memset(guests, 0, sizeof(guests));
}

static void visit_stack(uintptr_t address)
{
    for (int owner = 0; owner < GRAPH_THREADS_MAX; owner++) {
        if (address - (uintptr_t)machine_stack(owner) >= MACHINE_STACK_BYTES ||
            owner == machine.current)
            continue;
        if (machine_has_ended(owner) && !machine.threads[owner].quit)
            machine_fail(FAILURE_MEMORY, "uses a variable of thread %d, which has ended", owner);
        guests[owner][machine.current] =
            (struct guest){machine_thread()->next, machine_thread()->code};
    }
}

static void check_stack(uintptr_t address)
{
    if (address >= (uintptr_t)machine_stack(0) &&
        address < (uintptr_t)machine_stack(GRAPH_THREADS_MAX - 1) + MACHINE_STACK_BYTES)
        visit_stack(address);
}

void machine_check_guests(void)
{
    for (int thread = 0; thread < GRAPH_THREADS_MAX; thread++) {
        const struct guest *guest = &guests[machine.current][thread];
        if (guest->code && own_clock()->count[thread] <= guest->events) {
            machine_thread()->code = guest->code;
            machine_fail(
                FAILURE_MEMORY,
                "ends, and nothing makes it wait for thread %d, which uses a variable of it here",
                thread);
        }
    }
}

/* ---- memory that is not the program's ------------------------------------------------------------- */

enum { LOWEST_PAGES_BYTES = 64 << 10 };

static bool keeps_writes;

void machine_keep_writes(void)
{
    keeps_writes = true;
}

static bool is_own(uintptr_t address)
{
    return heap_has(address) || program_is_local(address) || program_has(address) ||
           machine_is_errno(address) ||
           address - (uintptr_t)machine_stack(0) < (uintptr_t)machine_stack(GRAPH_THREADS_MAX - 1) +
                                                       MACHINE_STACK_BYTES -
                                                       (uintptr_t)machine_stack(0);
}

/* An address near to NULL is left to the processor, which says it better. */
void machine_check_write(uintptr_t address, size_t size)
{
    if (!keeps_writes || size == 0 || address < LOWEST_PAGES_BYTES)
        return;
    if (!is_own(address) || !is_own(address + size - 1))
        machine_fail(FAILURE_MEMORY, "writes to memory that is not the program's");
}

/* ---- accesses ---------------------------------------------------------------------------------- */

/* An atomic access of a thread-local variable: nobody else can see it. */
static graph_value access_local(const struct operation *operation, uintptr_t address)
{
    graph_value value = 0, new = operation->operand;
    memcpy(&value, (const void *)address, operation->size);
    machine_thread()->wrote = false;
    if (operation->update == UPDATE_COMPARE && value != operation->expected)
        return value;
    if (operation->update != UPDATE_NONE)
        new = operation_result(operation, value, 0);
    machine_thread()->wrote = operation->kind == EVENT_WRITE || operation->update != UPDATE_NONE;
    if (machine_thread()->wrote) {
        loop_write(&machine_thread()->loop, (const void *)address, operation->size);
        memcpy((void *)address, &new, operation->size);
    }
    return value;
}

graph_value machine_access(struct operation operation, uintptr_t address)
{
    struct toucher who = toucher();
    bool writes = operation.kind == EVENT_WRITE;
    operation.code = machine_thread()->code;
    operation.operand = operation_cut(operation.operand, operation.size);
    operation.expected = operation_cut(operation.expected, operation.size);
    operation.order = machine_order_at_site(&operation);
    operation.success_order = operation.order;
    if (program_is_local(address))
        return access_local(&operation, address);
    if (address % operation.size != 0)
        machine_fail(FAILURE_ABORT,
                     "an atomic access of %d bytes at an address that is no multiple of it",
                     operation.size);
    loop_note(&machine_thread()->loop, machine_thread()->frame,
              machine_stack(machine.current) + MACHINE_STACK_BYTES);
    check_stack(address);
    check(memory_touch_atomic(&who, address, operation.size, writes, &operation.location));
    const struct event *event = machine_step(&operation);
    graph_value value = event->value;
    int way = event->way;
    machine_thread()->wrote = event->exclusive;
    if (!event->exclusive)
        return value;
    who = toucher();
    check_stack(address);
    check(memory_touch_atomic(&who, address, operation.size, true, &operation.location));
    operation.kind = EVENT_WRITE;
    operation.order = operation.success_order;
    operation.operand = operation_result(&operation, value, way);
    machine_step(&operation);
    return value;
}

bool machine_wrote(void)
{
    return machine_thread()->wrote;
}

int machine_way(void)
{
    const struct thread *thread = machine_thread();
    return explore_graph()->threads[machine.current].events[thread->next - 1].way;
}

void machine_fence(int order_given)
{
    struct operation fence = {.kind = EVENT_FENCE,
                              .order = (uint8_t)order_given,
                              .label = "fence",
                              .code = machine_thread()->code};
    fence.order = machine_order_at_site(&fence);
    if (fence.order != __ATOMIC_RELAXED)
        machine_step(&fence);
}

void machine_touch(uintptr_t address, size_t size, bool writes)
{
    struct toucher who = toucher();
    uintptr_t stack = (uintptr_t)machine_stack(machine.current);
    if (writes && (address < stack || address >= stack + MACHINE_STACK_BYTES))
        loop_write(&machine_thread()->loop, (const void *)address, size);
    if (writes)
        machine_check_write(address, size);
    if (program_is_local(address))
        return;
    check_stack(address);
    check(memory_touch(&who, address, size, writes));
}

void machine_use(uintptr_t address, size_t size)
{
    struct toucher who = toucher();
    if (program_is_local(address))
        return;
    check_stack(address);
    check(memory_use(&who, address, size));
}

void *machine_allocate(size_t size, size_t align, bool zero)
{
    struct toucher who = toucher();
    loop_change(&machine_thread()->loop);
    return memory_allocate(&who, size, align, zero);
}

void machine_free(void *block)
{
    struct toucher who = toucher();
    loop_change(&machine_thread()->loop);
    if (block)
        machine_check_locks((uintptr_t)block, memory_block_size(block));
    enum memory_fault fault = block ? memory_free(&who, block) : MEMORY_FINE;
    if (fault == MEMORY_DOUBLE_FREE)
        machine_fail(FAILURE_MEMORY, "a block is freed twice");
    if (fault == MEMORY_FOREIGN_FREE)
        machine_fail(FAILURE_MEMORY, "what is freed was not allocated");
    check(fault);
}
