#include "grader/inspect/source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grader/base/hash.h"
#include "grader/base/text.h"

__attribute__((format(printf, 2, 3))) static void refuse(struct source *source, const char *format,
                                                         ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(source->message, sizeof(source->message), format, args);
    va_end(args);
    source->refused = true;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static const char *kind_of(mode_t mode)
{
    return S_ISDIR(mode)    ? "a folder"
           : S_ISFIFO(mode) ? "a FIFO"
           : S_ISCHR(mode)  ? "a character device"
           : S_ISBLK(mode)  ? "a block device"
           : S_ISSOCK(mode) ? "a socket"
           : S_ISLNK(mode)  ? "a symbolic link"
                            : "no regular file";
}

enum { NAMES_SHOWN = 4 };

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* A file that may be the work under another name, or hold it. A path that was mistyped leads to a folder
 * that is none of the student's, and what else lies there is nobody's business. */
static bool may_be_work(const struct dirent *entry)
{
    static const char *const endings[] = {".c",  ".h",   ".cpp", ".cc", ".txt", ".zip",
                                          ".gz", ".tar", ".tgz", ".xz", ".7z",  ".rar"};
    const char *dot = strrchr(entry->d_name, '.');
    bool file = entry->d_type == DT_REG || entry->d_type == DT_UNKNOWN;
    for (size_t i = 0; file && dot && i < sizeof(endings) / sizeof(endings[0]); i++)
        if (strcasecmp(dot, endings[i]) == 0)
            return true;
    return false;
}

/* Mostly the work is there under another name, so say what is; there is room for ", ...". */
static void list_names(struct dirent **entries, int count, char *out, size_t out_bytes)
{
    size_t used = 0;
    unsigned named = 0;
    bool left = false;
    for (int i = 0; i < count; i++) {
        char *name = text_clean(entries[i]->d_name, strlen(entries[i]->d_name));
        const char *before = used ? ", " : "";
        bool shown = may_be_work(entries[i]);
        if (shown && named++ < NAMES_SHOWN && name &&
            used + strlen(before) + strlen(name) + 8 < out_bytes)
            used += (size_t)sprintf(out + used, "%s%s", before, name);
        else
            left = left || shown;
        free(name);
        free(entries[i]);
    }
    if (left && used)
        strcpy(out + used, ", ...");
}

static void refuse_missing(const char *path, struct source *source)
{
    const char *name = base_name(path);
    char folder[PATH_MAX], names[160] = "";
    struct dirent **entries;
    snprintf(folder, sizeof(folder), "%.*s", (int)(name - path), path);
    int count = scandir(name == path ? "." : folder, &entries, visible, by_bytes);
    if (count >= 0) {
        list_names(entries, count, names, sizeof(names));
        free(entries);
    }
    if (count > 0 && names[0])
        refuse(source, "%s is missing; the folder has %s.", name, names);
    else
        refuse(source, "%s is missing%s.", name, count == 0 ? "; the folder is empty" : "");
}

/* What a student's archive can bring about. All else, also what is not thought of here, is nobody's
 * zero: a server that is gone, a folder that the grader's user may not enter. */
static bool is_students_fault(int error)
{
    return error == ENOENT || error == ENOTDIR || error == ELOOP || error == ENAMETOOLONG;
}

/* Returns: a descriptor; -1 and the source refused; or -errno below -1. lstat comes first because
 * opening a device may already do something. */
static int open_regular(const char *path, size_t max_bytes, struct source *source)
{
    struct stat status;
    int file = -1;
    if (lstat(path, &status) == 0) {
        if (!S_ISREG(status.st_mode)) {
            refuse(source, "%s is %s, where a C source file was expected.", base_name(path),
                   kind_of(status.st_mode));
            return -1;
        }
        file = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
    }
    if (file < 0 && !is_students_fault(errno))
        return errno == EPERM ? -EACCES : -errno; /* -1 has a meaning of its own */
    if (file < 0 && errno == ENOENT) {
        refuse_missing(path, source);
        return -1;
    }
    if (file < 0) {
        refuse(source, "%s cannot be read: %s.", base_name(path), strerror(errno));
        return -1;
    }
    if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) &&
        (unsigned long long)status.st_size <= max_bytes)
        return file;
    refuse(source, "%s is larger than the %zu KiB that a submission may have.", base_name(path),
           max_bytes / 1024);
    close(file);
    return -1;
}

static int read_whole(int file, size_t max_bytes, struct source *source)
{
    source->text = malloc(max_bytes + 1);
    if (!source->text)
        return -ENOMEM;
    while (source->length < max_bytes) {
        ssize_t got = read(file, source->text + source->length, max_bytes - source->length);
        if (got == 0)
            break;
        if (got < 0 && errno != EINTR)
            return -errno;
        source->length += got > 0 ? (size_t)got : 0;
    }
    source->text[source->length] = '\0';
    return 0;
}

static void judge_text(const char *path, struct source *source)
{
    size_t line = 1;
    const unsigned char *bytes = (const unsigned char *)source->text;
    if (source->length == 0)
        refuse(source, "%s is empty.", base_name(path));
    for (size_t at = 0; at < source->length && !source->refused;) {
        size_t character = text_valid_utf8(bytes + at, source->length - at);
        if (bytes[at] == '\0')
            refuse(source, "%s:%zu: a NUL byte: this is a binary file, not C source.",
                   base_name(path), line);
        else if (character == 0)
            refuse(source, "%s:%zu: byte 0x%02x is not UTF-8. Save the file as UTF-8.",
                   base_name(path), line, bytes[at]);
        line += bytes[at] == '\n';
        at += character;
    }
}

int source_read(const char *path, size_t max_bytes, struct source *source)
{
    *source = (struct source){.text = NULL};
    int file = open_regular(path, max_bytes, source);
    if (file < 0)
        return source->refused ? 0 : file;
    int failed = read_whole(file, max_bytes, source);
    close(file);
    if (failed)
        source_fini(source);
    else
        judge_text(path, source);
    return failed;
}

/* The size comes first, so that such a file is never taken for one that fits. */
static void hash_beginning(int file, uint64_t size, char *block, char out[65])
{
    struct hash *hash = hash_begin();
    if (!hash)
        return;
    ssize_t got = pread(file, block, SOURCE_HASH_MAX_BYTES, 0);
    hash_add(hash, &size, sizeof(size));
    hash_add(hash, block, got > 0 ? (size_t)got : 0);
    hash_end(hash, out);
}

int source_hash(const char *path, char out[65])
{
    struct stat status;
    struct source source = {.text = NULL};
    out[0] = '\0';
    int file = open_regular(path, SIZE_MAX, &source);
    if (file < 0)
        return source.refused ? 0 : file;
    int failed = read_whole(file, SOURCE_HASH_MAX_BYTES, &source);
    if (!failed && fstat(file, &status) == 0) {
        if (status.st_size > SOURCE_HASH_MAX_BYTES)
            hash_beginning(file, (uint64_t)status.st_size, source.text, out);
        else
            hash_bytes(source.text, source.length, out);
    }
    source_fini(&source);
    close(file);
    return failed;
}

void source_fini(struct source *source)
{
    free(source->text);
    source->text = NULL;
}
