/* A table that nobody has filled in: its magic number is 0. */
#define NAME  "blank"
#define MAGIC 0
#include "filter_body.h"
