/* Of another major version, and nothing stands where 2.0 has create: who knows what stands there in 3.0? */
#define NAME   "changed"
#define MAJOR  3
#define CREATE NULL
#include "filter_body.h"
