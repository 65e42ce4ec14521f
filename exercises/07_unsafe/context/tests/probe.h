/* probe.h - what a C program cannot ask: which registers a call preserved, where its stack stood, and how
 * it rounds.
 *
 * Interface: struct probe_registers probe_register_names probe_switch probe_entry probe_entry_stack
 *            probe_control_read probe_control_write
 */
#ifndef SYSLAB_CONTEXT_PROBE_H
#define SYSLAB_CONTEXT_PROBE_H

#include "context.h"

/* Those that a called function preserves (System V ABI, 3.2.1), but for the stack pointer: without that
 * one no test goes on. */
enum { PROBE_REGISTERS = 6 };
struct probe_registers {
    uint64_t value[PROBE_REGISTERS];
};
extern const char *const probe_register_names[PROBE_REGISTERS];

/* context_switch, with the registers filled from *registers before, and what they hold afterwards there. */
void *probe_switch(struct context *from, struct context *to, void *value,
                   struct probe_registers *registers);

/* An entry that notes its stack pointer and is then probe_entered, which the test defines. */
struct context *probe_entry(void *argument, void *value);
extern uintptr_t probe_entry_stack;
struct context *probe_entered(void *argument, void *value);

/* The control bits of mxcsr (its six flags are not among them) and the x87 control word. */
struct probe_control {
    uint32_t mxcsr;
    uint16_t x87;
};
struct probe_control probe_control_read(void);
void probe_control_write(struct probe_control control);

#endif
