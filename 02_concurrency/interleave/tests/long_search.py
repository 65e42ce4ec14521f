#!/usr/bin/env python3
"""long_search.py INTERLEAVE FILE.c [--full] - a search too large to end: memory that stays as it is, and the pace.

Memory is the resident set of the process, after a quarter of its processor time and at the end: it may grow by a
twentieth, or 256 KiB. The pace is visible operations in a second of processor time, on one core; it is printed, and asserted
only with --full, which searches for an hour of processor time.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
import time

PACE_FLOOR = 1_000_000
GROWTH_KB = 256


def processor_seconds(pid):
    with open("/proc/%d/stat" % pid) as file:
        words = file.read().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def resident_kb(pid):
    with open("/proc/%d/statm" % pid) as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") // 1024


def wait_until(search, seconds, deadline):
    """Until it has used that much processor time."""
    while processor_seconds(search.pid) < seconds:
        if search.poll() is not None or time.monotonic() > deadline:
            sys.exit("the search ended, or did not come by, before it had run for %g s" % seconds)
        time.sleep(0.05)


def measure_memory(interleave, target, seconds):
    deadline = time.monotonic() + 100 * seconds
    search = subprocess.Popen([interleave, "--jobs", "1", target], stdout=subprocess.DEVNULL)
    try:
        wait_until(search, seconds / 4, deadline)
        early = resident_kb(search.pid)
        wait_until(search, seconds, deadline)
        return early, resident_kb(search.pid)
    finally:
        search.kill()
        search.wait()


def measure_pace(interleave, target, executions):
    before = os.times()
    run = subprocess.run([interleave, "--jobs", "1", "--executions", str(executions), target],
                         capture_output=True, text=True)
    after = os.times()
    told = re.search(r"; ([\d.]+) s, (\d+) operations a second", run.stdout)
    if run.returncode != 3 or not told:
        sys.exit("the search was to be cut short:\n%s%s" % (run.stdout, run.stderr))
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return float(told[1]) * int(told[2]) / used


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("interleave")
    parser.add_argument("source")
    parser.add_argument("--full", action="store_true")
    arguments = parser.parse_args()
    seconds = 3600 if arguments.full else 4
    with tempfile.TemporaryDirectory() as folder:
        target = os.path.join(folder, "large.so")
        subprocess.run([arguments.interleave, "--build", target, arguments.source], check=True)
        early, late = measure_memory(arguments.interleave, target, seconds)
        pace = measure_pace(arguments.interleave, target, 2000000 if arguments.full else 20000)
    print("%d KiB after %g s of processor time, %d KiB after %g s; %.0f visible operations a second on one core"
          % (early, seconds / 4, late, seconds, pace))
    if late > early + max(early // 20, GROWTH_KB):
        sys.exit("memory grows")
    if arguments.full and pace < PACE_FLOOR:
        sys.exit("the floor is %d" % PACE_FLOOR)


main()
