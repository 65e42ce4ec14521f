/* A shared object like any other: no table. */
#define NAME  "tableless"
#define TABLE filter_table_of_something_else
#include "filter_body.h"
