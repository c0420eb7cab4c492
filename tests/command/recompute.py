#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# Computes pauses, stalls and mutator utilization again from what `heapmark export --events` writes,
# by nothing but docs/events.md, and holds them against what is stored.
#
#   recompute.py HEAPMARK DATABASE
import bisect
import json
import math
import sqlite3
import subprocess
import sys

LEAST = 10000  # ns: a slow path that counts
PAIRS = {4: 5, 6: 7, 8: 9, 10: 11, 12: 13, 14: 15, 16: 17, 21: 22, 24: 25}
KEPT = (8, 14, 21)  # sweep, release, stall
RELEASES = (8, 14)


def cut(start, end, length):
    low, high = max(start, 0), min(end, length)
    return [(low, high)] if low < high or (start == end and low == high) else []


def melt(intervals):
    melted = []
    for start, end in sorted(intervals):
        if melted and start <= melted[-1][1]:
            melted[-1] = (melted[-1][0], max(end, melted[-1][1]))
        else:
            melted.append((start, end))
    return melted


def covered(melted, start, end):
    return sum(max(0, min(end, b) - max(start, a)) for a, b in melted)


class Log:
    def __init__(self, head):
        self.head = head
        self.pauses, self.kept, self.releases, self.brackets, self.felt = [], [], [], [], []
        self.waits = []


def read_log(head, lines, length):
    log, stop, waited, opened = Log(head), None, 0, []
    for line in lines:
        code, time = line["code"], line["time_ns"]
        if code == 1:
            stop = time
        elif code == 2:
            log.waits += [time - stop] if 0 <= stop <= length else []
        elif code == 3:
            log.pauses += cut(stop, time, length)
            stop = None
        elif code in PAIRS:
            opened.append((code, time))
        elif code in PAIRS.values():
            begun, since = opened.pop()
            assert PAIRS[begun] == code, "a pair does not nest"
            log.brackets += cut(since, time, length)
            if head["thread"] == "mutator" and stop is None:
                log.kept += cut(since, time, length) if begun in KEPT else []
                log.releases += cut(since, time, length) if begun in RELEASES else []
        elif code == 1030:
            waited = line["value"]
        elif code in (1028, 1029):
            for start, end in cut(time - line["value"], time, length):
                log.felt.append((start, end, min(waited, end - start)))
            waited = 0
    return log


class Stops:
    """How long one was stopped, up to any moment."""

    def __init__(self, stops):
        self.melted = melt(stops)
        self.starts = [start for start, _ in self.melted]
        self.before = [0]
        for start, end in self.melted:
            self.before.append(self.before[-1] + end - start)

    def until(self, moment):
        place = bisect.bisect_left(self.starts, moment)
        if place == 0:
            return 0
        start, end = self.melted[place - 1]
        return self.before[place - 1] + min(end, moment) - start


def utilization(stops, length, windows):
    """Of each window the least share of one of this length, and of this length or longer."""
    stopped = Stops(stops)
    borders = sorted({0, length} | {b for stop in stopped.melted for b in stop})
    until = [stopped.until(border) for border in borders]
    minimum = []
    for window in windows:
        starts = [s for b in borders for s in (b, b - window) if 0 <= s <= length - window]
        minimum.append(max(stopped.until(s + window) - stopped.until(s) for s in starts) / window)
    bounded = list(minimum)
    for i, start in enumerate(borders):
        for k in range(i + 1, len(borders)):
            place = bisect.bisect_right(windows, borders[k] - start) - 1
            share = (until[k] - until[i]) / (borders[k] - start)
            if place >= 0 and share > bounded[place]:
                bounded[place] = share
    for place in range(len(windows) - 2, -1, -1):
        bounded[place] = max(bounded[place], bounded[place + 1])
    return [(1 - a, 1 - b) for a, b in zip(minimum, bounded)]


def percentile(lengths, percent):
    return sorted(lengths)[max(1, math.ceil(percent / 100 * len(lengths) - 1e-9)) - 1]


def stalls(lengths):
    lengths = [length for length in lengths if length >= LEAST]
    return {"count": len(lengths), "total_ns": sum(lengths), "max_ns": max(lengths, default=0)}


def compute(lines):
    head, events = lines[0], lines[1:]
    length = head["length_ns"]
    assert head["schema"] == "heapmark-events" and head["version"] == 1
    assert sum(log["events"] for log in head["logs"]) == len(events)
    logs = [read_log(log, [e for e in events if e["log"] == log["log"]], length)
            for log in head["logs"]]
    pauses = sorted(pause for log in logs for pause in log.pauses)
    lengths = [end - start for start, end in pauses]
    figures = {"pause_count": len(lengths), "pause_total_ns": sum(lengths),
               "pause_max_ns": max(lengths, default=0)}
    for name, percent in (("50", 50), ("90", 90), ("99", 99), ("999", 99.9)):
        figures["pause_p%s_ns" % name] = percentile(lengths, percent) if lengths else None
    waits = [wait for log in logs for wait in log.waits]
    for name, percent in (("50", 50), ("90", 90), ("99", 99), ("999", 99.9)):
        figures["time_to_safepoint_p%s_ns" % name] = percentile(waits, percent) if waits else None
    figures["time_to_safepoint_max_ns"] = max(waits, default=None if pauses else 0)
    releases = [end - start for log in logs for start, end in log.releases]
    figures.update(release_count=len(releases), release_total_ns=sum(releases),
                   release_max_ns=max(releases, default=0))
    world, left, unexplained, mutators = melt(pauses), [], [], [pauses]
    for log in logs:
        explained = melt(pauses + log.brackets)
        for start, end, waited in log.felt:
            left.append(end - start - covered(world, start, end))
            unexplained.append(end - start - covered(explained, start, end) - waited)
    for log in sorted(logs, key=lambda log: log.head["log"]):
        if log.head["thread"] != "mutator":
            continue
        mutators.append(pauses + log.kept + [(start, end - waited) for start, end, waited in log.felt
                                             if end - waited - start >= LEAST])
    figures.update({"stall_" + key: value for key, value in stalls(left).items()})
    figures.update({"unreported_stall_" + key: value for key, value in stalls(unexplained).items()})
    return figures, pauses, mutators, length


def check_trial(heapmark, path, database, trial):
    text = subprocess.run([heapmark, "export", "--events", str(trial), "--db", path], check=True,
                          stdout=subprocess.PIPE).stdout
    figures, pauses, mutators, length = compute([json.loads(line) for line in text.splitlines()])
    database.row_factory = sqlite3.Row
    stored = database.execute("SELECT * FROM trials WHERE id = ?", (trial,)).fetchone()
    who = "trial %d (%s)" % (trial, stored["collector_label"])
    assert stored["wall_ns"] == length, who
    for name, value in figures.items():
        assert stored[name] == value, "%s: %s is %s, and comes out as %s" % (who, name, stored[name],
                                                                            value)
    assert [tuple(row) for row in database.execute(
        "SELECT start_ns, start_ns + duration_ns FROM pauses WHERE trial_id = ? ORDER BY 1",
        (trial,))] == pauses, who
    curves = {(row["curve"], int(row["x"])): row["y"] for row in database.execute(
        "SELECT * FROM curves WHERE trial_id = ? AND curve IN ('mmu', 'bmu')", (trial,))}
    windows = sorted({x for _, x in curves})
    assert windows and windows[-1] * 2.5 >= length, who
    all_curves = [utilization(stops, length, windows) for stops in mutators]
    for i, window in enumerate(windows):
        for place, curve in enumerate(("mmu", "bmu")):
            least = min(curves_of_one[i][place] for curves_of_one in all_curves)
            assert abs(curves[curve, window] - least) < 1e-9, "%s: %s(%d) is %.12f, and comes " \
                "out as %.12f" % (who, curve, window, curves[curve, window], least)
    check_each(database, trial, who, all_curves[1:], windows)
    check_all(database, trial, who, mutators[1:], windows, length)
    return figures


def check_each(database, trial, who, each, windows):
    for place, curve in enumerate(("mmu_each", "bmu_each")):
        told = [(row["mutator"], int(row["x"]), row["y"]) for row in database.execute(
            "SELECT * FROM curves WHERE trial_id = ? AND curve = ? ORDER BY rowid", (trial, curve))]
        truth = [(m, window, of_one[i][place]) for m, of_one in enumerate(each)
                 for i, window in enumerate(windows)] if len(each) > 1 else []
        assert [row[:2] for row in told] == [row[:2] for row in truth], who
        assert all(abs(a[2] - b[2]) < 1e-9 for a, b in zip(told, truth)), "%s: %s" % (who, curve)


def check_all(database, trial, who, mutators, windows, length):
    """By every window that begins or ends where a stop does."""
    told = {(row["curve"], int(row["x"])): row["y"] for row in database.execute(
        "SELECT * FROM curves WHERE trial_id = ? AND curve IN ('mmu_all', 'bmu_all')", (trial,))}
    assert bool(told) == (len(mutators) > 1), who
    if not told:
        return
    stopped = [Stops(stops) for stops in mutators]
    borders = sorted({0, length} | {b for one in stopped for stop in one.melted for b in stop})
    for window in windows:
        starts = {s for b in borders for s in (b, b - window) if 0 <= s <= length - window}
        lost = max(sum(one.until(s + window) - one.until(s) for one in stopped) for s in starts)
        least = 1 - lost / window / len(mutators)
        assert abs(told["mmu_all", window] - least) < 1e-9, "%s: mmu_all(%d)" % (who, window)
    until = [sum(one.until(border) for one in stopped) for border in borders]
    for window in windows[-6:]:
        share = max([1 - told["mmu_all", window]] + [
            (until[k] - until[i]) / (borders[k] - borders[i]) / len(mutators)
            for i in range(len(borders))
            for k in range(bisect.bisect_left(borders, borders[i] + window), len(borders))])
        assert abs(told["bmu_all", window] - (1 - share)) < 1e-9, "%s: bmu_all(%d)" % (who, window)


def main():
    heapmark, path = sys.argv[1:]
    database = sqlite3.connect(path)
    trials = [row[0] for row in database.execute("SELECT id FROM trials WHERE outcome = 'ok'")]
    assert trials, "no trial is ok"
    sums = {"pause_count": 0, "stall_count": 0}
    for trial in trials:
        figures = check_trial(heapmark, path, database, trial)
        for name in sums:
            sums[name] += figures[name]
    assert all(sums.values()), "nothing was there to be computed: %s" % sums
    print("recomputed %d trials: %s" % (len(trials), sums))


if __name__ == "__main__":
    main()
