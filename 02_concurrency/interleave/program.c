/* program.c - loading, putting back, naming. */
#include "02_concurrency/interleave/program.h"

#include <dlfcn.h>
#include <elfutils/libdwfl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "02_concurrency/interleave/symbols.h"

struct range {
    char *from, *copy;
    size_t bytes;
};

/* Of the psABI, for thread-local variables of a library that was loaded late. */
struct tls_index {
    unsigned long module, offset;
};
extern void *__tls_get_addr(struct tls_index *index);

static void *handle;
static const struct link_map *map;
static struct range ranges[PROGRAM_RANGES_MAX];
static int range_count;
static struct memory_range code;

/* Thread-local variables: where this process's only thread has them, as they begin, and as each thread left them. */
static char *local;
static size_t local_bytes, local_module;
static char *local_first, *locals[GRAPH_THREADS_MAX];

static Dwfl *dwfl;

static void add_range(char *from, char *to)
{
    if (from >= to || range_count == PROGRAM_RANGES_MAX)
        return;
    struct range *range = &ranges[range_count++];
    range->from = from;
    range->bytes = (size_t)(to - from);
    range->copy = malloc(range->bytes);
    if (!range->copy)
        exit(2);
    memcpy(range->copy, from, range->bytes);
}

/* The writable segments, without the part that the loader protected when it was done. */
static int find_ranges(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size, (void)unused;
    if (info->dlpi_addr != map->l_addr || strcmp(info->dlpi_name, map->l_name) != 0)
        return 0;
    char *base = (char *)info->dlpi_addr, *relro_from = NULL, *relro_to = NULL;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    for (int index = 0; index < info->dlpi_phnum; index++)
        if (info->dlpi_phdr[index].p_type == PT_GNU_RELRO) {
            relro_from = base + info->dlpi_phdr[index].p_vaddr;
            relro_to = relro_from + info->dlpi_phdr[index].p_memsz;
            relro_to = (char *)((uintptr_t)relro_to & ~(page - 1));
        }
    for (int index = 0; index < info->dlpi_phnum; index++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[index];
        char *from = base + header->p_vaddr, *to = from + header->p_memsz;
        if (header->p_type == PT_LOAD && header->p_flags & PF_W)
            add_range(relro_from >= from && relro_from < to ? relro_to : from, to);
        if (header->p_type == PT_LOAD && header->p_flags & PF_X) {
            code.from = code.from ? code.from : (uintptr_t)from;
            code.to = (uintptr_t)to;
        }
        if (header->p_type == PT_TLS) {
            local_module = info->dlpi_tls_modid;
            local_bytes = header->p_memsz;
        }
    }
    return 1;
}

static int keep_locals(void)
{
    if (local_bytes == 0)
        return 0;
    /* What compiled code calls for them; the first call makes them. */
    local = __tls_get_addr(&(struct tls_index){local_module, 0});
    local_first = malloc(local_bytes * (GRAPH_THREADS_MAX + 1));
    if (!local_first)
        return -1;
    memcpy(local_first, local, local_bytes);
    for (int thread = 0; thread < GRAPH_THREADS_MAX; thread++)
        locals[thread] = local_first + local_bytes * (size_t)(thread + 1);
    return 0;
}

static void open_debug(const char *path)
{
    static const Dwfl_Callbacks callbacks = {.find_elf = dwfl_linux_proc_find_elf,
                                             .find_debuginfo = dwfl_standard_find_debuginfo};
    dwfl = dwfl_begin(&callbacks);
    if (!dwfl)
        return;
    dwfl_report_begin(dwfl);
    dwfl_report_elf(dwfl, "program", path, -1, map->l_addr, false);
    dwfl_report_end(dwfl, NULL, NULL);
}

int program_load(const char *path)
{
    if (symbols_check(path) != 0)
        return -1;
    handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle || dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0) {
        fprintf(stderr, "interleave: %s\n", dlerror());
        return -1;
    }
    dl_iterate_phdr(find_ranges, NULL);
    open_debug(path);
    return keep_locals();
}

void *program_symbol(const char *name)
{
    return dlsym(handle, name);
}

void program_reset(void)
{
    for (int index = 0; index < range_count; index++)
        memcpy(ranges[index].from, ranges[index].copy, ranges[index].bytes);
    for (int thread = 0; local_bytes > 0 && thread < GRAPH_THREADS_MAX; thread++)
        memcpy(locals[thread], local_first, local_bytes);
}

void program_enter(int thread)
{
    if (local_bytes > 0)
        memcpy(local, locals[thread], local_bytes);
}

void program_leave(int thread)
{
    if (local_bytes > 0)
        memcpy(locals[thread], local, local_bytes);
}

bool program_is_local(uintptr_t address)
{
    return address - (uintptr_t)local < local_bytes;
}

bool program_has(uintptr_t address)
{
    for (int index = 0; index < range_count; index++)
        if (address - (uintptr_t)ranges[index].from < ranges[index].bytes)
            return true;
    return false;
}

int program_ranges(struct memory_range *out)
{
    for (int index = 0; index < range_count; index++)
        out[index] = (struct memory_range){(uintptr_t)ranges[index].from,
                                           (uintptr_t)ranges[index].from + ranges[index].bytes};
    return range_count;
}

struct memory_range program_code(void)
{
    return code;
}

void program_line(const void *at, char *text, size_t text_bytes)
{
    /* A return address is behind its call: the call is what is asked for. */
    Dwarf_Addr address = (Dwarf_Addr)(uintptr_t)at - 1;
    Dwfl_Module *module = dwfl && at ? dwfl_addrmodule(dwfl, address) : NULL;
    Dwfl_Line *line = module ? dwfl_module_getsrc(module, address) : NULL;
    int number = 0;
    const char *file = line ? dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL) : NULL;
    if (!file) {
        snprintf(text, text_bytes, "?");
        return;
    }
    const char *slash = strrchr(file, '/');
    snprintf(text, text_bytes, "%s:%d", slash ? slash + 1 : file, number);
}

bool program_variable(uintptr_t address, char *text, size_t text_bytes)
{
    Dwfl_Module *module = dwfl ? dwfl_addrmodule(dwfl, address) : NULL;
    if (!module)
        return false;
    GElf_Off offset;
    GElf_Sym symbol;
    const char *name = dwfl_module_addrinfo(module, address, &offset, &symbol, NULL, NULL, NULL);
    if (!name)
        return false;
    if (offset == 0)
        snprintf(text, text_bytes, "%s", name);
    else
        snprintf(text, text_bytes, "%s+%lu", name, (unsigned long)offset);
    return true;
}
