/* A right plugin of version 2.1. */
#define NAME      "lower"
#define CHANGE(c) tolower(c)
#include "filter_body.h"
