/* Too short, and of another major version: the length is asked first, since it says what may be read. */
#define NAME  "curt"
#define MAJOR 3
#define SIZE  (FILTER_SIZE_2_0 - sizeof(void *))
#include "filter_body.h"
