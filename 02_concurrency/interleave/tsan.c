/* tsan.c - the interface that gcc and clang compile calls to under -fsanitize=thread.
 *
 * The compiler hands over every access of memory; the sanitizer's own library would check them as they happen to come. We
 * decide how they come. The names and types are the compilers'; see compiler-rt's tsan_interface.h and
 * tsan_interface_atomic.h, and gcc's sanitizer.def.
 */
#include <stdint.h>

#include "02_concurrency/interleave/machine.h"

/* clang-format off: one line a function is what makes the table readable. */
#define PLAIN(name, size, access)                                                                  \
    void __tsan_##name(void *address);                                                             \
    void __tsan_##name(void *address)                                                              \
    {                                                                                              \
        machine_enter(NULL, __builtin_return_address(0));                                          \
        access;                                                                                    \
    }
#define READS(name, size)  PLAIN(name, size, machine_use((uintptr_t)address, size))
#define WRITES(name, size) PLAIN(name, size, machine_touch((uintptr_t)address, size, true))
#define PLAINS(size)                                                                               \
    READS(read##size, size)                                                                        \
    WRITES(write##size, size)                                                                      \
    READS(unaligned_read##size, size)                                                              \
    WRITES(unaligned_write##size, size)                                                            \
    READS(volatile_read##size, size)                                                               \
    WRITES(volatile_write##size, size)                                                             \
    READS(unaligned_volatile_read##size, size)                                                     \
    WRITES(unaligned_volatile_write##size, size)
PLAINS(1)
PLAINS(2)
PLAINS(4)
PLAINS(8)
PLAINS(16)

#define RANGE(name, writes)                                                                        \
    void __tsan_##name##_range(void *address, unsigned long size);                                 \
    void __tsan_##name##_range(void *address, unsigned long size)                                  \
    {                                                                                              \
        machine_enter(NULL, __builtin_return_address(0));                                          \
        machine_touch((uintptr_t)address, size, writes);                                           \
    }
RANGE(read, false)
RANGE(write, true)

void __tsan_init(void);
void __tsan_init(void)
{
}
void __tsan_func_entry(void *code);
void __tsan_func_entry(void *code)
{
    (void)code;
}
void __tsan_func_exit(void);
void __tsan_func_exit(void)
{
}

#define ORDER(order) ((uint8_t)((order) == __ATOMIC_CONSUME ? __ATOMIC_ACQUIRE : (order)&0xff))

#define LOAD(bits, type)                                                                           \
    type __tsan_atomic##bits##_load(const volatile type *at, int order);                           \
    type __tsan_atomic##bits##_load(const volatile type *at, int order)                            \
    {                                                                                              \
        MACHINE_ENTER();                                                                           \
        return (type)machine_access(                                                               \
            (struct operation){                                                                    \
                .kind = EVENT_READ, .order = ORDER(order), .size = (bits) / 8, .label = "load"},   \
            (uintptr_t)at);                                                                        \
    }
#define STORE(bits, type)                                                                          \
    void __tsan_atomic##bits##_store(volatile type *at, type value, int order);                    \
    void __tsan_atomic##bits##_store(volatile type *at, type value, int order)                     \
    {                                                                                              \
        MACHINE_ENTER();                                                                           \
        machine_check_write((uintptr_t)at, (bits) / 8);                                            \
        machine_access((struct operation){.kind = EVENT_WRITE,                                     \
                                          .order = ORDER(order),                                   \
                                          .size = (bits) / 8,                                      \
                                          .operand = (graph_value)value,                           \
                                          .label = "store"},                                       \
                       (uintptr_t)at);                                                             \
    }
#define UPDATE(bits, type, name, what)                                                             \
    type __tsan_atomic##bits##_##name(volatile type *at, type value, int order);                   \
    type __tsan_atomic##bits##_##name(volatile type *at, type value, int order)                    \
    {                                                                                              \
        MACHINE_ENTER();                                                                           \
        machine_check_write((uintptr_t)at, (bits) / 8);                                            \
        return (type)machine_access((struct operation){.kind = EVENT_READ,                         \
                                                       .update = what,                             \
                                                       .order = ORDER(order),                      \
                                                       .size = (bits) / 8,                         \
                                                       .operand = (graph_value)value,              \
                                                       .label = #name},                            \
                                    (uintptr_t)at);                                                \
    }
#define COMPARE(bits, type, name, may_fail)                                                        \
    int __tsan_atomic##bits##_compare_exchange_##name(volatile type *at, type *expected,           \
                                                      type value, int order, int failure_order);   \
    int __tsan_atomic##bits##_compare_exchange_##name(volatile type *at, type *expected,           \
                                                      type value, int order, int failure_order)    \
    {                                                                                              \
        MACHINE_ENTER();                                                                           \
        machine_check_write((uintptr_t)at, (bits) / 8);                                            \
        return compare((struct operation){.kind = EVENT_READ,                                      \
                                          .update = UPDATE_COMPARE,                                \
                                          .ways = may_fail,                                        \
                                          .order = ORDER(order),                                   \
                                          .failure_order = ORDER(failure_order),                   \
                                          .size = (bits) / 8,                                      \
                                          .operand = (graph_value)value,                           \
                                          .label = "compare_exchange"},                            \
                       (uintptr_t)at, expected);                                                   \
    }
#define COMPARE_VALUE(bits, type)                                                                  \
    type __tsan_atomic##bits##_compare_exchange_val(volatile type *at, type expected, type value,  \
                                                    int order, int failure_order);                 \
    type __tsan_atomic##bits##_compare_exchange_val(volatile type *at, type expected, type value,  \
                                                    int order, int failure_order)                  \
    {                                                                                              \
        MACHINE_ENTER();                                                                           \
        machine_check_write((uintptr_t)at, (bits) / 8);                                            \
        return (type)machine_access((struct operation){.kind = EVENT_READ,                         \
                                                       .update = UPDATE_COMPARE,                   \
                                                       .order = ORDER(order),                      \
                                                       .failure_order = ORDER(failure_order),      \
                                                       .size = (bits) / 8,                         \
                                                       .operand = (graph_value)value,              \
                                                       .expected = (graph_value)expected,          \
                                                       .label = "compare_exchange"},               \
                                    (uintptr_t)at);                                                \
    }
#define ATOMICS(bits, type)                                                                        \
    LOAD(bits, type)                                                                               \
    STORE(bits, type)                                                                              \
    UPDATE(bits, type, exchange, UPDATE_EXCHANGE)                                                  \
    UPDATE(bits, type, fetch_add, UPDATE_ADD)                                                      \
    UPDATE(bits, type, fetch_sub, UPDATE_SUB)                                                      \
    UPDATE(bits, type, fetch_and, UPDATE_AND)                                                      \
    UPDATE(bits, type, fetch_or, UPDATE_OR)                                                        \
    UPDATE(bits, type, fetch_xor, UPDATE_XOR)                                                      \
    UPDATE(bits, type, fetch_nand, UPDATE_NAND)                                                    \
    COMPARE(bits, type, strong, false)                                                             \
    COMPARE(bits, type, weak, true)                                                                \
    COMPARE_VALUE(bits, type)

/* Returns: whether it swapped; *expected, plain memory that the compiler does not hand over: what was there, if not. */
static int compare(struct operation operation, uintptr_t at, void *expected)
{
    machine_use((uintptr_t)expected, operation.size);
    __builtin_memcpy(&operation.expected, expected, operation.size);
    graph_value value = machine_access(operation, at);
    bool swapped = machine_wrote();
    if (!swapped) {
        machine_touch((uintptr_t)expected, operation.size, true);
        __builtin_memcpy(expected, &value, operation.size);
    }
    return swapped;
}

ATOMICS(8, uint8_t)
ATOMICS(16, uint16_t)
ATOMICS(32, uint32_t)
ATOMICS(64, uint64_t)
ATOMICS(128, graph_value)

void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_thread_fence(int order)
{
    MACHINE_ENTER();
    machine_fence(ORDER(order));
}
void __tsan_atomic_signal_fence(int order);
void __tsan_atomic_signal_fence(int order)
{
    (void)order;
}
