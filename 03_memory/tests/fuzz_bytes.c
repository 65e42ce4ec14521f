/* fuzz_bytes.c - random operations on slices and buffers, each beside a plain copy of what it
 * should hold.
 *
 * The input is a program: one byte says what to do, the next ones with which value and how much. A
 * model is an array of bytes for each value, copied at every step, so it shares nothing. After each
 * operation the two must agree; at the end nothing may be left allocated.
 */
#include <stdio.h>
#include <stdlib.h>

#include "03_memory/bytes_buf.h"

enum { VALUES = 4, MODEL_BYTES = 16384 };

struct model {
    size_t size_bytes;
    uint8_t data[MODEL_BYTES];
};

static struct bytes slices[VALUES];
static struct bytes_buf bufs[VALUES];
static struct model slice_models[VALUES], buf_models[VALUES];
static struct bytes input;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "fuzz_bytes: does not hold: %s\n", what);
    abort();
}

static size_t argument(size_t limit)
{
    uint8_t byte = 0;
    (void)bytes_get_u8(&input, &byte); /* past the end of the program: zero */
    return limit ? byte % limit : 0;
}

/* Only what is used: the whole struct is large. */
static void model_copy(struct model *to, const struct model *from)
{
    memcpy(to->data, from->data, from->size_bytes);
    to->size_bytes = from->size_bytes;
}

static void model_cut(struct model *model, size_t from, size_t to)
{
    memmove(model->data, model->data + from, to - from);
    model->size_bytes = to - from;
}

static void model_append(struct model *model, const void *data, size_t size_bytes)
{
    memcpy(model->data + model->size_bytes, data, size_bytes);
    model->size_bytes += size_bytes;
}

static void check_all(void)
{
    for (size_t i = 0; i < VALUES; i++) {
        struct span slice_model = span_from(slice_models[i].data, slice_models[i].size_bytes);
        struct span buf_model = span_from(buf_models[i].data, buf_models[i].size_bytes);
        require(span_equal(bytes_span(slices[i]), slice_model), "a slice is as its model");
        require(span_equal(bytes_buf_span(&bufs[i]), buf_model), "a buffer is as its model");
        require(bufs[i].size_bytes <= bufs[i].capacity_bytes, "size is at most capacity");
    }
}

/* References are kept exactly: the count of each owner is the sum of what the values hold. */
static void check_counts(void)
{
    for (size_t i = 0; i < VALUES; i++) {
        struct bytes_owner *owner = slices[i].owner ? slices[i].owner : bufs[i].owner;
        if (!owner)
            continue;
        size_t sum = 0;
        for (size_t j = 0; j < VALUES; j++) {
            sum += slices[j].owner == owner ? slices[j].stock : 0;
            sum += bufs[j].owner == owner ? bufs[j].stock : 0;
        }
        require(atomic_load(&owner->count) == sum, "the count is the sum of the stocks");
    }
}

static void replace_slice(size_t to, struct bytes bytes, const struct model *model, size_t from,
                          size_t size_bytes)
{
    static struct model copy; /* the model may be the one that is replaced */
    model_copy(&copy, model);
    model_cut(&copy, from, from + size_bytes);
    bytes_unref(&slices[to]);
    slices[to] = bytes;
    model_copy(&slice_models[to], &copy);
}

static void do_slice(size_t from, size_t to)
{
    struct bytes part = bytes_empty();
    size_t offset = argument(80), size = argument(80);
    size_t whole = slices[from].size_bytes;
    int error = bytes_slice(&slices[from], offset, size, &part);
    require(error == (offset + size <= whole ? 0 : -ERANGE), "slice is refused when outside");
    if (!error)
        replace_slice(to, part, &slice_models[from], offset, size);
}

static void do_split(size_t from, size_t to)
{
    struct bytes part;
    size_t at = argument(80), whole = slices[from].size_bytes;
    bool front = argument(2);
    if (from == to)
        return;
    int error = front ? bytes_split_to(&slices[from], at, &part)
                      : bytes_split_off(&slices[from], at, &part);
    require(error == (at <= whole ? 0 : -ERANGE), "split is refused when outside");
    if (error)
        return;
    replace_slice(to, part, &slice_models[from], front ? 0 : at, front ? at : whole - at);
    model_cut(&slice_models[from], front ? at : 0, front ? whole : at);
}

static void do_get(size_t from)
{
    uint64_t value, expected = 0;
    struct model *model = &slice_models[from];
    int error = bytes_get_u64_be(&slices[from], &value);
    require(error == (model->size_bytes >= 8 ? 0 : -ENODATA), "get is refused when short");
    if (error)
        return;
    for (size_t i = 0; i < 8; i++)
        expected = expected << 8 | model->data[i];
    require(value == expected, "get reads what is there");
    model_cut(model, 8, model->size_bytes);
}

static void do_put(size_t to)
{
    uint8_t text[64];
    size_t size = argument(sizeof(text));
    memset(text, (int)argument(256), sizeof(text));
    if (bufs[to].size_bytes + size > MODEL_BYTES / 2)
        return;
    require(bytes_buf_put(&bufs[to], text, size) == 0, "put succeeds");
    model_append(&buf_models[to], text, size);
    uint32_t number = (uint32_t)argument(256) * 0x01030507u;
    uint8_t encoded[] = {(uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16),
                         (uint8_t)(number >> 24)};
    require(bytes_buf_put_u32_le(&bufs[to], number) == 0, "put of a number succeeds");
    model_append(&buf_models[to], encoded, sizeof(encoded));
}

static void do_buf_split(size_t from, size_t to)
{
    struct bytes_buf part;
    size_t at = argument(256), whole = bufs[from].size_bytes;
    bool front = argument(2);
    if (from == to)
        return;
    int error = front ? bytes_buf_split_to(&bufs[from], at, &part)
                      : bytes_buf_split_off(&bufs[from], at, &part);
    require(error == (at <= whole ? 0 : -ERANGE), "split of a buffer is refused when outside");
    if (error)
        return;
    bytes_buf_fini(&bufs[to]);
    bufs[to] = part;
    model_copy(&buf_models[to], &buf_models[from]);
    model_cut(&buf_models[to], front ? 0 : at, front ? at : whole);
    model_cut(&buf_models[from], front ? at : 0, front ? whole : at);
}

static void do_buf_advance(size_t from)
{
    size_t size = argument(80), whole = bufs[from].size_bytes;
    int error = bytes_buf_advance(&bufs[from], size);
    require(error == (size <= whole ? 0 : -ERANGE), "advance is refused when outside");
    if (!error)
        model_cut(&buf_models[from], size, whole);
}

static void do_reserve(size_t to)
{
    size_t more = argument(256) * 4;
    require(bytes_buf_reserve(&bufs[to], more) == 0, "reserve succeeds");
    struct iovec room = bytes_buf_spare(&bufs[to]);
    require(room.iov_len >= more, "reserve gives what was asked for");
    if (room.iov_len)
        memset(room.iov_base, 0xee, room.iov_len); /* no one else may see the room */
}

static void do_freeze(size_t from, size_t to)
{
    replace_slice(to, bytes_buf_freeze(&bufs[from]), &buf_models[from], 0,
                  buf_models[from].size_bytes);
    buf_models[from].size_bytes = 0;
}

static void do_back(size_t from, size_t to)
{
    struct bytes_buf buf;
    bool unique = bytes_is_unique(&slices[from]);
    int error = bytes_buf_from(&slices[from], &buf);
    require((error == 0) == unique, "a slice becomes a buffer when it is unique");
    if (error)
        return;
    bytes_buf_fini(&bufs[to]);
    bufs[to] = buf;
    model_copy(&buf_models[to], &slice_models[from]);
    slice_models[from].size_bytes = 0;
}

static void step(struct allocator *allocator)
{
    size_t operation = argument(12), from = argument(VALUES), to = argument(VALUES);
    struct bytes made;
    switch (operation) {
    case 0:
        require(bytes_copy(allocator, bufs[from].data, bufs[from].size_bytes, &made) == 0, "copy");
        replace_slice(to, made, &buf_models[from], 0, buf_models[from].size_bytes);
        break;
    case 1:
        made = argument(2) ? bytes_ref(&slices[from]) : bytes_clone(&slices[from]);
        replace_slice(to, made, &slice_models[from], 0, slice_models[from].size_bytes);
        break;
    case 2:
        do_slice(from, to);
        break;
    case 3:
        do_split(from, to);
        break;
    case 4:
        do_get(from);
        break;
    case 5:
    case 6:
        do_put(to);
        break;
    case 7:
        do_buf_split(from, to);
        break;
    case 8:
        do_buf_advance(from);
        break;
    case 9:
        do_reserve(to);
        break;
    case 10:
        do_freeze(from, to);
        break;
    default:
        do_back(from, to);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct allocator_counting counting;
    allocator_counting_init(&counting, allocator_system());
    for (size_t i = 0; i < VALUES; i++) {
        slices[i] = bytes_empty();
        bytes_buf_init(&bufs[i], &counting.base);
        slice_models[i].size_bytes = buf_models[i].size_bytes = 0;
    }
    input = bytes_static(data, size);
    while (input.size_bytes) {
        step(&counting.base);
        check_all();
        check_counts();
    }
    for (size_t i = 0; i < VALUES; i++) {
        bytes_unref(&slices[i]);
        bytes_buf_fini(&bufs[i]);
    }
    require(allocator_counting_read(&counting).live_blocks == 0, "nothing is left allocated");
    return 0;
}
