/* A table without a name. */
#define NAME NULL
#include "filter_body.h"
