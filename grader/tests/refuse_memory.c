/* refuse_memory.c - preloaded into the grader by cli_grader_errors.sh: the REFUSE_AT-th request for memory that
 * the program itself makes is refused, of all its threads together. At its end it tells on stderr how many
 * there were.
 *
 * What libraries ask for is served: libseccomp 2.5 writes past a block that it could not make larger. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

void *__libc_malloc(size_t size_bytes);
void *__libc_calloc(size_t count, size_t size_bytes);
void *__libc_realloc(void *block, size_t size_bytes);

static atomic_long calls;

static int is_grader(void)
{
    return getenv("REFUSE_AT") && strcmp(program_invocation_short_name, "syslab") == 0;
}

/* Whether the code at that address is the program's, not a library's. */
static int is_own(void *caller)
{
    Dl_info code, program;
    return dladdr(caller, &code) && dladdr((void *)getauxval(AT_ENTRY), &program) &&
           code.dli_fbase == program.dli_fbase;
}

static int is_refused(void *caller)
{
    if (!is_grader() || !is_own(caller) ||
        atomic_fetch_add(&calls, 1) + 1 != atol(getenv("REFUSE_AT")))
        return 0;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t size_bytes)
{
    return is_refused(__builtin_return_address(0)) ? NULL : __libc_malloc(size_bytes);
}

void *calloc(size_t count, size_t size_bytes)
{
    return is_refused(__builtin_return_address(0)) ? NULL : __libc_calloc(count, size_bytes);
}

void *realloc(void *block, size_t size_bytes)
{
    return is_refused(__builtin_return_address(0)) ? NULL : __libc_realloc(block, size_bytes);
}

__attribute__((destructor)) static void tell(void)
{
    if (is_grader())
        dprintf(STDERR_FILENO, "calls %ld\n", atomic_load(&calls));
}
