/* object_internal.h - between object.c, which reads and rewrites, object_inspect.c and
 * object_sections.c. */
#ifndef SYSLAB_GRADER_OBJECT_INTERNAL_H
#define SYSLAB_GRADER_OBJECT_INTERNAL_H

#include "grader/inspect/object.h"

/* Both are always NUL-ended strings inside the object. */
const char *object_symbol_name(const struct object *object, const Elf64_Sym *symbol);
const char *object_section_name(const struct object *object, const Elf64_Shdr *section);

/* Whether a compiler makes such a section: by its name, type and flags together. */
bool object_section_is_usual(const struct object *object, const Elf64_Shdr *section);

/* A global or weak symbol that this object defines. */
bool object_is_exported(const Elf64_Sym *symbol);

/* Whether the manifest's interface has the name. */
bool object_in_interface(const struct manifest *manifest, const char *name);

/* The relocations of a section, bounds-checked: *count entries, or NULL. */
const Elf64_Rela *object_relocations(const struct object *object, const Elf64_Shdr *section,
                                     size_t *count);

#endif
