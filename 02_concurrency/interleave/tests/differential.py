#!/usr/bin/env python3
"""differential.py INTERLEAVE [--litmus] [--random N [--seed S]] [--model rc11|sc] - interleave against the model's axioms.

The definitions of Lahav, Vafeiadis, Kang, Hur and Dreyer, "Repairing Sequential Consistency in C/C++11" (PLDI 2017),
section 3, as sets of pairs: every assignment of reads to writes and every order of writes is tried, and those
that the axioms allow are counted. interleave has to find exactly as many executions, and exactly their outcomes.

--litmus  the standard litmus tests in mixes of orders and with fences, and the published verdicts on their weak outcomes
--random  programs made at random
--schedules  the search of schedules instead, without a bound that matters: the outcomes are the same, the counts are not
"""
import argparse
import itertools
import os
import random
import subprocess
import sys
import tempfile

ORDERS = {"rlx": "relaxed", "acq": "acquire", "rel": "release", "ar": "acq_rel", "sc": "seq_cst"}
ACQUIRES = {"acq", "ar", "sc"}
RELEASES = {"rel", "ar", "sc"}
MODEL = "rc11"
SCHEDULES = False


# ---- the model, by its definitions -----------------------------------------------------------------

class Event:
    def __init__(self, number, thread, kind, loc=None, order="rlx", operation=None):
        self.number, self.thread, self.kind, self.loc, self.order = number, thread, kind, loc, order
        self.operation = operation  # of the program: what computes the value


def compose(a, b):
    after = {}
    for x, y in b:
        after.setdefault(x, set()).add(y)
    return {(x, z) for x, y in a for z in after.get(y, ())}


def closure(pairs):
    result, new = set(pairs), set(pairs)
    while new:
        new = compose(new, pairs) - result
        result |= new
    return result


def is_acyclic(pairs):
    return all(x != y for x, y in closure(pairs))


def consistent(events, po, rf, mo, rmw):
    """The axioms of RC11. events: list; the relations: sets of pairs of numbers."""
    if MODEL == "sc":
        by_location = {(r, w2) for w, r in rf for w1, w2 in mo if w1 == w} - {(e.number, e.number) for e in events}
        return is_acyclic(po | rf | mo | by_location) and not rmw & compose(by_location, mo)
    every = {(e.number, e.number) for e in events}
    loc = {e.number: e.loc for e in events}
    writes = {e.number for e in events if e.kind == "W"}
    fences = {e.number for e in events if e.kind == "F"}
    by = {e.number: e for e in events}

    def same(pairs):
        return {(a, b) for a, b in pairs if loc[a] is not None and loc[a] == loc[b]}

    def only(numbers):
        return {(n, n) for n in numbers}

    if not is_acyclic(po | rf):
        return False
    rb = {(r, w2) for w, r in rf for w1, w2 in mo if w1 == w} - every
    if rmw & compose(rb, mo):
        return False
    rs = compose(only(writes), compose(every | same(po), only(writes)))
    chain = every | closure(compose(rf, rmw))
    rs = compose(rs, chain)
    releasing = only(n for n in by if by[n].order in RELEASES and by[n].kind in "WF")
    acquiring = only(n for n in by if by[n].order in ACQUIRES and by[n].kind in "RF")
    to_fence = every | compose(po, only(fences))
    from_fence = every | compose(only(fences), po)
    sw = compose(compose(compose(compose(compose(releasing, from_fence), rs), rf), to_fence), acquiring)
    hb = closure(po | sw)
    eco = closure(rf | mo | rb)
    if any(a == b for a, b in hb) or any(a == b for a, b in compose(hb, eco)):
        return False
    sc = {n for n in by if by[n].order == "sc"}
    other = {(a, b) for a, b in po if not (loc[a] is not None and loc[a] == loc[b])}
    scb = po | compose(compose(other, hb), other) | same(hb) | mo | rb
    sc_fences = only(sc & fences)
    left = only(sc) | compose(sc_fences, every | hb)
    right = only(sc) | compose(every | hb, sc_fences)
    base = compose(compose(left, scb), right)
    by_fences = compose(compose(sc_fences, hb | compose(compose(hb, eco), hb)), sc_fences)
    return is_acyclic(base | by_fences)


class Program:
    """threads: lists of (what, ...): ("W", loc, value, order), ("R", loc, order), ("F", order),
    ("A", loc, value, order) fetch_add, ("X", loc, value, order) exchange, ("C", loc, old, new, order) strong
    compare-and-exchange, failing relaxed, ("K", ...) a weak one; one of an execution may fail for no reason."""

    def __init__(self, threads):
        self.threads = threads
        self.locs = sorted({o[1] for t in threads for o in t if o[0] != "F"})

    def executions(self):
        """Yields the outcome of each consistent execution."""
        events, po, rmw = [], set(), set()
        for loc in self.locs:
            events.append(Event(len(events), -1, "W", loc))
        inits = [e.number for e in events]
        for thread, operations in enumerate(self.threads):
            mine = []
            for operation in operations:
                what = operation[0]
                kinds = {"W": "W", "R": "R", "F": "F"}.get(what, "RW")
                for kind in kinds:
                    loc = None if what == "F" else operation[1]
                    event = Event(len(events), thread, kind, loc, operation[-1], operation)
                    po |= {(m, event.number) for m in mine} | {(i, event.number) for i in inits}
                    if kind == "W" and kinds == "RW":
                        rmw.add((mine[-1], event.number))
                    mine.append(event.number)
                    events.append(event)
        reads = [e for e in events if e.kind == "R"]
        sources = [[w for w in events if w.kind == "W" and w.loc == r.loc] for r in reads]
        weak = [r.number for r in reads if r.operation[0] == "K"]
        for choice in itertools.product(*sources):
            for spurious in [None] + weak:
                yield from self.of_rf(events, po, rmw, inits, reads, choice, spurious)

    def of_rf(self, events, po, rmw, inits, reads, choice, spurious):
        rf = {(w.number, r.number) for w, r in zip(choice, reads)}
        if not is_acyclic(po | rf):
            return
        values, gone = self.values(events, po, rmw, rf, spurious)
        if spurious is not None and values[spurious] != events[spurious].operation[2]:
            return  # it would have failed anyway
        if any(w.number in gone for w in choice):
            return
        kept = [e for e in events if e.number not in gone]
        numbers = {e.number for e in kept}
        order = {(a, b) for a, b in po if a in numbers and b in numbers}
        pairs = {(a, b) for a, b in rmw if b in numbers}
        # A compare-and-exchange that failed is a relaxed read.
        for a, b in rmw:
            failed = b in gone
            events[a].order = "rlx" if failed else events[a].operation[-1]
        groups = []
        for loc in self.locs:
            writes = [e.number for e in kept if e.kind == "W" and e.loc == loc and e.number not in inits]
            first = next(i for i in inits if events[i].loc == loc)
            groups.append([(first,) + p for p in itertools.permutations(writes)])
        for orders in itertools.product(*groups):
            mo = {(o[i], o[j]) for o in orders for i in range(len(o)) for j in range(i + 1, len(o))}
            if consistent(kept, order, rf, mo, pairs):
                yield self.outcome(events, values, orders)

    def values(self, events, po, rmw, rf, spurious):
        source = {r: w for w, r in rf}
        partner = {b: a for a, b in rmw}
        values, gone = {}, set()

        def value(number):
            if number in values:
                return values[number]
            event = events[number]
            if event.thread < 0:
                result = 0
            elif event.kind == "R":
                result = value(source[number])
            elif event.kind == "F":
                result = 0
            elif number in partner:
                read, operation = value(partner[number]), event.operation
                if operation[0] in "CK" and (read != operation[2] or partner[number] == spurious):
                    gone.add(number)
                result = read + operation[2] if operation[0] == "A" else operation[-2]
            else:
                result = event.operation[2]
            values[number] = result
            return result

        for event in events:
            value(event.number)
        return values, gone

    def outcome(self, events, values, orders):
        parts, count = [], {}
        for event in events:
            if event.kind == "R":
                count[event.thread] = count.get(event.thread, 0) + 1
                parts.append("t%dr%d=%d" % (event.thread, count[event.thread], values[event.number]))
        for order in orders:
            parts.append("%s=%d" % (events[order[0]].loc, values[order[-1]]))
        return " ".join(sorted(parts))

    def source(self, name):
        """C, with a function of that name in place of main; what is its own begins with it."""
        # Each beside a plain one in the same eight bytes, which the first thread writes as it goes.
        text = ["static struct { atomic_int at; int beside; } _Alignas(8) %s%s;" % (name, loc) for loc in self.locs]
        for thread, operations in enumerate(self.threads):
            text.append("static void *%sthread%d(void *argument)\n{" % (name, thread))
            reads = 0
            for operation in operations:
                what, order = operation[0], "memory_order_" + ORDERS[operation[-1]]
                if thread == 0 and what != "F":
                    text.append("    %s%s.beside++;" % (name, operation[1]))
                if what == "W":
                    text.append("    atomic_store_explicit(&%s%s.at, %d, %s);" % (name, operation[1], operation[2], order))
                    continue
                if what == "F":
                    text.append("    atomic_thread_fence(%s);" % order)
                    continue
                reads += 1
                read = "t%dr%d" % (thread, reads)
                at = name + operation[1] + ".at"
                if what == "R":
                    call = "atomic_load_explicit(&%s, %s)" % (at, order)
                elif what in "CK":
                    text.append("    int %s = %d;" % (read, operation[2]))
                    text.append("    atomic_compare_exchange_%s_explicit(&%s, &%s, %d, %s, memory_order_relaxed);"
                                % ("strong" if what == "C" else "weak", at, read, operation[3], order))
                    call = None
                else:
                    function = {"A": "fetch_add", "X": "exchange"}[what]
                    call = "atomic_%s_explicit(&%s, %d, %s)" % (function, at, operation[2], order)
                if call:
                    text.append("    int %s = %s;" % (read, call))
                text.append('    interleave_note("%s", %s);' % (read, read))
            text.append("    return argument;\n}")
        count = len(self.threads)
        text.append("int %s(void);\nint %s(void)\n{" % (name, name))
        text.append("\n    pthread_t threads[%d];" % count)
        for thread in range(count):
            text.append("    pthread_create(&threads[%d], NULL, %sthread%d, NULL);" % (thread, name, thread))
        for thread in range(count):
            text.append("    pthread_join(threads[%d], NULL);" % thread)
        for loc in self.locs:
            text.append('    interleave_note("%s", atomic_load_explicit(&%s%s.at, memory_order_relaxed));'
                        % (loc, name, loc))
        text.append("    return 0;\n}\n")
        return "\n".join(text)


# ---- what interleave finds -------------------------------------------------------------------------

def build(interleave, programs, folder):
    """One object with all of them: to compile takes longer than to explore."""
    source, target = os.path.join(folder, "programs.c"), os.path.join(folder, "programs.so")
    with open(source, "w") as file:
        file.write('#include <pthread.h>\n#include <stdatomic.h>\n'
                   '#include "02_concurrency/interleave/interleave.h"\n')
        for number, program in enumerate(programs):
            file.write(program.source("program%d_" % number))
    subprocess.run([interleave, "--build", target, source], check=True)
    return target


def found(interleave, target, number, program):
    command = [interleave, "--outcomes", "--model", MODEL, "--main", "program%d_" % number, target]
    if SCHEDULES:
        command[1:1] = ["--preemptions", "1000"]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit("interleave failed (%d):\n%s%s\n%s"
                 % (run.returncode, run.stdout, run.stderr, program.source("main")))
    counts = {}
    for line in run.stdout.splitlines():
        words = line.split(None, 1)
        if words and words[0].isdigit():
            counts[words[1] if len(words) > 1 else ""] = int(words[0])
    return counts


def compare(got, program):
    """Returns: the executions by outcome, or ends with what differs."""
    expected = {}
    for outcome in program.executions():
        expected[outcome] = expected.get(outcome, 0) + 1
    if got == expected or (SCHEDULES and set(got) == set(expected)):
        return expected
    for outcome in sorted(set(got) | set(expected)):
        if got.get(outcome, 0) != expected.get(outcome, 0):
            print("%s: the model has %d executions, interleave found %d"
                  % (outcome, expected.get(outcome, 0), got.get(outcome, 0)))
    sys.exit(program.source("main"))


def compare_all(interleave, programs):
    executions = []
    with tempfile.TemporaryDirectory() as folder:
        target = build(interleave, programs, folder)
        for number, program in enumerate(programs):
            executions.append(compare(found(interleave, target, number, program), program))
    return executions


# ---- programs --------------------------------------------------------------------------------------

def random_program(generator):
    shape = generator.choice([[3, 3], [2, 2, 2], [2, 3], [4, 2], [1, 2, 2], [1, 1, 2, 1]])
    locs = ["x", "y"] if generator.random() < 0.8 else ["x"]
    threads, value, writes = [], 1, 0
    for length in shape:
        operations = []
        for _ in range(length):
            loc = generator.choice(locs)
            what = generator.choices(["W", "R", "A", "X", "C", "K", "F"], [6, 6, 2, 2, 2, 1, 2])[0]
            if what in "WAXCK" and writes == 5:
                what = "R"
            writes += what in "WAXCK"
            if what == "W":
                operations.append(("W", loc, value, generator.choice(["rlx", "rel", "sc"])))
            elif what == "R":
                operations.append(("R", loc, generator.choice(["rlx", "acq", "sc"])))
            elif what == "F":
                operations.append(("F", generator.choice(["acq", "rel", "ar", "sc"])))
            elif what in "CK":
                operations.append((what, loc, generator.choice([0, 1]), value, generator.choice(list(ORDERS))))
            else:
                operations.append((what, loc, value, generator.choice(list(ORDERS))))
            value += 1
        threads.append(operations)
    return Program(threads)


# ---- the standard litmus tests ---------------------------------------------------------------------

def mixes(count):
    """Orders for `count` accesses: all the same, and each made one step weaker or stronger alone."""
    for base in ("rlx", "ra", "sc"):
        yield (base,) * count
        for place in range(count):
            for other in ("rlx", "ra", "sc"):
                if other != base:
                    yield (base,) * place + (other,) + (base,) * (count - place - 1)


def write(loc, value, order):
    return ("W", loc, value, "rel" if order == "ra" else order)


def read(loc, order):
    return ("R", loc, "acq" if order == "ra" else order)


# Name; threads, each a string of accesses (Wx1, Rx); the weak outcome; whether it is allowed when all accesses are
# relaxed, release and acquire, and sequentially consistent. LB is never: RC11 forbids cycles of po and rf.
# Sources: Lahav and others (PLDI 2017), figures 1 to 6; Alglave, Maranget and Tautschnig (TOPLAS 2014), table III, for
# the names; Batty and others, Mathematizing C++ Concurrency (POPL 2011), for the release-acquire verdicts.
LITMUS = [
    ("SB", ["Wx1 Ry", "Wy1 Rx"], "t0r1=0 t1r1=0", (True, True, False)),
    ("MP", ["Wx1 Wy1", "Ry Rx"], "t1r1=1 t1r2=0", (True, False, False)),
    ("LB", ["Rx Wy1", "Ry Wx1"], "t0r1=1 t1r1=1", (False, False, False)),
    ("S", ["Wx2 Wy1", "Ry Wx1"], "t1r1=1 x=2", (True, False, False)),
    ("R", ["Wx1 Wy1", "Wy2 Rx"], "t1r1=0 y=2", (True, True, False)),
    ("2+2W", ["Wx1 Wy2", "Wy1 Wx2"], "x=1 y=1", (True, True, False)),
    ("WRC", ["Wx1", "Rx Wy1", "Ry Rx"], "t1r1=1 t2r1=1 t2r2=0", (True, False, False)),
    ("RWC", ["Wx1", "Rx Ry", "Wy1 Rx"], "t1r1=1 t1r2=0 t2r1=0", (True, True, False)),
    ("ISA2", ["Wx1 Wy1", "Ry Wz1", "Rz Rx"], "t1r1=1 t2r1=1 t2r2=0", (True, False, False)),
    ("IRIW", ["Wx1", "Wy1", "Rx Ry", "Ry Rx"], "t2r1=1 t2r2=0 t3r1=1 t3r2=0", (True, True, False)),
    ("Z6.3", ["Wx1 Wy1", "Wy2 Wz1", "Rz Rx"], "t2r1=1 t2r2=0 y=2", (True, True, False)),
    ("CoRR", ["Wx1", "Rx Rx"], "t1r1=1 t1r2=0", (False, False, False)),
    ("CoWW", ["Wx1 Wx2"], "x=1", (False, False, False)),
    ("CoRW", ["Rx Wx1", "Wx2"], "t0r1=2 x=2", (False, False, False)),
    ("CoWR", ["Wx1 Rx", "Wx2"], "t0r1=2 x=1", (False, False, False)),
]
# With relaxed accesses and a sequentially consistent fence between the two of each thread: all are forbidden.


def litmus_program(threads, orders, fence=None):
    orders, made = iter(orders), []
    for thread in threads:
        operations = []
        for word in thread.split():
            if operations and fence:
                operations.append(("F", fence))
            order = next(orders)
            operations.append(write(word[1], int(word[2:]), order) if word[0] == "W" else read(word[1], order))
        made.append(operations)
    return Program(made)


def is_seen(executions, weak):
    return any(set(weak.split()) <= set(outcome.split()) for outcome in executions)


def litmus(interleave):
    programs, verdicts = [], []
    for name, threads, weak, allowed in LITMUS:
        count = sum(len(thread.split()) for thread in threads)
        for mix in dict.fromkeys(mixes(count)):
            known = dict(zip(("rlx", "ra", "sc"), allowed)).get(mix[0]) if len(set(mix)) == 1 else None
            programs.append(litmus_program(threads, mix))
            verdicts.append((name, " ".join(mix), weak, known))
        for fence in ("ar", "sc"):
            programs.append(litmus_program(threads, ("rlx",) * count, fence))
            verdicts.append((name, "fence " + fence, weak, False if fence == "sc" else None))
    results = compare_all(interleave, programs)
    for (name, mix, weak, known), executions in zip(verdicts, results):
        if MODEL == "rc11" and known is not None and is_seen(executions, weak) != known:
            sys.exit("%s (%s): the weak outcome %s is published as %s" % (name, mix, weak, known))
        if MODEL == "sc" and is_seen(executions, weak):
            sys.exit("%s (%s): the weak outcome %s is not sequentially consistent" % (name, mix, weak))
    print("%s: %d litmus tests in %d variants: exactly the model's %s"
          % (MODEL, len(LITMUS), len(programs), "outcomes" if SCHEDULES else "executions"))


def main():
    global MODEL, SCHEDULES
    parser = argparse.ArgumentParser()
    parser.add_argument("interleave")
    parser.add_argument("--litmus", action="store_true")
    parser.add_argument("--random", type=int, default=0)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--model", default="rc11")
    parser.add_argument("--schedules", action="store_true")
    arguments = parser.parse_args()
    MODEL, SCHEDULES = arguments.model, arguments.schedules
    if arguments.litmus:
        litmus(arguments.interleave)
    if arguments.random:
        seed = arguments.seed if arguments.seed is not None else int.from_bytes(os.urandom(4), "big")
        print("seed %d" % seed)
        programs = [random_program(random.Random(seed + number)) for number in range(arguments.random)]
        results = compare_all(arguments.interleave, programs)
        print("%s: %d random programs, %d executions: %s"
              % (MODEL, len(programs), sum(sum(counts.values()) for counts in results),
                 "each outcome" if SCHEDULES else "each exactly once"))


main()
