/* A right plugin of version 2.1. */
#define NAME      "upper"
#define CHANGE(c) toupper(c)
#include "filter_body.h"
