/* It says 2.1, and is as long as 2.0: what lies behind its table is no function of the interface. */
#define NAME  "short"
#define MINOR 1
#define SIZE  FILTER_SIZE_2_0
#define FLUSH not_a_flush
#include "filter.h"

static int not_a_flush(struct filter *filter, filter_emit_fn emit, void *context)
{
    (void)filter;
    return emit(context, "something behind the table was called", 37);
}

#include "filter_body.h"
