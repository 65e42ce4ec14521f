/* bench.h - ours and the peers, the same work, in one run, in alternation.
 *
 * A bench program describes its rows and calls bench_main. For each row the harness checks that
 * every contender gives the same answer, finds a work size that lasts a few milliseconds, and then
 * takes samples in turn (ours, peer, ours, peer, ...), so that a machine that changes speed changes
 * both. The figure is the median of the pairwise ratios, with its spread.
 *
 *     static uint64_t ours(void *context, uint64_t operations);   the whole loop, timed as one
 *
 *     static const struct bench_contender contenders[] = {
 *         {.name = "syslab", .run = ours, .setup = ..., .teardown = ...},       ours comes first
 *         {.name = "malloc", .run = with_malloc},
 *         {.name = "bumpalo", .symbol = "peer_bumpalo_alloc_reset_16"},          from the Rust peers
 *         {0},
 *     };
 *     static const struct bench_row rows[] = {
 *         {.name = "arena/alloc-16B", .work = "16 B objects, reset, in cache",
 *          .operations = 1 << 20, .contenders = contenders},
 *         {0},
 *     };
 *     int main(int argc, char **argv) { return bench_main(argc, argv, rows); }
 *
 * Command line: --row NAME (only that row), --samples N, --json FILE, --ours (no peer is run),
 * --smoke (check the answers, no figures), --list (the rows), --only CONTENDER with --iterations N
 * (no timing: for callgrind and perf), --count N and --toolchain (bench/gate.sh).
 * Exit: 0, 1 a wrong answer, 2 usage.
 *
 * Peers are loaded at run time: a library that is not there makes its contender skipped, by name.
 *
 * Interface: bench_main bench_library bench_symbol bench_peers bench_peers_cxx
 *            bench_keep
 *            (bench/allocators.h: malloc, jemalloc and mimalloc as contenders)
 */
#ifndef SYSLAB_BENCH_BENCH_H
#define SYSLAB_BENCH_BENCH_H

#include <stdbool.h>
#include <stdint.h>

/* Do the work `operations` times.
 * Returns: a checksum of the results; the same for every contender of a row with the same
 * operations, or 0 where the work has no result that could be compared. */
typedef uint64_t (*bench_run_fn)(void *context, uint64_t operations);

struct bench_contender {
    const char *name;
    bench_run_fn run;         /* NULL: looked up as `symbol` in the Rust and C++ peers' libraries */
    const char *symbol;       /* peer function with the signature of bench_run_fn */
    void *(*setup)(void);     /* before each sample, not timed; NULL from it means skipped */
    void (*teardown)(void *); /* after each sample, not timed */
    bool (*available)(void);  /* optional: false means that the peer is not installed */
    const char *package;      /* optional: what brings it, for "skipped: <name> (package ...)" */
};

struct bench_row {
    const char *name;    /* "module/work", stable: tables, baselines and lessons name it */
    const char *work;    /* one line for the table */
    uint64_t operations; /* of one sample; doubled until a sample is long enough to time, and cut
                            down for --smoke and --count: run takes any number */
    double floor;        /* the ratio ours / fastest peer that the course promises; 0 for none */
    bool fresh_memory;   /* the work faults pages in: run twice, count the second */
    bool two_threads;    /* the cache-line round trip is probed before and after each sample */
    const struct bench_contender *contenders; /* ours first; ended by a NULL name */
};

/* Run the rows as the command line says. Returns: the exit status. */
int bench_main(int argc, char **argv, const struct bench_row *rows);

/* Load a peer's shared library, privately. Returns: a handle for bench_symbol, or NULL. */
void *bench_library(const char *soname);
void *bench_symbol(void *library, const char *name);

/* The Rust peers (bench/peers). Returns: a handle, or NULL: cargo or the crates are not installed.
 */
void *bench_peers(void);

/* Those in C++ (bench/peers/cxx). Returns: a handle, or NULL: g++ or TBB is not installed. */
void *bench_peers_cxx(void);

/* The compiler must assume that the value is used, and that memory is read and written. */
static inline void bench_keep(const void *value)
{
    __asm__ volatile("" : : "r"(value) : "memory");
}

#endif
