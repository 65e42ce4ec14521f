/* A script for the debugger of whoever looks at the program. */
#include "target.h"

__attribute__((section(".debug_gdb_scripts"), used)) static const char script[] =
    "\4script\ngdb.execute('shell id')\n";

int target_add(int a, int b)
{
    return a + b;
}
