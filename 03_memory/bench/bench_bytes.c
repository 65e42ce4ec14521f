/* bench_bytes.c - bytes beside the bytes crate and GLib's GBytes and GByteArray.
 *
 * Every loop is wholly in its own language and does the same work: the same sizes, the same checks.
 * On both sides the optimiser must take it that the source may have changed, and that the bytes are
 * read through the result's pointer, once an operation; whether the result itself lies in registers
 * or in memory is its own affair. The atomic operations are the processor's, on both sides. GLib keeps its slices in
 * blocks of their own: its slice allocates, ours does not.
 */
#include "03_memory/bytes_buf.h"
#include "bench/bench.h"

enum { CAPACITY = 4096, MESSAGE_BYTES = 64, SLICE_BYTES = 32 };

static uint8_t message[MESSAGE_BYTES] = {7};

static uint64_t clone_drop(struct bytes *shared, uint64_t operations)
{
    uint64_t sum = 0;
    bench_keep(shared); /* from here on every bench_keep may have changed it */
    for (uint64_t i = 0; i < operations; i++) {
        struct bytes copy = bytes_clone(shared);
        bench_keep(copy.data);
        sum += copy.size_bytes;
        bytes_unref(&copy);
    }
    return sum;
}

static uint64_t clone_counted(void *context, uint64_t operations)
{
    (void)context;
    struct bytes shared;
    if (bytes_copy(allocator_system(), message, sizeof(message), &shared) != 0)
        return 0;
    uint64_t sum = clone_drop(&shared, operations);
    bytes_unref(&shared);
    return sum;
}

/* Through a value that threads share: the count is added to, as the crate does. */
static uint64_t clone_shared(void *context, uint64_t operations)
{
    (void)context;
    struct bytes shared;
    if (bytes_copy(allocator_system(), message, sizeof(message), &shared) != 0)
        return 0;
    uint64_t sum = 0;
    bench_keep(&shared);
    for (uint64_t i = 0; i < operations; i++) {
        struct bytes copy = bytes_ref(&shared);
        bench_keep(copy.data);
        sum += copy.size_bytes;
        bytes_unref(&copy);
    }
    bytes_unref(&shared);
    return sum;
}

static uint64_t clone_static(void *context, uint64_t operations)
{
    (void)context;
    struct bytes constant = bytes_static(message, sizeof(message));
    return clone_drop(&constant, operations);
}

static uint64_t slice(void *context, uint64_t operations)
{
    (void)context;
    struct bytes shared;
    if (bytes_copy(allocator_system(), message, sizeof(message), &shared) != 0)
        return 0;
    uint64_t sum = 0;
    bench_keep(&shared);
    for (uint64_t i = 0; i < operations; i++) {
        struct bytes part;
        if (bytes_slice(&shared, i % SLICE_BYTES, SLICE_BYTES, &part) != 0)
            break;
        bench_keep(part.data);
        sum += part.size_bytes;
        bytes_unref(&part);
    }
    bytes_unref(&shared);
    return sum;
}

static uint64_t put_u32(void *context, uint64_t operations)
{
    (void)context;
    struct bytes_buf buf;
    bytes_buf_init(&buf, allocator_system());
    int error = bytes_buf_reserve(&buf, CAPACITY);
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations && !error; i++) {
        if (buf.size_bytes == CAPACITY) {
            bench_keep(buf.data);
            sum += buf.data[CAPACITY - 1];
            bytes_buf_clear(&buf);
        }
        error = bytes_buf_put_u32_be(&buf, (uint32_t)i);
    }
    bench_keep(buf.data);
    sum += buf.size_bytes;
    bytes_buf_fini(&buf);
    return sum;
}

static uint64_t get_u32(void *context, uint64_t operations)
{
    (void)context;
    uint8_t data[CAPACITY];
    for (size_t i = 0; i < CAPACITY; i++)
        data[i] = (uint8_t)(i * 7);
    struct bytes source, rest;
    if (bytes_copy(allocator_system(), data, CAPACITY, &source) != 0)
        return 0;
    rest = bytes_clone(&source);
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations; i++) {
        uint32_t value = 0;
        if (rest.size_bytes == 0) {
            bytes_unref(&rest);
            bench_keep(&source);
            rest = bytes_clone(&source);
        }
        if (bytes_get_u32_be(&rest, &value) != 0)
            break;
        sum += value;
    }
    bytes_unref(&rest);
    bytes_unref(&source);
    return sum;
}

static uint64_t put_slice_64(void *context, uint64_t operations)
{
    (void)context;
    struct bytes_buf buf;
    bytes_buf_init(&buf, allocator_system());
    int error = bytes_buf_reserve(&buf, CAPACITY);
    uint8_t data[MESSAGE_BYTES] = {7};
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations && !error; i++) {
        if (buf.size_bytes == CAPACITY) {
            bench_keep(buf.data);
            sum += buf.data[CAPACITY - MESSAGE_BYTES];
            bytes_buf_clear(&buf);
        }
        bench_keep(data);
        error = bytes_buf_put(&buf, data, sizeof(data));
    }
    bench_keep(buf.data);
    sum += buf.size_bytes;
    bytes_buf_fini(&buf);
    return sum;
}

static uint64_t split_freeze(void *context, uint64_t operations)
{
    (void)context;
    struct bytes_buf buf, head;
    bytes_buf_init(&buf, allocator_system());
    int error = bytes_buf_reserve(&buf, CAPACITY);
    uint8_t data[MESSAGE_BYTES] = {7};
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations && !error; i++) {
        bench_keep(data);
        error = bytes_buf_put(&buf, data, sizeof(data));
        if (error || bytes_buf_split_to(&buf, buf.size_bytes, &head) != 0)
            break;
        struct bytes frozen = bytes_buf_freeze(&head);
        bench_keep(frozen.data);
        sum += frozen.data[0];
        bytes_unref(&frozen);
    }
    bytes_buf_fini(&buf);
    return sum;
}

/* GLib, loaded at run time: the bench needs none of its headers. */
static struct {
    void *(*bytes_new)(const void *data, size_t size_bytes);
    void *(*bytes_new_static)(const void *data, size_t size_bytes);
    void *(*bytes_new_from_bytes)(void *bytes, size_t offset, size_t size_bytes);
    void *(*bytes_ref)(void *bytes);
    void (*bytes_unref)(void *bytes);
    const void *(*bytes_get_data)(void *bytes, size_t *size_bytes);
    struct glib_array {
        uint8_t *data;
        unsigned size_bytes;
    } * (*array_sized_new)(unsigned capacity_bytes);
    struct glib_array *(*array_append)(struct glib_array *array, const void *data, unsigned bytes);
    struct glib_array *(*array_set_size)(struct glib_array *array, unsigned bytes);
    uint8_t *(*array_free)(struct glib_array *array, int free_data);
} glib;

static bool glib_available(void)
{
    void *library = bench_library("libglib-2.0.so.0");
    if (!library)
        return false;
    const struct {
        void *to;
        const char *name;
    } wanted[] = {
        {&glib.bytes_new, "g_bytes_new"},
        {&glib.bytes_new_static, "g_bytes_new_static"},
        {&glib.bytes_new_from_bytes, "g_bytes_new_from_bytes"},
        {&glib.bytes_ref, "g_bytes_ref"},
        {&glib.bytes_unref, "g_bytes_unref"},
        {&glib.bytes_get_data, "g_bytes_get_data"},
        {&glib.array_sized_new, "g_byte_array_sized_new"},
        {&glib.array_append, "g_byte_array_append"},
        {&glib.array_set_size, "g_byte_array_set_size"},
        {&glib.array_free, "g_byte_array_free"},
    };
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        void *symbol = bench_symbol(library, wanted[i].name);
        if (!symbol)
            return false;
        memcpy(wanted[i].to, &symbol, sizeof(symbol)); /* POSIX: they are of one size */
    }
    return true;
}

static uint64_t glib_clone_drop(void *shared, uint64_t operations)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations; i++) {
        void *copy = glib.bytes_ref(shared);
        size_t size_bytes;
        bench_keep(glib.bytes_get_data(copy, &size_bytes));
        sum += size_bytes;
        glib.bytes_unref(copy);
    }
    glib.bytes_unref(shared);
    return sum;
}

static uint64_t glib_clone(void *context, uint64_t operations)
{
    (void)context;
    return glib_clone_drop(glib.bytes_new(message, sizeof(message)), operations);
}

static uint64_t glib_clone_static(void *context, uint64_t operations)
{
    (void)context;
    return glib_clone_drop(glib.bytes_new_static(message, sizeof(message)), operations);
}

static uint64_t glib_slice(void *context, uint64_t operations)
{
    (void)context;
    void *shared = glib.bytes_new(message, sizeof(message));
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations; i++) {
        void *part = glib.bytes_new_from_bytes(shared, i % SLICE_BYTES, SLICE_BYTES);
        size_t size_bytes;
        bench_keep(glib.bytes_get_data(part, &size_bytes));
        sum += size_bytes;
        glib.bytes_unref(part);
    }
    glib.bytes_unref(shared);
    return sum;
}

static uint64_t glib_put_u32(void *context, uint64_t operations)
{
    (void)context;
    struct glib_array *array = glib.array_sized_new(CAPACITY);
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations; i++) {
        if (array->size_bytes == CAPACITY) {
            sum += array->data[CAPACITY - 1];
            glib.array_set_size(array, 0);
        }
        uint32_t value = htobe32((uint32_t)i);
        glib.array_append(array, &value, sizeof(value));
    }
    sum += array->size_bytes;
    glib.array_free(array, true);
    return sum;
}

static uint64_t glib_put_slice_64(void *context, uint64_t operations)
{
    (void)context;
    struct glib_array *array = glib.array_sized_new(CAPACITY);
    uint8_t data[MESSAGE_BYTES] = {7};
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations; i++) {
        if (array->size_bytes == CAPACITY) {
            sum += array->data[CAPACITY - MESSAGE_BYTES];
            glib.array_set_size(array, 0);
        }
        bench_keep(data);
        glib.array_append(array, data, sizeof(data));
    }
    sum += array->size_bytes;
    glib.array_free(array, true);
    return sum;
}

#define OURS(run_fn)                                                                               \
    {                                                                                              \
        .name = "syslab", .run = (run_fn)                                                          \
    }
#define CRATE(work)                                                                                \
    {                                                                                              \
        .name = "bytes", .symbol = "peer_bytes_" work, .package = "librust-bytes-dev"              \
    }
#define GLIB(run_fn)                                                                               \
    {                                                                                              \
        .name = "glib", .run = (run_fn), .available = glib_available, .package = "libglib2.0-0"    \
    }
#define NONE                                                                                       \
    {                                                                                              \
        .name = NULL                                                                               \
    }

static const struct bench_contender with_clone[] = {OURS(clone_counted), CRATE("clone_drop"),
                                                    GLIB(glib_clone), NONE};
static const struct bench_contender with_shared[] = {OURS(clone_shared), CRATE("clone_drop"),
                                                     GLIB(glib_clone), NONE};
static const struct bench_contender with_slice[] = {OURS(slice), CRATE("slice_drop"),
                                                    GLIB(glib_slice), NONE};
static const struct bench_contender with_static[] = {OURS(clone_static), CRATE("clone_static"),
                                                     GLIB(glib_clone_static), NONE};
static const struct bench_contender with_put_u32[] = {OURS(put_u32), CRATE("put_u32"),
                                                      GLIB(glib_put_u32), NONE};
static const struct bench_contender with_get_u32[] = {OURS(get_u32), CRATE("get_u32"), NONE};
static const struct bench_contender with_put_slice[] = {OURS(put_slice_64), CRATE("put_slice_64"),
                                                        GLIB(glib_put_slice_64), NONE};
static const struct bench_contender with_split[] = {OURS(split_freeze), CRATE("split_freeze"),
                                                    NONE};

static const struct bench_row rows[] = {
    {.name = "bytes/clone",
     .work = "clone and drop",
     .operations = 1 << 18,
     .floor = 0.65,
     .contenders = with_clone},
    {.name = "bytes/clone-shared",
     .work = "clone and drop, of a value that threads share",
     .operations = 1 << 18,
     .contenders = with_shared},
    {.name = "bytes/slice",
     .work = "slice and drop",
     .operations = 1 << 18,
     .floor = 0.65,
     .contenders = with_slice},
    {.name = "bytes/clone-static",
     .work = "clone and drop of static data",
     .operations = 1 << 20,
     .floor = 0.3,
     .contenders = with_static},
    {.name = "bytes/put-u32",
     .work = "append a u32 in network order",
     .operations = 1 << 20,
     .floor = 1.0,
     .contenders = with_put_u32},
    {.name = "bytes/get-u32",
     .work = "read a u32 in network order",
     .operations = 1 << 20,
     .floor = 1.0,
     .contenders = with_get_u32},
    {.name = "bytes/put-slice-64",
     .work = "append 64 B",
     .operations = 1 << 20,
     .floor = 1.0,
     .contenders = with_put_slice},
    {.name = "bytes/split-freeze",
     .work = "write 64 B, split off, freeze, drop",
     .operations = 1 << 18,
     .floor = 1.0,
     .contenders = with_split},
    {.name = NULL},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv, rows);
}
