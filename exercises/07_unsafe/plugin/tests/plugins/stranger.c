/* A table of the right name, that is something else. */
#define NAME  "stranger"
#define MAGIC 0x46524545
#include "filter_body.h"
