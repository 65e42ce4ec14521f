/* Of version 2.1, and it has nothing to flush. */
#define NAME  "flushless"
#define FLUSH NULL
#include "filter_body.h"
