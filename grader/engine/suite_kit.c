/* suite_kit.c - a kit, which is an ar archive, by its members, for suite.h.
 *
 *     "!<arch>\n"
 *     60 bytes a member: name[16] time[12] owner[6] group[6] mode[8] size[10] "`\n"
 *     its bytes, and one more where their number is odd
 *
 * GNU's: a name ends with '/'; "/123" is at 123 in the member "//"; "/" and "/SYM64/" are indexes.
 * Only names and bytes are hashed: times and owners make no verdict. Source: ar(5), GNU binutils.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grader/engine/suite_internal.h"

enum { HEAD_BYTES = 60, MAGIC_BYTES = 8 };

struct archive {
    const char *data, *names;
    size_t size, names_size;
};

static struct suite_part *find_part(struct suite *suite, const char *name)
{
    for (size_t i = 0; i < suite->count; i++)
        if (strcmp(suite->parts[i].name, name) == 0)
            return &suite->parts[i];
    struct suite_part *part;
    return suite_begin_part(suite, name, &part) == 0 ? part : NULL;
}

/* "test_arena.c.o/" is what became of test_arena.c. */
static void read_name(const struct archive *archive, const char *head, char out[SUITE_NAME_BYTES])
{
    const char *from = head;
    size_t room = 16;
    if (head[0] == '/') {
        size_t offset = strtoul(head + 1, NULL, 10);
        from = offset < archive->names_size ? archive->names + offset : "";
        room = offset < archive->names_size ? archive->names_size - offset : 0;
    }
    const char *slash = memchr(from, '/', room);
    size_t length = slash ? (size_t)(slash - from) : room;
    if (length > 2 && memcmp(from + length - 2, ".o", 2) == 0)
        length -= 2;
    snprintf(out, SUITE_NAME_BYTES, "%.*s", (int)length, from);
}

/* The part's hash so far, the build and the member: the next build goes on from there. */
static int add_member(struct suite *suite, const char *name, const char *build, const char *bytes,
                      size_t size)
{
    struct suite_part *part = find_part(suite, name);
    struct hash *hash = part ? hash_begin() : NULL;
    if (!hash)
        return part ? -ENOMEM : -E2BIG;
    hash_add(hash, part->hash, sizeof(part->hash));
    hash_add(hash, build, strlen(build) + 1);
    hash_add(hash, bytes, size);
    hash_end(hash, part->hash);
    return 0;
}

static int add_members(struct suite *suite, struct archive *archive, const char *build)
{
    size_t at = MAGIC_BYTES;
    while (at + HEAD_BYTES <= archive->size) {
        const char *head = archive->data + at;
        char digits[11] = "", name[SUITE_NAME_BYTES];
        memcpy(digits, head + 48, 10);
        size_t size = strtoul(digits, NULL, 10);
        at += HEAD_BYTES;
        if (memcmp(head + 58, "`\n", 2) != 0 || size > archive->size - at)
            return -EINVAL;
        const char *bytes = archive->data + at;
        at += size + size % 2;
        if (memcmp(head, "// ", 3) == 0) {
            archive->names = bytes;
            archive->names_size = size;
        }
        bool index = head[0] == '/' && (head[1] < '0' || head[1] > '9');
        if (index)
            continue;
        read_name(archive, head, name);
        int failed = add_member(suite, name, build, bytes, size);
        if (failed)
            return failed;
    }
    return 0;
}

int suite_add_kit(struct suite *suite, const char *path, const char *build)
{
    struct stat status;
    struct archive archive = {.names = ""};
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return -errno;
    int failed = fstat(file, &status) == 0 ? 0 : -errno;
    archive.size = failed ? 0 : (size_t)status.st_size;
    void *data = archive.size ? mmap(NULL, archive.size, PROT_READ, MAP_PRIVATE, file, 0) : NULL;
    if (data == MAP_FAILED)
        failed = -errno;
    close(file);
    if (failed)
        return failed;
    archive.data = data;
    failed = archive.size >= MAGIC_BYTES && memcmp(data, "!<arch>\n", MAGIC_BYTES) == 0
                 ? add_members(suite, &archive, build)
                 : -EINVAL;
    if (data)
        munmap(data, archive.size);
    return failed;
}
