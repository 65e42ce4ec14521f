/* It has no more than two filters at once. */
#include "filter.h"

static int grudging_create(struct filter **out);

#define NAME   "grudging"
#define CREATE grudging_create
#include "filter_body.h"

static int grudging_create(struct filter **out)
{
    return filters_alive < 2 ? create(out) : -EAGAIN;
}
