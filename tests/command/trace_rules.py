#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# The rules of the Chrome trace format for what Heapmark writes of it. They are those of the format's
# description (Trace Event Format, Google), by a reader that knows nothing of the writer.
#
#   trace_rules.py FILE     says what is broken; the status is 1 then
#   trace_rules.py --plant  breaks a sound trace in each way, and wants each to be found
import copy
import json
import sys
from decimal import Decimal

ALWAYS = {"ph": str, "pid": int, "tid": int, "name": str}
NEEDS = {
    "X": {"ts": Decimal, "dur": Decimal},
    "B": {"ts": Decimal},
    "E": {"ts": Decimal},
    "i": {"ts": Decimal, "s": str},
    "C": {"ts": Decimal, "args": dict},
    "M": {"args": dict},
}
META = {"process_name": ("name", str), "thread_name": ("name", str),
        "thread_sort_index": ("sort_index", int), "process_sort_index": ("sort_index", int)}


def is_a(value, kind):
    if kind is Decimal:
        return isinstance(value, (int, Decimal)) and not isinstance(value, bool)
    return isinstance(value, kind) and not isinstance(value, bool)


def check_fields(event):
    for name, kind in {**ALWAYS, **NEEDS.get(event.get("ph"), {})}.items():
        if not is_a(event.get(name), kind):
            yield "%s is missing, or is no %s" % (name, kind.__name__)
    phase = event.get("ph")
    if phase not in NEEDS:
        yield "no such phase"
    if phase == "M":
        key, kind = META.get(event.get("name"), (None, None))
        if key is None or not is_a(event.get("args", {}).get(key), kind):
            yield "metadata that says nothing"
    if phase == "i" and event.get("s") not in ("g", "p", "t"):
        yield "an instant without a scope"
    if phase == "C" and not (event.get("args") and all(is_a(value, Decimal)
                                                      for value in event["args"].values())):
        yield "a counter that is not of numbers"
    for name in ("ts", "dur"):
        if is_a(event.get(name), Decimal) and event[name] < 0:
            yield "%s is negative" % name


def check_track(events):
    """Spans of one track nest; whatever is of one phase stands in order."""
    last, opened, ends = {}, [], []
    for event in events:
        kind = event["ph"] if event["ph"] not in "BE" else "BE"
        if event["ts"] < last.get(kind, event["ts"]):
            yield event, "is earlier than the one before"
        last[kind] = event["ts"]
        if event["ph"] == "B":
            opened.append(event)
        elif event["ph"] == "E" and not (opened and opened.pop()["name"] == event["name"]):
            yield event, "ends what had not begun"
    for event in opened:
        yield event, "begins and does not end"
    spans = sorted((e for e in events if e["ph"] == "X"), key=lambda e: (e["ts"], -e["dur"]))
    for event in spans:
        end = event["ts"] + event["dur"]
        while ends and ends[-1] <= event["ts"] and ends[-1] < end:
            ends.pop()
        if ends and ends[-1] < end:
            yield event, "overlaps another and does not lie within it"
        ends.append(end)


def check_counters(events):
    last = {}
    for event in events:
        key = event["pid"], event["name"]
        if event["ts"] < last.get(key, event["ts"]):
            yield event, "is earlier than the one before"
        last[key] = event["ts"]


def check(trace):
    if not is_a(trace, dict) or not is_a(trace.get("traceEvents"), list):
        return ["no object with traceEvents"]
    if trace.get("displayTimeUnit", "ms") not in ("ms", "ns"):
        return ["displayTimeUnit is neither ms nor ns"]
    events = trace["traceEvents"]
    broken = ["%s: %s" % (event, word) for event in events for word in check_fields(event)]
    if broken:
        return broken
    named = {(e["pid"], e["tid"]) for e in events if e["name"] == "thread_name"}
    processes = {e["pid"] for e in events if e["name"] == "process_name"}
    tracks = {}
    for event in events:
        if event["pid"] not in processes:
            broken.append("%s: is of a process without a name" % event)
        if (event["pid"], event["tid"]) not in named:
            broken.append("%s: is of a thread without a name" % event)
        if event["ph"] not in "MC":
            tracks.setdefault((event["pid"], event["tid"]), []).append(event)
    found = [pair for track in tracks.values() for pair in check_track(track)]
    found += check_counters([e for e in events if e["ph"] == "C"])
    return broken + ["%s: %s" % pair for pair in found]


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file, parse_float=Decimal, parse_constant=lambda word: word)


# ---- each rule broken ----

def sound():
    on = {"pid": 1, "tid": 2}
    return {"traceEvents": [
        {"ph": "M", "name": "process_name", "args": {"name": "p"}, **on},
        {"ph": "M", "name": "thread_name", "args": {"name": "t"}, **on},
        {"ph": "X", "name": "outer", "ts": Decimal("1.5"), "dur": Decimal(10), **on},
        {"ph": "X", "name": "inner", "ts": 2, "dur": Decimal("9.5"), **on},
        {"ph": "X", "name": "next", "ts": Decimal("11.5"), "dur": 3, **on},
        {"ph": "B", "name": "b", "ts": 20, **on},
        {"ph": "E", "name": "b", "ts": 30, **on},
        {"ph": "i", "name": "now", "ts": 5, "s": "t", **on},
        {"ph": "C", "name": "bytes", "ts": 5, "args": {"bytes": 7}, **on},
        {"ph": "C", "name": "bytes", "ts": 6, "args": {"bytes": 8}, **on},
    ]}


PLANTED = [
    ("no object", lambda t: t.pop("traceEvents")),
    ("displayTimeUnit", lambda t: t.update(displayTimeUnit="s")),
    ("ts is missing", lambda t: t["traceEvents"][2].pop("ts")),
    ("ts is missing", lambda t: t["traceEvents"][2].update(ts="1.5")),
    ("dur is missing", lambda t: t["traceEvents"][3].pop("dur")),
    ("dur is negative", lambda t: t["traceEvents"][3].update(dur=-1)),
    ("ts is negative", lambda t: t["traceEvents"][7].update(ts=-1)),
    ("tid is missing", lambda t: t["traceEvents"][3].update(tid="2")),
    ("name is missing", lambda t: t["traceEvents"][3].pop("name")),
    ("no such phase", lambda t: t["traceEvents"][3].update(ph="Q")),
    ("metadata", lambda t: t["traceEvents"][1].update(args={})),
    ("without a scope", lambda t: t["traceEvents"][7].update(s="x")),
    ("not of numbers", lambda t: t["traceEvents"][8].update(args={"bytes": "7"})),
    ("not of numbers", lambda t: t["traceEvents"][8].update(args={"bytes": None})),
    ("not of numbers", lambda t: t["traceEvents"][8].update(args={})),
    ("process without a name", lambda t: t["traceEvents"][2].update(pid=3)),
    ("thread without a name", lambda t: t["traceEvents"][2].update(tid=3)),
    ("overlaps another", lambda t: t["traceEvents"][3].update(dur=Decimal("9.501"))),
    ("earlier than", lambda t: t["traceEvents"][4].update(ts=Decimal("1.6"))),
    ("earlier than", lambda t: t["traceEvents"][9].update(ts=4)),
    ("ends what", lambda t: t["traceEvents"][6].update(name="other")),
    ("does not end", lambda t: t["traceEvents"].pop(6)),
    ("ends what", lambda t: t["traceEvents"].pop(5)),
]


def plant():
    assert check(sound()) == [], check(sound())
    for words, breaks in PLANTED:
        trace = copy.deepcopy(sound())
        breaks(trace)
        assert any(words in said for said in check(trace)), "not found: %s: %s" % (words,
                                                                                  check(trace))
    print("trace_rules: %d planted faults are found" % len(PLANTED))


if __name__ == "__main__":
    if sys.argv[1] == "--plant":
        plant()
        sys.exit(0)
    faults = check(load(sys.argv[1]))
    for fault in faults[:20]:
        print(fault, file=sys.stderr)
    sys.exit(1 if faults else 0)
