/* object.h - an ELF object that the compiler made of a submission: looked into, then tamed.
 *
 * The object may define only the exercise's interface for others to see and refer only to what the
 * exercise allows. It may not run before main, nor carry code that is not a function's, nor hide
 * anything in a section that the linker treats in its own way. Every other name that it defines gets
 * the prefix "student.", which no C program can spell, so that its own `strcmp` or `allocator_alloc`
 * stays its own and collides with nothing.
 *
 * Every offset and index in the file is checked before use: the compiler is trusted, the source that
 * it was given is not.
 *
 * Interface: object_load object_fini object_inspect object_may_call_system
 *            object_hide_names object_save object_function
 */
#ifndef SYSLAB_GRADER_OBJECT_H
#define SYSLAB_GRADER_OBJECT_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "grader/course/manifest.h"
#include "grader/record/verdict.h"

struct object {
    unsigned char *bytes;
    size_t size;
    Elf64_Shdr *sections; /* into bytes, as are the next three */
    Elf64_Sym *symbols;
    const char *section_names, *names;
    size_t section_count, symbol_count, section_names_size, names_size;
    size_t symbol_table, names_table; /* section indexes */
};

/* Returns: 0; -EINVAL for a file that is not a well-formed ELF64 object; another -errno.
 * Owns: object_fini. */
int object_load(const char *path, struct object *object);
void object_fini(struct object *object);

/* What inspection found. */
struct object_finding {
    enum verdict verdict; /* pass, compile_error or forged */
    char message[600];    /* in words; %s-free, names the file */
    /* Where the fault is, for a line number: an executable section and an offset; "" unknown. */
    char section[64];
    uint64_t offset;
};

/* Inspect an object of one build. The plain build is held to the manifest's symbols; the others may
 * also use what their sanitizers' instrumentation calls. */
void object_inspect(const struct object *object, const struct manifest *manifest, enum build build,
                    struct object_finding *finding);

/* Look for the bytes of a system call instruction (x86-64: syscall, sysenter, int 0x80) at any offset
 * of the code. They may also be part of an honest constant: a disassembler has to tell.
 * Returns: true with the section and offset in finding. */
bool object_may_call_system(const struct object *object, struct object_finding *finding);

/* Prefix every global name that is defined and is not in the interface.
 * Returns: 0; -EINVAL if the names would need more than 64 MiB; -ENOMEM. */
int object_hide_names(struct object *object, const struct manifest *manifest);

/* Returns: 0 or -errno. */
int object_save(const struct object *object, const char *path);

/* Where a function of the interface begins, in .text.
 * Returns: true and *offset, or false. */
bool object_function(const struct object *object, const char *name, uint64_t *offset);

#endif
