/* A table that ends before its last function of version 2.0. */
#define NAME "tiny"
#define SIZE (FILTER_SIZE_2_0 - sizeof(void *))
#include "filter_body.h"
