#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Lines and branches that tests ran, from the counts of a coverage build.

    coverage_table.py BUILD_FOLDER [--below PERCENT] [--root ROOT] FOLDER...

Prints a row for each folder of sources named and each folder in it, then each file of which fewer
than PERCENT of the lines ran (90), with those lines. A file that is compiled several times, as the
parts of the kit are, is one file: a line has run if it did in any of them. Branches are those of
.c and .cc files as they are shipped: a header's are there once for each place that it is inlined
at, and altered collectors (tests/faults/) have some more of their own.
"""
import argparse
import collections
import json
import os
import subprocess
import sys


class Source:
    def __init__(self):
        self.lines = collections.Counter()
        self.branches = collections.Counter()

    def add(self, line, with_branches):
        number = line["line_number"]
        self.lines[number] += line["count"]
        if not with_branches:
            return
        # Made by the compiler for exceptions, in C++: nobody wrote them.
        written = [b for b in line["branches"] if not b["throw"]]
        for index, branch in enumerate(written):
            self.branches[number, index] += branch["count"]


def read_counts(folder, root, wanted):
    """Every object file that was compiled for counting, run or not."""
    notes = sorted(os.path.join(where, name) for where, _, names in os.walk(folder)
                   for name in names if name.endswith(".gcno"))
    sources = collections.defaultdict(Source)
    for first in range(0, len(notes), 50):
        told = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities",
                               *notes[first:first + 50]],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
        for text in told.stdout.decode().splitlines():
            unit = json.loads(text)
            altered = "heapmark_altered" in unit["data_file"]
            for file in unit["files"]:
                path = os.path.join(unit["current_working_directory"], file["file"])
                path = os.path.relpath(os.path.realpath(path), root)
                if any(path.startswith(name + os.sep) for name in wanted):
                    for line in file["lines"]:
                        sources[path].add(line, not altered and not path.endswith(".h"))
    return sources


def share(counts):
    ran = sum(count > 0 for count in counts)
    return ran, len(counts), 100 * ran / len(counts) if counts else 100


def print_row(name, sources):
    lines = [count for source in sources for count in source.lines.values()]
    branches = [count for source in sources for count in source.branches.values()]
    print("%-28s %6d of %6d lines %5.1f %%   %6d of %6d branches %5.1f %%" %
          (name, *share(lines), *share(branches)))


def ranges(numbers):
    text, first, last = [], None, None
    for number in [*sorted(numbers), None]:
        if first is not None and number == last + 1:
            last = number
            continue
        if first is not None:
            text.append(str(first) if first == last else "%d-%d" % (first, last))
        first = last = number
    return ", ".join(text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--below", type=float, default=90)
    parser.add_argument("--root", default=os.path.join(os.path.dirname(__file__), ".."))
    parser.add_argument("folders", nargs="+")
    given = parser.parse_args()
    sources = read_counts(given.build, os.path.realpath(given.root), given.folders)
    if not sources:
        sys.exit("coverage_table.py: %s has no counts of these folders" % given.build)
    folders = collections.defaultdict(list)
    for path, source in sources.items():
        parts = path.split(os.sep)
        for depth in range(1, min(len(parts), 3)):
            folders[os.sep.join(parts[:depth])].append(source)
    for name in sorted(folders):
        print_row(name, folders[name])
    for path in sorted(sources):
        missed = [number for number, count in sources[path].lines.items() if count == 0]
        if share(list(sources[path].lines.values()))[2] < given.below:
            print_row("\n" + path, [sources[path]])
            print("  never ran: " + ranges(missed))


main()
