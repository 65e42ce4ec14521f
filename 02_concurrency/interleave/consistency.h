/* consistency.h - whether the memory model allows a graph.
 *
 * What a clock can say is settled as an event is added: a read may not read behind what it knows (coherence), and
 * a read-modify-write stands right behind what it read (atomicity). What is left is an order among events that no
 * two threads share a clock for:
 *
 *     RC11   psc is acyclic: sequentially consistent accesses and fences have one order that everybody can agree on
 *     SC     po, rf, co and fr together are acyclic: all events have
 *
 * Out-of-thin-air results cannot come up: po and rf are acyclic because a read can only choose what is there.
 *
 * Interface: consistency_holds
 * Source: Lahav and others (PLDI 2017), 3.3, "psc"; Lamport 1979; Alglave, Maranget and Tautschnig (TOPLAS 2014) for fr.
 */
#ifndef SYSLAB_INTERLEAVE_CONSISTENCY_H
#define SYSLAB_INTERLEAVE_CONSISTENCY_H

#include "02_concurrency/interleave/graph.h"

enum model { MODEL_RC11, MODEL_SC };

bool consistency_holds(const struct graph *graph, enum model model);

#endif
