#include "07_unsafe/plugin.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "07_unsafe/assert.h"
#include "07_unsafe/punning.h"
#include "07_unsafe/span.h"

static const char SEAL_MARK[8] = {'S', 'Y', 'S', 'P', 'L', 'U', 'G', '1'};
enum { SEAL_BYTES = 16 };

static const uint64_t PLUGIN_CLOSING = UINT64_C(1) << 63;

#if defined(__x86_64__)
enum { MACHINE = EM_X86_64 };
#elif defined(__aarch64__)
enum { MACHINE = EM_AARCH64 };
#endif

__attribute__((format(printf, 4, 5))) static int fail(int number, char *error, size_t error_bytes,
                                                      const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error, error_bytes, format, arguments);
    va_end(arguments);
    return number;
}

/* ---- the file ---------------------------------------------------------------------------------*/

/* FNV-1a: a multiplication for each byte, and every single damaged byte is noticed. */
static uint64_t checksum(struct span bytes)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < bytes.size_bytes; i++)
        hash = (hash ^ bytes.data[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static bool is_shared_object(struct span file)
{
    Elf64_Ehdr header;
    if (file.size_bytes < sizeof(header))
        return false;
    memcpy(&header, file.data, sizeof(header));
    return memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_ident[EI_CLASS] == ELFCLASS64 &&
           header.e_ident[EI_DATA] == ELFDATA2LSB && header.e_type == ET_DYN &&
           header.e_machine == MACHINE;
}

/* Whether the last 16 bytes are the mark and the checksum of all before. */
static bool is_sealed(struct span file)
{
    if (file.size_bytes < SEAL_BYTES)
        return false;
    struct span body = span_from(file.data, file.size_bytes - SEAL_BYTES);
    const uint8_t *seal = file.data + body.size_bytes;
    return memcmp(seal, SEAL_MARK, sizeof(SEAL_MARK)) == 0 &&
           punning_load_u64_le(seal + sizeof(SEAL_MARK)) == checksum(body);
}

/* Map a plain file that is not empty. Errors: of open(2) and mmap(2), -EISDIR, -EINVAL. */
static int map_file(int fd, struct span *out)
{
    struct stat about;
    if (fstat(fd, &about) != 0)
        return -errno;
    if (S_ISDIR(about.st_mode))
        return -EISDIR;
    if (!S_ISREG(about.st_mode) || about.st_size <= 0)
        return -EINVAL;
    void *data = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED)
        return -errno;
    *out = span_from(data, (size_t)about.st_size);
    return 0;
}

static void unmap_file(struct span file)
{
    munmap((void *)(uintptr_t)file.data, file.size_bytes);
}

static int check_file(int fd, const char *path, char *error, size_t error_bytes)
{
    struct span file;
    int result = map_file(fd, &file);
    if (result == -EISDIR || result == -EINVAL)
        return fail(result, error, error_bytes, "%s: not a plain file with something in it", path);
    if (result)
        return fail(result, error, error_bytes, "%s: %s", path, strerror(-result));
    if (!is_sealed(file))
        result = fail(-EBADMSG, error, error_bytes,
                      "%s: damaged, or never sealed: its checksum is not that of its bytes", path);
    else if (!is_shared_object(file))
        result =
            fail(-ENOEXEC, error, error_bytes, "%s: not a shared object for this machine", path);
    unmap_file(file);
    return result;
}

/* ---- the table --------------------------------------------------------------------------------*/

bool plugin_has(const struct plugin_header *table, size_t offset, size_t size_bytes)
{
    struct span function;
    if (!span_slice(span_from(table, table->size_bytes), offset, size_bytes, &function))
        return false;
    for (size_t i = 0; i < size_bytes; i++)
        if (function.data[i])
            return true;
    return false;
}

/* Whether a function is NULL that the host would call without asking. */
static bool has_gaps(const struct plugin_header *table, uint32_t size_bytes)
{
    for (size_t at = sizeof(*table); at + sizeof(void *) <= size_bytes; at += sizeof(void *))
        if (!plugin_has(table, at, sizeof(void *)))
            return true;
    return false;
}

/* Whether its own word for its length is more than what the linker wrote down for the symbol. (0: nothing is known,
 * as of a table that was written in assembly.) */
static bool is_too_long(const struct plugin_header *table)
{
    Dl_info info;
    void *symbol = NULL;
    if (!dladdr1(table, &info, &symbol, RTLD_DL_SYMENT) || !symbol)
        return false;
    size_t known_bytes = ((const Elf64_Sym *)symbol)->st_size;
    return known_bytes && table->size_bytes > known_bytes;
}

static int check_table(const struct plugin_header *table, const struct plugin_need *need,
                       char *error, size_t error_bytes)
{
    if (!table)
        return fail(-EPROTO, error, error_bytes, "no symbol " PLUGIN_SYMBOL);
    if (table->magic != PLUGIN_MAGIC || table->size_bytes < sizeof(*table) || !table->interface ||
        !table->name || is_too_long(table))
        return fail(-EPROTO, error, error_bytes, PLUGIN_SYMBOL " is not a plugin's table");
    if (strcmp(table->interface, need->interface) != 0)
        return fail(-EPROTO, error, error_bytes, "a plugin for \"%s\", and \"%s\" is wanted",
                    table->interface, need->interface);
    if (table->major != need->major || table->minor < need->minor)
        return fail(-EPROTONOSUPPORT, error, error_bytes,
                    "made for %s %u.%u, and this program has %u.%u", need->interface, table->major,
                    table->minor, need->major, need->minor);
    if (table->size_bytes < need->size_bytes)
        return fail(-EPROTONOSUPPORT, error, error_bytes,
                    "its table has %u bytes, and %s %u.%u has %u", table->size_bytes,
                    need->interface, need->major, need->minor, need->size_bytes);
    if (has_gaps(table, need->size_bytes))
        return fail(-EPROTO, error, error_bytes, "its table lacks a function of %s %u.%u",
                    need->interface, need->major, need->minor);
    return 0;
}

/* ---- life -------------------------------------------------------------------------------------*/

/* By descriptor, so that what was checked and what is loaded are one file. */
static void *load(int fd)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    /* Now: what is missing is found out here, and not in the middle of a call. Local: no symbol of a
     * plugin gets in the way of another's. */
    return dlopen(path, RTLD_NOW | RTLD_LOCAL);
}

static int open_checked(struct plugin *plugin, int fd, const struct plugin_need *need, char *error,
                        size_t error_bytes)
{
    void *library = load(fd);
    if (!library)
        return fail(-ELIBACC, error, error_bytes, "%s", dlerror());
    const struct plugin_header *table = dlsym(library, PLUGIN_SYMBOL);
    int result = check_table(table, need, error, error_bytes);
    if (result) {
        dlclose(library);
        return result;
    }
    plugin->library = library;
    plugin->table = table;
    atomic_init(&plugin->users, 0);
    return 0;
}

int plugin_open(struct plugin *plugin, const char *path, const struct plugin_need *need,
                char *error, size_t error_bytes)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not be waited for */
    if (fd < 0)
        return fail(-errno, error, error_bytes, "%s: %s", path, strerror(errno));
    int result = check_file(fd, path, error, error_bytes);
    if (!result)
        result = open_checked(plugin, fd, need, error, error_bytes);
    close(fd);
    return result;
}

/* lesson: plugin-acquire */
const struct plugin_header *plugin_acquire(struct plugin *plugin)
{
    /* relaxed: the exchange orders */
    uint64_t users = atomic_load_explicit(&plugin->users, memory_order_relaxed);
    do {
        if (users & PLUGIN_CLOSING)
            return NULL;
        /* acquire: pairs with the release in plugin_release, for whoever comes after the last */
    } while (!atomic_compare_exchange_weak_explicit(&plugin->users, &users, users + 1,
                                                    memory_order_acquire, memory_order_relaxed));
    return plugin->table;
}

void plugin_release(struct plugin *plugin)
{
    /* release: pairs with the acquire in plugin_close; all use of the table is over */
    uint64_t users = atomic_fetch_sub_explicit(&plugin->users, 1, memory_order_release);
    ASSERT(users & ~PLUGIN_CLOSING);
    (void)users;
}

int plugin_close(struct plugin *plugin)
{
    uint64_t nobody = 0;
    /* acquire: pairs with the release in plugin_release */
    if (!atomic_compare_exchange_strong_explicit(&plugin->users, &nobody, PLUGIN_CLOSING,
                                                 memory_order_acquire, memory_order_relaxed))
        return -EBUSY;
    dlclose(plugin->library);
    plugin->library = NULL;
    plugin->table = NULL;
    return 0;
}
/* end lesson */

/* ---- the seal ---------------------------------------------------------------------------------*/

static int append(int fd, const uint8_t *bytes, size_t count)
{
    while (count) {
        ssize_t written = write(fd, bytes, count);
        if (written < 0 && errno != EINTR)
            return -errno;
        if (written > 0) {
            bytes += written;
            count -= (size_t)written;
        }
    }
    return 0;
}

static int seal_open(int fd)
{
    struct span file;
    uint8_t seal[SEAL_BYTES];
    int result = map_file(fd, &file);
    if (result)
        return result;
    bool sealed = is_sealed(file), shared_object = is_shared_object(file);
    memcpy(seal, SEAL_MARK, sizeof(SEAL_MARK));
    punning_store_u64_le(seal + sizeof(SEAL_MARK), checksum(file));
    unmap_file(file);
    if (!shared_object)
        return -ENOEXEC;
    return sealed ? 0 : append(fd, seal, sizeof(seal));
}

int plugin_seal(const char *path)
{
    int fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return -errno;
    int result = seal_open(fd);
    if (close(fd) != 0 && !result)
        result = -errno;
    return result;
}
