/* object_inspect.c - what an object may not do. Each check fills the finding and returns true when it
 * has something to say; the first one that does decides. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "grader/inspect/object_internal.h"

struct inspection {
    const struct object *object;
    const struct manifest *manifest;
    enum build build;
    struct object_finding *finding;
};

__attribute__((format(printf, 3, 4))) static bool say(const struct inspection *in,
                                                      enum verdict verdict, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(in->finding->message, sizeof(in->finding->message), format, args);
    va_end(args);
    in->finding->verdict = verdict;
    return true;
}

static bool has_prefix(const char *text, const char *const *prefixes)
{
    for (; *prefixes; prefixes++)
        if (strncmp(text, *prefixes, strlen(*prefixes)) == 0)
            return true;
    return false;
}

static bool has_word(const char *word, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(word, *words) == 0)
            return true;
    return false;
}

/* ---- sections ---- */

/* Run by the C library or the dynamic loader before main or after it. */
static const char *const startup_sections[] = {".init",  ".fini",  ".preinit",
                                               ".ctors", ".dtors", NULL};

/* The sanitizers' own: one entry that registers globals or starts the runtime. */
static bool is_sanitizer_startup(const struct inspection *in, const Elf64_Shdr *section)
{
    const char *name = object_section_name(in->object, section);
    /* gcc's, then clang's */
    static const char *const names[] = {".init_array.00099", ".fini_array.00099", ".init_array.1",
                                        ".fini_array.1",     ".init_array.0",     NULL};
    return in->build != BUILD_PLAIN && section->sh_size == sizeof(uint64_t) &&
           has_word(name, names);
}

/* A section may be aligned to a huge page, and no further: loaders give up on more. Every thread has
 * its own copy of what is thread-local, cut from its stack. */
enum { ALIGN_MAX = 2 << 20, THREAD_LOCAL_MAX = 1 << 20 };

static bool check_alignment(const struct inspection *in, const Elf64_Shdr *section)
{
    if (!(section->sh_flags & SHF_ALLOC) || section->sh_addralign <= ALIGN_MAX)
        return false;
    return say(
        in, VERDICT_COMPILE_ERROR,
        "%s aligns a variable or function to %llu bytes (section %s), by _Alignas or an "
        "attribute. The program would have to begin at a multiple of that, which the loader "
        "promises only up to a huge page, %d bytes. Take a larger array and round an address "
        "in it up.",
        in->manifest->file, (unsigned long long)section->sh_addralign,
        object_section_name(in->object, section), ALIGN_MAX);
}

static bool check_stack(const struct inspection *in, const Elf64_Shdr *section)
{
    if (!(section->sh_flags & SHF_EXECINSTR) ||
        strcmp(object_section_name(in->object, section), ".note.GNU-stack") != 0)
        return false;
    return say(
        in, VERDICT_COMPILE_ERROR,
        "%s needs an executable stack: it has a nested function whose address is taken. Make "
        "it a function of the file, and pass it what it uses.",
        in->manifest->file);
}

/* What a linker takes for code, whatever its flags. */
static bool is_code_by_name(const char *name)
{
    return strncmp(name, ".text", 5) == 0 && (name[5] == '\0' || name[5] == '.');
}

static bool check_section(const struct inspection *in, const Elf64_Shdr *section)
{
    const char *file = in->manifest->file;
    const char *name = object_section_name(in->object, section);
    bool by_type = section->sh_type == SHT_INIT_ARRAY || section->sh_type == SHT_FINI_ARRAY ||
                   section->sh_type == SHT_PREINIT_ARRAY;
    if (section == in->object->sections || is_sanitizer_startup(in, section))
        return false; /* the first is none */
    if (by_type || has_prefix(name, startup_sections))
        return say(in, VERDICT_FORGED,
                   "%s runs code before or after main (a constructor or destructor, section %s). A "
                   "submission runs only when a test calls it.",
                   file, name);
    if ((section->sh_flags & SHF_WRITE) && (section->sh_flags & SHF_EXECINSTR))
        return say(in, VERDICT_FORGED,
                   "%s has a section that can be both written and executed (%s).", file, name);
    if (check_alignment(in, section) || check_stack(in, section))
        return true;
    if ((section->sh_flags & SHF_EXECINSTR) && !is_code_by_name(name))
        return say(in, VERDICT_FORGED, "%s puts code into a section of its own (%s).", file, name);
    if (object_section_is_usual(in->object, section))
        return false;
    if (is_code_by_name(name))
        return say(in, VERDICT_FORGED, "%s puts data among code (section %s).", file, name);
    return say(in, VERDICT_COMPILE_ERROR,
               "%s puts something into section %s. Leave the choice of sections to the compiler.",
               file, name);
}

static bool check_sections(const struct inspection *in)
{
    for (size_t i = 0; i < in->object->section_count; i++)
        if (check_section(in, &in->object->sections[i]))
            return true;
    return false;
}

static uint64_t add_capped(uint64_t sum, uint64_t more)
{
    return __builtin_add_overflow(sum, more, &sum) ? UINT64_MAX : sum;
}

/* Variables that cannot fit fail in the loader, which has no good words for it. A sanitizer puts
 * guards around them, so its build may need twice as much. */
static bool check_sizes(const struct inspection *in)
{
    uint64_t variables = 0, thread_local_variables = 0;
    uint64_t factor = in->build == BUILD_PLAIN ? 1 : 2;
    unsigned limit_mib = in->manifest->limits.memory_mib;
    for (size_t i = 0; i < in->object->section_count; i++) {
        const Elf64_Shdr *section = &in->object->sections[i];
        if (section->sh_flags & SHF_TLS)
            thread_local_variables = add_capped(thread_local_variables, section->sh_size);
        else if (section->sh_flags & SHF_ALLOC)
            variables = add_capped(variables, section->sh_size);
    }
    if (thread_local_variables > THREAD_LOCAL_MAX * factor)
        return say(
            in, VERDICT_COMPILE_ERROR,
            "%s has thread-local variables of %llu KiB. Every thread has its own, so they may "
            "have %d KiB at most.",
            in->manifest->file, (unsigned long long)thread_local_variables >> 10,
            THREAD_LOCAL_MAX >> 10);
    if (variables > factor * limit_mib << 20)
        return say(
            in, VERDICT_COMPILE_ERROR,
            "%s has static variables of %llu MiB. This exercise has %u MiB of memory in all.",
            in->manifest->file, (unsigned long long)variables >> 20, limit_mib);
    return false;
}

/* ---- definitions ---- */

static bool check_definition(const struct inspection *in, const Elf64_Sym *symbol)
{
    const char *file = in->manifest->file;
    const char *name = object_symbol_name(in->object, symbol);
    unsigned type = ELF64_ST_TYPE(symbol->st_info);
    if (type == STT_GNU_IFUNC)
        return say(in, VERDICT_FORGED,
                   "%s: %s is resolved by code that runs before main (an ifunc).", file, name);
    if (object_is_exported(symbol) && strcmp(name, "main") == 0)
        return say(
            in, VERDICT_COMPILE_ERROR,
            "%s defines its own main: the tests bring theirs. Remove it, or keep it in another "
            "file.",
            file);
    if (object_is_exported(symbol) && object_in_interface(in->manifest, name) && type != STT_FUNC)
        return say(in, VERDICT_COMPILE_ERROR, "%s: %s has to be a function.%s", file, name,
                   in->manifest->assembly
                       ? " For one that is written in assembly, .type NAME, @function says so."
                       : "");
    if (type == STT_OBJECT && symbol->st_shndx < in->object->section_count &&
        (in->object->sections[symbol->st_shndx].sh_flags & SHF_EXECINSTR))
        return say(in, VERDICT_FORGED, "%s: %s is data among code.", file, name);
    return false;
}

static bool defines(const struct object *object, const char *name)
{
    for (size_t i = 1; i < object->symbol_count; i++)
        if (object_is_exported(&object->symbols[i]) &&
            strcmp(object_symbol_name(object, &object->symbols[i]), name) == 0)
            return true;
    return false;
}

static bool check_definitions(const struct inspection *in)
{
    const struct manifest *manifest = in->manifest;
    for (size_t i = 1; i < in->object->symbol_count; i++)
        if (in->object->symbols[i].st_shndx != SHN_UNDEF &&
            check_definition(in, &in->object->symbols[i]))
            return true;
    for (size_t i = 0; i < manifest->interface_count; i++)
        if (!defines(in->object, manifest->interface[i]))
            return say(in, VERDICT_COMPILE_ERROR,
                       "%.*s.h declares %s, but %s does not define it (or defines it static).",
                       (int)strlen(manifest->file) - 2, manifest->file, manifest->interface[i],
                       manifest->file);
    return false;
}

/* ---- references ---- */

/* What the compiler calls of its own accord, and what stands behind assert and errno. */
static const char *const always_allowed[] = {
    "memcpy", "memmove", "memset", "memcmp", "strlen", "rawmemchr", "abort", "__assert_fail",
    "__errno_location", "__stack_chk_fail", "__tls_get_addr",
    /* libgcc's arithmetic on 128-bit integers and the like */
    "__udivti3", "__umodti3", "__divti3", "__modti3", "__udivmodti4", "__divmodti4", "__multi3",
    "__ashlti3", "__ashrti3", "__lshrti3", "__popcountdi2", "__clzdi2", "__ctzdi2", "__ffsdi2",
    "__paritydi2", "__floatuntidf", "__floattidf", "__fixunsdfti", "__fixdfti", "__bswapdi2",
    /* and on complex numbers */
    "__mulsc3", "__muldc3", "__mulxc3", "__divsc3", "__divdc3", "__divxc3", NULL};

/* What a compiler makes of another call: the second is allowed with the first. */
static const char *const companions[][2] = {
    {"printf", "puts"},
    {"printf", "putchar"},
    {"fprintf", "fwrite"},
    {"fprintf", "fputc"},
    {"fprintf", "fputs"},
    {"fputs", "fwrite"},
    {"fputs", "fputc"},
    {"sprintf", "strcpy"},
    {"snprintf", "strcpy"},
    {"strcat", "strcpy"},
    {"strcpy", "stpcpy"},
    {"strcat", "stpcpy"},
    {"malloc", "calloc"},
    {"sscanf", "__isoc99_sscanf"},
    {"strerror_r", "__xpg_strerror_r"},
    {"strstr", "strchr"},
    {"strncpy", "stpncpy"},
    {"setjmp", "_setjmp"},
    {"sigsetjmp", "__sigsetjmp"},
    {"strtol", "__isoc23_strtol"},
    {"strtoul", "__isoc23_strtoul"},
    {"sscanf", "__isoc23_sscanf"},
};

static const char *const asan_calls[] = {"__asan_init",
                                         "__asan_version_mismatch_check",
                                         "__asan_register_globals",
                                         "__asan_unregister_globals",
                                         "__asan_report_",
                                         "__asan_load",
                                         "__asan_store",
                                         "__asan_stack_malloc_",
                                         "__asan_stack_free_",
                                         "__asan_handle_no_return",
                                         "__asan_option_detect_stack_use_after_return",
                                         "__asan_poison_stack_memory",
                                         "__asan_unpoison_stack_memory",
                                         "__asan_alloca_poison",
                                         "__asan_allocas_unpoison",
                                         "__asan_set_shadow_",
                                         "__asan_mem",
                                         "__asan_mem",
                                         "__asan_shadow_memory_dynamic_address",
                                         "__ubsan_handle_",
                                         NULL};

static const char *const tsan_calls[] = {
    "__tsan_init",       "__tsan_func_entry", "__tsan_func_exit", "__tsan_read", "__tsan_write",
    "__tsan_unaligned_", "__tsan_volatile_",  "__tsan_atomic",    "__tsan_mem",  NULL};

static bool is_listed(const struct manifest *manifest, const char *name)
{
    for (size_t i = 0; i < manifest->symbol_count; i++)
        if (strcmp(manifest->symbols[i], name) == 0)
            return true;
    return false;
}

static bool is_allowed(const struct inspection *in, const char *name)
{
    if (is_listed(in->manifest, name) || has_word(name, always_allowed) ||
        object_in_interface(in->manifest, name))
        return true;
    for (size_t i = 0; i < sizeof(companions) / sizeof(companions[0]); i++)
        if (strcmp(name, companions[i][1]) == 0 && is_listed(in->manifest, companions[i][0]))
            return true;
    return (in->build == BUILD_ASAN && has_prefix(name, asan_calls)) ||
           ((in->build == BUILD_TSAN || in->build == BUILD_INTERLEAVE) &&
            has_prefix(name, tsan_calls));
}

/* The table of the addresses that the dynamic linker filled in. The assembler leaves its name in most objects,
 * and refers to it in none: who does is about to look functions up, or to put others in their places. */
static bool is_named_only(const struct inspection *in, size_t symbol, const char *name)
{
    const struct object *object = in->object;
    if (strcmp(name, "_GLOBAL_OFFSET_TABLE_") != 0)
        return false;
    for (size_t i = 1; i < object->section_count; i++) {
        size_t count;
        const Elf64_Rela *all = object_relocations(object, &object->sections[i], &count);
        for (size_t at = 0; all && at < count; at++)
            if (ELF64_R_SYM(all[at].r_info) == symbol)
                return false;
    }
    return true;
}

/* The first use of a symbol in code, so that its line can be looked up. */
static void find_use(const struct inspection *in, size_t symbol)
{
    const struct object *object = in->object;
    for (size_t i = 1; i < object->section_count; i++) {
        size_t count;
        const Elf64_Rela *all = object_relocations(object, &object->sections[i], &count);
        const Elf64_Shdr *target = all ? &object->sections[object->sections[i].sh_info] : NULL;
        if (!all || !(target->sh_flags & SHF_EXECINSTR))
            continue;
        for (size_t at = 0; at < count; at++) {
            if (ELF64_R_SYM(all[at].r_info) != symbol)
                continue;
            snprintf(in->finding->section, sizeof(in->finding->section), "%s",
                     object_section_name(object, target));
            in->finding->offset = all[at].r_offset;
            return;
        }
    }
}

/* gcc makes puts or putchar of a printf, so the name may be new to who wrote it. */
static const char *const printing[] = {
    "printf",  "puts",   "putchar", "fprintf",       "fputs",    "fputc",   "putc",
    "vprintf", "perror", "fwrite",  "write",         "vfprintf", "dprintf", "__printf_chk",
    "stdout",  "stderr", "fflush",  "__fprintf_chk", NULL};

static bool refuse_symbol(const struct inspection *in, size_t index, const char *name)
{
    const struct manifest *manifest = in->manifest;
    char list[300] = "";
    for (size_t i = 0; i < manifest->symbol_count; i++) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof(list) - used, "%s%s", used ? ", " : "", manifest->symbols[i]);
    }
    find_use(in, index);
    if (strncmp(name, "__atomic_", strlen("__atomic_")) == 0)
        return say(
            in, VERDICT_COMPILE_ERROR,
            "%s has an atomic object of more than 8 bytes: the compiler calls %.80s for it, "
            "which takes a lock behind your back and is not available here. Use atomics of up "
            "to 8 bytes, or a lock.",
            manifest->file, name);
    if (has_word(name, printing))
        return say(
            in, VERDICT_COMPILE_ERROR,
            "%s prints: printf, puts, putchar and the like are not allowed here, so take debugging "
            "output out before you submit. Beside its own functions it may use: %s. (The compiler "
            "calls %s here, as it may for a printf.)",
            manifest->file, list[0] ? list : "nothing else", name);
    return say(in, VERDICT_COMPILE_ERROR,
               "%s uses %.80s, which this exercise does not allow. Beside its own functions it may "
               "use: %s.",
               manifest->file, name, list[0] ? list : "nothing else");
}

/* A hidden symbol has to be in the program itself: the linker finds no function of a library for it. */
static bool refuse_visibility(const struct inspection *in, size_t index, const char *name)
{
    find_use(in, index);
    return say(in, VERDICT_COMPILE_ERROR,
               "%s declares %.80s with a visibility of its own, and does not define it. Take the "
               "declaration from its header.",
               in->manifest->file, name);
}

static bool check_references(const struct inspection *in)
{
    for (size_t i = 1; i < in->object->symbol_count; i++) {
        const Elf64_Sym *symbol = &in->object->symbols[i];
        const char *name = object_symbol_name(in->object, symbol);
        if (symbol->st_shndx != SHN_UNDEF)
            continue;
        if (!is_allowed(in, name) && !is_named_only(in, i, name))
            return refuse_symbol(in, i, name);
        if (ELF64_ST_VISIBILITY(symbol->st_other) != STV_DEFAULT)
            return refuse_visibility(in, i, name);
    }
    return false;
}

void object_inspect(const struct object *object, const struct manifest *manifest, enum build build,
                    struct object_finding *finding)
{
    const struct inspection in = {object, manifest, build, finding};
    *finding = (struct object_finding){.verdict = VERDICT_PASS};
    if (!check_sections(&in) && !check_sizes(&in) && !check_definitions(&in))
        check_references(&in);
}

static bool is_system_call(const unsigned char *code)
{
    return (code[0] == 0x0f && (code[1] == 0x05 || code[1] == 0x34)) ||
           (code[0] == 0xcd && code[1] == 0x80);
}

bool object_may_call_system(const struct object *object, struct object_finding *finding)
{
    for (size_t i = 1; i < object->section_count; i++) {
        const Elf64_Shdr *section = &object->sections[i];
        if (!(section->sh_flags & SHF_EXECINSTR) || section->sh_type != SHT_PROGBITS ||
            section->sh_offset > object->size ||
            section->sh_size > object->size - section->sh_offset)
            continue;
        const unsigned char *code = object->bytes + section->sh_offset;
        for (size_t at = 0; at + 1 < section->sh_size; at++) {
            if (!is_system_call(code + at))
                continue;
            snprintf(finding->section, sizeof(finding->section), "%s",
                     object_section_name(object, section));
            finding->offset = at;
            return true;
        }
    }
    return false;
}
