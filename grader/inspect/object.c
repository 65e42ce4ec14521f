#include "grader/inspect/object.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grader/inspect/object_internal.h"

enum { OBJECT_MAX_BYTES = 64 << 20 };

static const char prefix[] = "student.";

static int read_file(const char *path, unsigned char **bytes, size_t *size)
{
    struct stat status;
    int file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0)
        return -errno;
    int failed = 0;
    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size > OBJECT_MAX_BYTES)
        failed = -EINVAL;
    *size = failed ? 0 : (size_t)status.st_size;
    *bytes = failed ? NULL : malloc(*size + 1);
    if (!failed && !*bytes)
        failed = -ENOMEM;
    for (size_t have = 0; !failed && have < *size;) {
        ssize_t got = read(file, *bytes + have, *size - have);
        if (got <= 0 && errno != EINTR)
            failed = -EIO;
        have += got > 0 ? (size_t)got : 0;
    }
    close(file);
    return failed;
}

/* Whether [offset, offset + size) lies in the file and starts aligned for its structures. */
static bool inside(const struct object *object, uint64_t offset, uint64_t size, size_t align)
{
    return offset <= object->size && size <= object->size - offset && offset % align == 0;
}

static bool is_string_table(const struct object *object, const Elf64_Shdr *section)
{
    return section->sh_type == SHT_STRTAB &&
           inside(object, section->sh_offset, section->sh_size, 1) && section->sh_size > 0 &&
           object->bytes[section->sh_offset + section->sh_size - 1] == '\0';
}

/* From 65,280 sections on, e_shnum is 0 and the count is elsewhere: no honest object has so many. */
static bool find_sections(struct object *object, const Elf64_Ehdr *header)
{
    uint64_t size = (uint64_t)header->e_shnum * sizeof(Elf64_Shdr);
    if (header->e_shentsize != sizeof(Elf64_Shdr) || header->e_shnum == 0 ||
        !inside(object, header->e_shoff, size, _Alignof(Elf64_Shdr)))
        return false;
    object->sections = (Elf64_Shdr *)(void *)(object->bytes + header->e_shoff);
    object->section_count = header->e_shnum;
    if (header->e_shstrndx >= object->section_count)
        return false;
    const Elf64_Shdr *names = &object->sections[header->e_shstrndx];
    if (!is_string_table(object, names))
        return false;
    object->section_names = (const char *)object->bytes + names->sh_offset;
    object->section_names_size = names->sh_size;
    return true;
}

/* Exactly one symbol table. */
static bool find_symbols(struct object *object)
{
    object->symbol_table = 0;
    for (size_t i = 1; i < object->section_count; i++) {
        if (object->sections[i].sh_type != SHT_SYMTAB)
            continue;
        if (object->symbol_table)
            return false;
        object->symbol_table = i;
    }
    const Elf64_Shdr *table = &object->sections[object->symbol_table];
    if (!object->symbol_table || table->sh_entsize != sizeof(Elf64_Sym) ||
        table->sh_link >= object->section_count ||
        !inside(object, table->sh_offset, table->sh_size, _Alignof(Elf64_Sym)))
        return false;
    object->names_table = table->sh_link;
    const Elf64_Shdr *names = &object->sections[object->names_table];
    if (!is_string_table(object, names))
        return false;
    object->symbols = (Elf64_Sym *)(void *)(object->bytes + table->sh_offset);
    object->symbol_count = table->sh_size / sizeof(Elf64_Sym);
    object->names = (const char *)object->bytes + names->sh_offset;
    object->names_size = names->sh_size;
    return true;
}

static bool parse(struct object *object)
{
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)(const void *)object->bytes;
    return object->size >= sizeof(*header) && memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 &&
           header->e_ident[EI_CLASS] == ELFCLASS64 && header->e_type == ET_REL &&
           find_sections(object, header) && find_symbols(object);
}

int object_load(const char *path, struct object *object)
{
    *object = (struct object){.bytes = NULL};
    int failed = read_file(path, &object->bytes, &object->size);
    if (!failed && !parse(object))
        failed = -EINVAL;
    if (failed)
        object_fini(object);
    return failed;
}

void object_fini(struct object *object)
{
    free(object->bytes);
    object->bytes = NULL;
}

const char *object_symbol_name(const struct object *object, const Elf64_Sym *symbol)
{
    return symbol->st_name < object->names_size ? object->names + symbol->st_name : "";
}

const char *object_section_name(const struct object *object, const Elf64_Shdr *section)
{
    return section->sh_name < object->section_names_size ? object->section_names + section->sh_name
                                                         : "";
}

bool object_is_exported(const Elf64_Sym *symbol)
{
    return ELF64_ST_BIND(symbol->st_info) != STB_LOCAL && symbol->st_shndx != SHN_UNDEF;
}

bool object_in_interface(const struct manifest *manifest, const char *name)
{
    for (size_t i = 0; i < manifest->interface_count; i++)
        if (strcmp(manifest->interface[i], name) == 0)
            return true;
    return false;
}

const Elf64_Rela *object_relocations(const struct object *object, const Elf64_Shdr *section,
                                     size_t *count)
{
    if (section->sh_type != SHT_RELA || section->sh_entsize != sizeof(Elf64_Rela) ||
        section->sh_info >= object->section_count ||
        !inside(object, section->sh_offset, section->sh_size, _Alignof(Elf64_Rela)))
        return NULL;
    *count = section->sh_size / sizeof(Elf64_Rela);
    return (const Elf64_Rela *)(const void *)(object->bytes + section->sh_offset);
}

static bool is_to_hide(const struct object *object, const Elf64_Sym *symbol,
                       const struct manifest *manifest)
{
    return object_is_exported(symbol) &&
           !object_in_interface(manifest, object_symbol_name(object, symbol));
}

/* The new string table goes to the end of the file: the old names, then the prefixed ones. The hidden
 * symbols stay global, which spares moving them before the locals and renumbering relocations. */
int object_hide_names(struct object *object, const struct manifest *manifest)
{
    size_t added = 0;
    for (size_t i = 1; i < object->symbol_count; i++)
        if (is_to_hide(object, &object->symbols[i], manifest))
            added += strlen(prefix) + strlen(object_symbol_name(object, &object->symbols[i])) + 1;
    if (added == 0)
        return 0;
    if (added > OBJECT_MAX_BYTES) /* names may share their tails; prefixed they cannot */
        return -EINVAL;
    size_t table_size = object->names_size + added;
    unsigned char *grown = malloc(object->size + table_size);
    if (!grown)
        return -ENOMEM;
    memcpy(grown, object->bytes, object->size);
    char *table = (char *)grown + object->size;
    memcpy(table, object->names, object->names_size);
    struct object next = {.bytes = grown, .size = object->size};
    parse(&next); /* the same file at another address */
    size_t at = object->names_size;
    for (size_t i = 1; i < object->symbol_count; i++) {
        if (!is_to_hide(object, &object->symbols[i], manifest))
            continue;
        next.symbols[i].st_name = (Elf64_Word)at;
        at += (size_t)(stpcpy(stpcpy(table + at, prefix),
                              object_symbol_name(object, &object->symbols[i])) -
                       (table + at)) +
              1;
    }
    next.sections[next.names_table].sh_offset = object->size;
    next.sections[next.names_table].sh_size = table_size;
    next.size = object->size + table_size;
    object_fini(object);
    *object = next;
    return parse(object) ? 0 : -EINVAL;
}

int object_save(const struct object *object, const char *path)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0)
        return -errno;
    int failed = 0;
    for (size_t at = 0; at < object->size && !failed;) {
        ssize_t wrote = write(file, object->bytes + at, object->size - at);
        if (wrote < 0 && errno != EINTR)
            failed = -errno;
        at += wrote > 0 ? (size_t)wrote : 0;
    }
    if (close(file) != 0 && !failed)
        failed = -errno;
    return failed;
}

bool object_function(const struct object *object, const char *name, uint64_t *offset)
{
    for (size_t i = 1; i < object->symbol_count; i++) {
        const Elf64_Sym *symbol = &object->symbols[i];
        if (!object_is_exported(symbol) || symbol->st_shndx >= object->section_count ||
            strcmp(object_symbol_name(object, symbol), name) != 0)
            continue;
        *offset = symbol->st_value;
        return strcmp(object_section_name(object, &object->sections[symbol->st_shndx]), ".text") ==
               0;
    }
    return false;
}
