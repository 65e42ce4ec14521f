/* It calls a function that nobody has. */
int nobody_has_this_function(int c);

#define NAME      "unresolved"
#define CHANGE(c) nobody_has_this_function(c)
#include "filter_body.h"
