/* A table without the function feed. */
#define NAME "feedless"
#define FEED NULL
#include "filter_body.h"
