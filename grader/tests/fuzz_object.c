/* Damaged objects: the input says which bytes of a real one, FUZZ_OBJECT, the compiler's from this build,
 * become what. Loading, inspecting and renaming must neither read nor write outside of it. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "grader/inspect/object.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { WHOLE_MAX_BYTES = 1 << 20 };

static unsigned char whole[WHOLE_MAX_BYTES];
static size_t whole_size;
static char path[40];
static int file = -1;

static void set_up(void)
{
    FILE *stream = fopen(FUZZ_OBJECT, "rb");
    whole_size = stream ? fread(whole, 1, sizeof(whole), stream) : 0;
    if (whole_size < 1000) {
        fprintf(stderr, "%s: no object to damage\n", FUZZ_OBJECT);
        exit(1);
    }
    fclose(stream);
    file = memfd_create("damaged", MFD_CLOEXEC);
    if (file < 0 || ftruncate(file, (off_t)whole_size) != 0)
        exit(1);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
}

static void put(size_t at, const void *bytes, size_t count)
{
    if (pwrite(file, bytes, count, (off_t)at) != (ssize_t)count)
        abort();
}

/* Three bytes of input damage one byte: where, in the headers and tables at the file's ends or anywhere,
 * and to what. */
static size_t place(const uint8_t *bytes)
{
    size_t at = (size_t)bytes[0] << 8 | bytes[1];
    switch (bytes[0] % 4) {
    case 0:
        return at % 64; /* the ELF header */
    case 1:
        return at * 7919 % whole_size;
    default:
        return whole_size - 1 - at % (whole_size < 4096 ? whole_size : 4096); /* section headers */
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char *interface[] = {(char *)"give", NULL};
    static char *symbols[] = {(char *)"printf", NULL};
    static const struct manifest manifest = {.exercise = (char *)"01_x/give",
                                             .file = (char *)"give.c",
                                             .interface = interface,
                                             .interface_count = 1,
                                             .symbols = symbols,
                                             .symbol_count = 1,
                                             .limits = {.memory_mib = 64}};
    if (file < 0)
        set_up();
    put(0, whole, whole_size);
    for (size_t i = 0; i + 2 < size && i < 60; i += 3)
        put(place(data + i), data + i + 2, 1);
    struct object object;
    struct object_finding finding;
    if (object_load(path, &object) != 0)
        return 0;
    uint64_t offset;
    object_inspect(&object, &manifest, size % 2 ? BUILD_PLAIN : BUILD_ASAN, &finding);
    object_may_call_system(&object, &finding);
    object_function(&object, "give", &offset);
    object_hide_names(&object, &manifest);
    object_fini(&object);
    return 0;
}
