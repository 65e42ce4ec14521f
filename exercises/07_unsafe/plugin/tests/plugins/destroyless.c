/* A table without the function destroy. */
#define NAME    "destroyless"
#define DESTROY NULL
#include "filter_body.h"
