/* compile.c - the compiler's command, and the compiler. */
#include "02_concurrency/interleave/compile.h"

#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* The words of the compiler's command. words: the files and the options of the user. The caller frees it. */
static const char **command_line(const char *compiler, char **words, const char *out)
{
    static const char *const before[] = {"-std=gnu17",
                                         "-g",
                                         "-O1",
                                         "-fPIC",
                                         "-shared",
                                         "-fno-builtin",
                                         "-DSYSLAB_INTERLEAVE",
                                         "-D_GNU_SOURCE",
                                         "-fsanitize=thread"};
    /* Not the sanitizer's own library; and not libgcc.a, which has a __wrap_pthread_create too. */
    static const char *const after[] = {"-Wl,-Bsymbolic",   "-nodefaultlibs", "-lc",
                                        "-l:libgcc_s.so.1", INTERLEAVE_WRAPS, "-o"};
    const char *root = getenv("SYSLAB_ROOT"); /* where "02_concurrency/spsc_ring.h" is */
    size_t before_count = sizeof(before) / sizeof(*before), given = 0, count = 0;
    size_t after_count = sizeof(after) / sizeof(*after);
    while (words[given])
        given++;
    const char **line = calloc(given + before_count + after_count + 6, sizeof(*line));
    if (!line)
        exit(2);
    line[count++] = compiler;
    line[count++] = "-I";
    line[count++] = root ? root : ".";
    for (size_t index = 0; index < before_count; index++)
        line[count++] = before[index];
    /* clang leaves out what finds a line by its address; gcc warns of fences, which are nothing to warn of here. */
    line[count++] = strstr(compiler, "clang") ? "-gdwarf-aranges" : "-Wno-tsan";
    for (size_t index = 0; index < given; index++)
        if (strcmp(words[index], "--") != 0)
            line[count++] = words[index];
    for (size_t index = 0; index < after_count; index++)
        line[count++] = after[index];
    line[count] = out;
    return line;
}

void interleave_compile(const char *compiler, char **words, const char *out)
{
    pid_t child;
    int status = 1;
    const char **line = command_line(compiler, words, out);
    int failed = posix_spawnp(&child, line[0], NULL, NULL, (char **)(uintptr_t)line, environ);
    if (failed)
        fprintf(stderr, "interleave: %s: %s\n", line[0], strerror(failed));
    else
        waitpid(child, &status, 0);
    free(line);
    if (status == 0)
        return;
    unlink(out);
    exit(2);
}
