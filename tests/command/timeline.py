#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# Time lines of real trials say what is stored of these, and keep the format's rules; events that
# cannot be true, and names that are no plain letters, break no time line.
#
#   timeline.py HEAPMARK DATABASE
import json
import sqlite3
import subprocess
import sys
from collections import Counter
from decimal import Decimal

import trace_rules


def export(heapmark, path, trial, what, words=""):
    done = subprocess.run([heapmark, "export", what, str(trial), "--db", path],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
    assert words in done.stderr.decode(), done.stderr
    assert words or not done.stderr, done.stderr
    return done.stdout.decode()


def time_line(heapmark, path, trial, words=""):
    trace = json.loads(export(heapmark, path, trial, "--timeline", words), parse_float=Decimal)
    broken = trace_rules.check(trace)
    assert not broken, broken[:5]
    return trace


def named(trace, phase, name):
    return [e for e in trace["traceEvents"] if e["ph"] == phase and e["name"] == name]


def cut(span, part):
    """ns of the span that lie in the timed part."""
    low, high = max(span["ts"], part["ts"]), min(span["ts"] + span["dur"], part["ts"] + part["dur"])
    return (high - low) * 1000


def check_trial(heapmark, path, database, trial):
    stored = database.execute("SELECT * FROM trials WHERE id = ?", (trial,)).fetchone()
    trace = time_line(heapmark, path, trial, "warning: trial" if stored["warning"] else "")
    who = "trial %d (%s)" % (trial, stored["collector_label"])
    lines = [json.loads(line) for line in export(heapmark, path, trial, "--events").splitlines()]
    codes = Counter(line["code"] for line in lines[1:])
    part, = named(trace, "X", "timed part")
    assert part["dur"] * 1000 == stored["wall_ns"], who

    stops = [cut(stop, part) for stop in named(trace, "X", "stop of the world")]
    stops = [length for length in stops if length > 0]
    assert (len(stops), sum(stops)) == (stored["pause_count"], stored["pause_total_ns"]), who
    for name, code in (("slow allocation", 1028), ("slow poll", 1029), ("collection", 5),
                       ("mark", 7), ("copy", 11), ("release", 15), ("worker's share", 25),
                       ("wait for safepoints", 2), ("attached", 1025), ("timed work", 1027)):
        assert len(named(trace, "X", name)) == codes[code], "%s: %s" % (who, name)
    for name, code in (("heap grown", 18), ("stop requested", 1)):
        assert len(named(trace, "i", name)) == codes[code], "%s: %s" % (who, name)
    assert not [e for e in trace["traceEvents"] if "odd" in e["args"] or "unfinished" in e["args"]]

    # One track a thread, of which each has a name; and one for the trial.
    tracks = {e["args"]["name"] for e in named(trace, "M", "thread_name")}
    assert {"%s %d" % (log["thread"], log["log"]) for log in lines[0]["logs"]} <= tracks, who
    reclaimed = [line["value"] for line in lines[1:] if line["code"] == 5]
    counted = [e["args"]["bytes"] for e in named(trace, "C", "reclaimed in all")]
    assert counted == sorted(counted) and (counted[-1:] or [0])[0] == sum(reclaimed), who
    assert len(named(trace, "C", "sampled: held_bytes")) > 0, who
    requests = database.execute("SELECT * FROM requests WHERE trial_id = ?", (trial,)).fetchall()
    due = named(trace, "i", "request due")
    assert (len(due) > 0) == (len(requests) > 0), who
    codes["requests"] = len(due)
    return codes


# ---- what cannot be true ----

def number(value):
    groups = bytearray()
    while True:
        value, low = value >> 7, value & 127
        groups.append(low | (128 if value else 0))
        if not value:
            return bytes(groups)


def pack(start, length, logs):
    """As docs/events.md has it. Each log: events of (code, time, value)."""
    packed = b"HMEV" + b"".join(number(n) for n in (1, start, length, 0, len(logs)))
    last = start
    for i, events in enumerate(logs):
        packed += b"".join(number(n) for n in (i, 0, len(events), 0, 0))
        for code, time, value in events:
            by, last = time - last, time
            packed += number(code) + number(2 * by if by >= 0 else -2 * by - 1) + number(value)
    return packed


UNKNOWN = 2**64 - 1
T = 10**9
BAD = [
    # A stop and a collection that cross; a request in a stop; ends of nothing, and without an end.
    [(1024, T, 0), (1, T + 10, 1), (4, T + 20, 0), (2, T + 30, 0), (3, T + 50, 0), (5, T + 60, 9),
     (1, T + 70, 1), (1, T + 80, 1), (3, T + 90, 0), (3, T + 95, 0), (9, T + 96, 0),
     (6, T + 100, 5), (8, T + 110, 0), (7, T + 120, 5), (777, T + 130, 1), (18, T + 140, UNKNOWN)],
    # A clock that goes back, values that are no sizes, a slow path longer than time itself.
    [(6, T + 500, 5), (7, T + 400, 5), (5, T + 401, 2**63 + 1), (18, T + 30, 7), (18, T + 20, 8),
     (4, T + 600, 0), (5, T + 700, UNKNOWN), (1028, T + 800, 2**62)],
    # More that cross than there are lanes.
    [event for i in range(6) for event in ((1, T + 10 * i, 1), (3, T + 10 * i + 5, 0))]
    + [(1028, T + 100 + i, 50) for i in range(6)],
    [(14, T + i, 0) for i in range(20)],
    [],
]
NAME = 'a"b\\</script>\u2028\x1b[31m\u6f22'


def check_bad(heapmark, path, database, trial):
    database.execute("UPDATE events SET packed = ? WHERE trial_id = ?",
                     (pack(T, 1000, BAD), trial))
    database.execute("UPDATE trials SET collector_label = ?, warning = 'the clock \x1b jumps' "
                     "WHERE id = ?", (NAME, trial))
    database.commit()
    trace = time_line(heapmark, path, trial, "warning: trial %d: the clock \\x1b jumps" % trial)
    assert named(trace, "M", "process_name")[0]["args"]["name"].startswith(NAME + " on ")
    assert trace["otherData"]["collector_label"] == NAME
    odd = Counter(e["args"]["odd"] for e in trace["traceEvents"] if "odd" in e["args"])
    assert odd == {"a stop is on already": 1, "without a request": 1, "without a beginning": 1,
                   "what began later has not ended": 2, "earlier than its beginning": 1,
                   "too many have begun": 4}, odd
    assert sum(e["args"].get("unfinished", False) for e in trace["traceEvents"]) == 3 + 16
    assert len(named(trace, "i", "unknown event")) == 1
    assert [e["args"]["bytes"] for e in named(trace, "C", "heap held")] == [8, 7]
    # The stop and the collection cross: one of them stands on a track beside the thread's own.
    stop, = [e for e in named(trace, "X", "stop of the world") if e["args"]["mutators"] == 1
             and e["tid"] in (8, 9) and e["dur"] == Decimal("0.040")]
    collection, = [e for e in named(trace, "X", "collection") if e["dur"] == Decimal("0.040")]
    assert {stop["tid"], collection["tid"]} == {8, 9}
    # Six slow paths cross each other, and a track has four lanes.
    crossing = [e for e in named(trace, "X", "slow allocation") if e["dur"] == Decimal("0.050")]
    assert len(crossing) == 4 and trace["otherData"]["spans_left_out"] == 2


def main():
    heapmark, path = sys.argv[1:]
    database = sqlite3.connect(path)
    database.row_factory = sqlite3.Row
    trials = [row["id"] for row in database.execute("SELECT id FROM trials WHERE outcome = 'ok'")]
    codes = sum((check_trial(heapmark, path, database, trial) for trial in trials), Counter())
    assert all(codes[code] for code in (1, 5, 25, 1028, "requests")), codes
    check_bad(heapmark, path, database, trials[0])
    print("timeline: %d trials, %d events" % (len(trials), sum(codes.values())))


if __name__ == "__main__":
    main()
