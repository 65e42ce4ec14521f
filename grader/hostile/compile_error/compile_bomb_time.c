/* Keeps the compiler at work and lets it forget everything: it includes itself twice, thirty deep. */
#if __INCLUDE_LEVEL__ < 30
#include __FILE__
#include __FILE__
#endif
#include "target.h"
