/* Of a later minor version: the table is longer than anything that this host knows. */
#define NAME  "newer"
#define MINOR 7
#define SIZE  (sizeof(struct filter_table) + 64)
#include "filter_body.h"
