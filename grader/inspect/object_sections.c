/* object_sections.c - the sections that gcc 12 and clang 14 make, each with its own type and flags.
 *
 * A linker goes by the name: what is called .rela.dyn joins the table that the loader applies, and what is
 * called .text.x becomes code, whatever the object says of it. So a name is good only with the type and the
 * flags that a compiler gives it. */
#include <string.h>

#include "grader/inspect/object_internal.h"

#define ALLOC SHF_ALLOC
#define WRITE SHF_WRITE

/* What comes with some sections of a name and changes nothing of what becomes of them. */
enum { MAY_MERGE = SHF_MERGE | SHF_STRINGS };

static const struct {
    const char *name;
    Elf64_Word type;
    Elf64_Xword flags, more; /* has to have; may have */
    bool family;             /* also name + "." + more */
} made[] = {
    {".text", SHT_PROGBITS, ALLOC | SHF_EXECINSTR, SHF_GNU_RETAIN, true},
    {".data", SHT_PROGBITS, ALLOC | WRITE, 0, true},
    {".rodata", SHT_PROGBITS, ALLOC, MAY_MERGE, true},
    {".bss", SHT_NOBITS, ALLOC | WRITE, 0, true},
    {".tdata", SHT_PROGBITS, ALLOC | WRITE | SHF_TLS, 0, true},
    {".tbss", SHT_NOBITS, ALLOC | WRITE | SHF_TLS, 0, true},
    {".eh_frame", SHT_PROGBITS, ALLOC, 0, false},
    {".eh_frame", 0x70000001 /* SHT_X86_64_UNWIND */, ALLOC, 0, false},
    {".note.gnu.property", SHT_NOTE, ALLOC, 0, false},
    {".note.GNU-stack", SHT_PROGBITS, 0, 0, false},
    {".comment", SHT_PROGBITS, 0, MAY_MERGE, false},
    {".group", SHT_GROUP, 0, 0, false},
    {".symtab", SHT_SYMTAB, 0, 0, false},
    {".strtab", SHT_STRTAB, 0, 0, false},
    {".shstrtab", SHT_STRTAB, 0, 0, false},
    {".llvm_addrsig", 0x6fff4c03 /* SHT_LLVM_ADDRSIG */, SHF_EXCLUDE, 0, false},
};

/* DWARF's, and none of those that a debugger executes, such as .debug_gdb_scripts. */
static const char *const debug_parts[] = {"abbrev", "addr",     "aranges", "frame",      "info",
                                          "line",   "line_str", "loc",     "loclists",   "macro",
                                          "ranges", "rnglists", "str",     "str_offsets"};

static bool is_debug(const char *name)
{
    static const char prefix[] = ".debug_";
    if (strncmp(name, prefix, strlen(prefix)) != 0)
        return false;
    for (size_t i = 0; i < sizeof(debug_parts) / sizeof(debug_parts[0]); i++)
        if (strcmp(name + strlen(prefix), debug_parts[i]) == 0)
            return true;
    return false;
}

/* The relocations of another section are called after it. */
static bool is_relocations(const struct object *object, const Elf64_Shdr *section, const char *name)
{
    return section->sh_type == SHT_RELA && strncmp(name, ".rela", 5) == 0 && section->sh_info > 0 &&
           section->sh_info < object->section_count &&
           strcmp(name + 5, object_section_name(object, &object->sections[section->sh_info])) == 0;
}

static bool is_named(const char *name, const char *wanted, bool family)
{
    size_t length = strlen(wanted);
    return strncmp(name, wanted, length) == 0 &&
           (name[length] == '\0' || (family && name[length] == '.'));
}

bool object_section_is_usual(const struct object *object, const Elf64_Shdr *section)
{
    const char *name = object_section_name(object, section);
    Elf64_Xword flags = section->sh_flags & ~(Elf64_Xword)(SHF_GROUP | SHF_INFO_LINK);
    if (section->sh_type == SHT_RELA)
        return flags == 0 && is_relocations(object, section, name);
    if (is_debug(name))
        return section->sh_type == SHT_PROGBITS && (flags & ~(Elf64_Xword)MAY_MERGE) == 0;
    for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
        if (is_named(name, made[i].name, made[i].family) && section->sh_type == made[i].type &&
            (flags & ~made[i].more) == made[i].flags)
            return true;
    return false;
}
