#include "bench/peers.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *bench_library(const char *soname)
{
    return dlopen(soname, RTLD_NOW | RTLD_LOCAL);
}

void *bench_symbol(void *library, const char *name)
{
    return library ? dlsym(library, name) : NULL;
}

void *bench_peers(void)
{
    static void *library;
#ifdef SYSLAB_PEERS_LIBRARY
    if (!library)
        library = bench_library(SYSLAB_PEERS_LIBRARY);
#endif
    return library;
}

void peers_reserve_tls(char **argv)
{
    static const char option[] = "glibc.rtld.optional_static_tls";
    const char *tunables = getenv("GLIBC_TUNABLES");
    if (tunables && strstr(tunables, option))
        return;
    char value[1024];
    int length = snprintf(value, sizeof(value), "%s%s%s=16384", tunables ? tunables : "",
                          tunables ? ":" : "", option);
    if (length < 0 || (size_t)length >= sizeof(value) || setenv("GLIBC_TUNABLES", value, 1) != 0)
        return;
    execv("/proc/self/exe", argv);
}

/* Those in C++ (bench/peers/cxx). */
void *bench_peers_cxx(void)
{
    static void *library;
#ifdef SYSLAB_PEERS_CXX_LIBRARY
    if (!library)
        library = bench_library(SYSLAB_PEERS_CXX_LIBRARY);
#endif
    return library;
}

bench_run_fn peers_find(const struct bench_contender *contender)
{
    if (contender->run)
        return contender->run;
    void *symbol = contender->symbol ? bench_symbol(bench_peers(), contender->symbol) : NULL;
    if (contender->symbol && !symbol)
        symbol = bench_symbol(bench_peers_cxx(), contender->symbol);
    bench_run_fn function;
    memcpy(&function, &symbol, sizeof(function)); /* see allocators.c */
    return function;
}

const char *peers_package(const struct bench_contender *contender)
{
    static const struct {
        const char *prefix, *package;
    } known[] = {
        {"jemalloc", "libjemalloc2"},
        {"mimalloc", "libmimalloc2.0"},
        {"g_", "libglib2.0-dev"},
        {"glib", "libglib2.0-dev"},
        {NULL, NULL},
    };
    if (contender->package)
        return contender->package;
    for (int i = 0; known[i].prefix; i++)
        if (strncmp(contender->name, known[i].prefix, strlen(known[i].prefix)) == 0)
            return known[i].package;
    static char crate[64];
    snprintf(crate, sizeof(crate), "cargo and librust-%s-dev", contender->name);
    return contender->symbol ? crate : "unknown";
}
