/* fuzz_span.c - a program of span operations, written in the input, run on the input itself.
 *
 * The input is the memory that is looked at, and also says what to do: an operation, an offset and
 * a size, over and over. Whatever it asks for, the address sanitizer must see no access outside,
 * and each result must be what a plain comparison of wide numbers says.
 */
#include <stdlib.h>

#include "07_unsafe/span.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

__extension__ typedef unsigned __int128 wide;

/* Small values as they are; large ones around SIZE_MAX, where sums wrap. */
static size_t stretch(uint8_t byte)
{
    return byte < 200 ? byte : SIZE_MAX - (255u - byte);
}

static void look(struct span all, struct span view, size_t offset, size_t size)
{
    uint8_t one;
    uint16_t two;
    uint32_t four;
    uint64_t eight;
    wide end = view.size_bytes;
    require(span_get_u8(view, offset, &one) == ((wide)offset + 1 <= end));
    require(span_get_u16_be(view, offset, &two) == ((wide)offset + 2 <= end));
    require(span_get_u32_le(view, offset, &four) == ((wide)offset + 4 <= end));
    require(span_get_u64_be(view, offset, &eight) == ((wide)offset + 8 <= end));
    struct span slice, needle;
    bool inside = span_slice(view, offset, size, &slice);
    require(inside == ((wide)offset + size <= end));
    if (!inside || !span_slice(all, 0, size % 8 <= all.size_bytes ? size % 8 : 0, &needle))
        return;
    size_t at;
    if (span_find(slice, needle, &at)) {
        struct span found;
        require(span_slice(slice, at, needle.size_bytes, &found) && span_equal(found, needle));
    }
    require(span_compare(slice, view) == 0 || !span_equal(slice, view));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span all = span_from(data, size), program = all, view = all;
    uint8_t operation, offset, length;
    while (span_take_u8(&program, &operation) && span_take_u8(&program, &offset) &&
           span_take_u8(&program, &length)) {
        size_t before = view.size_bytes, amount = stretch(length);
        struct span taken;
        if (operation % 3 == 0)
            require(span_skip(&view, amount % 4) == (amount % 4 <= before));
        else if (operation % 3 == 1 && span_take(&view, amount, &taken))
            require(taken.size_bytes + view.size_bytes == before);
        look(all, view, stretch(offset), amount);
    }
    return 0;
}
