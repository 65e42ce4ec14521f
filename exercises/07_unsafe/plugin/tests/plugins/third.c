/* Of the major version after. */
#define NAME  "third"
#define MAJOR 3
#define MINOR 0
#include "filter_body.h"
