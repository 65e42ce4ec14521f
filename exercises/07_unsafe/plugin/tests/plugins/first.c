/* Of the major version before. */
#define NAME  "first"
#define MAJOR 1
#include "filter_body.h"
