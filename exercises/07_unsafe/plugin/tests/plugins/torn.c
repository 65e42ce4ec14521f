/* Its table ends in the middle of flush: what is there of the pointer is no function. */
#define NAME  "torn"
#define SIZE  (FILTER_SIZE_2_0 + sizeof(void *) / 2)
#define FLUSH not_a_flush
#include "filter.h"

static int not_a_flush(struct filter *filter, filter_emit_fn emit, void *context)
{
    (void)filter;
    return emit(context, "half a pointer was called", 25);
}

#include "filter_body.h"
