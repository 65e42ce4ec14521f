/* peers.h - the libraries that ours are compared with, found at run time. Internal to bench/.
 *
 * Interface: peers_reserve_tls peers_find peers_package
 *            (bench_library bench_symbol bench_peers are in bench.h)
 */
#ifndef SYSLAB_BENCH_PEERS_H
#define SYSLAB_BENCH_PEERS_H

#include "bench/bench.h"

/* Allocators keep their thread state in static TLS, of which glibc spares too little for libraries
 * loaded late ("cannot allocate memory in static TLS block"). The size can be set only as a process
 * starts, so the program executes itself once more with it set.
 * Returns: when it is set, or when that failed (the peers are then skipped). */
void peers_reserve_tls(char **argv);

/* The function to run: the contender's own, or its symbol in the Rust peers. NULL: not installed.
 */
bench_run_fn peers_find(const struct bench_contender *contender);

/* The Debian package that brings this peer, for the message that it was skipped. */
const char *peers_package(const struct bench_contender *contender);

#endif
