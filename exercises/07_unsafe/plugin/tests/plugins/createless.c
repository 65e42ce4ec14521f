/* A table without the function create. */
#define NAME   "createless"
#define CREATE NULL
#include "filter_body.h"
