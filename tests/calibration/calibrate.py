#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# Runs trials of plugins/calibration, and holds every metric that a weight fixes against the journal
# of what really happened. Prints a table, and fails where a figure is off by more than a hundredth,
# or the resolution that docs/calibration.md states.
#
#   calibrate.py HEAPMARK CALIBRATION.so [WEIGHT...]
import json
import os
import re
import sqlite3
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "command"))
import recompute  # noqa: E402

CHURN = "churn:rounds=1500000"
ALLOWED = 0.01
JOURNAL = 100000  # ns: what undisturbed readings of the journal may take, at both ends of a stall
WINDOWS = (1000000, 10000000, 100000000)  # ns, for the table


def unpack(packed):
    """The requests of a trial, as docs/database.md says: pairs of due time and latency."""
    numbers, number, shift = [], 0, 0
    for byte in packed:
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            numbers.append(number)
            number = shift = 0
    due, requests = 0, []
    for distance, latency in zip(numbers[::2], numbers[1::2]):
        due += distance // 2 if distance % 2 == 0 else -(distance // 2) - 1
        requests.append((due, latency))
    return requests


def journal_of(path):
    with open(path) as file:
        return [(word, int(a), int(b), int(c)) for word, a, b, c in (line.split() for line in file)]


def trials_of(path):
    """By the collector's label."""
    database = sqlite3.connect(path)
    database.row_factory = sqlite3.Row
    return {row["collector_label"]: row for row in database.execute("SELECT * FROM trials")}


def timed_part(heapmark, database, trial):
    lines = subprocess.run([heapmark, "export", "--events", str(trial), "--db", database],
                           check=True, stdout=subprocess.PIPE).stdout.splitlines()
    head = json.loads(lines[0])
    return head["start_ns"], head["length_ns"]


class Trial:
    """A trial that ended, its journal and its timed part on the clock."""

    def __init__(self, weight, *arguments, workload=CHURN):
        heapmark, plugin = sys.argv[1:3]
        with tempfile.TemporaryDirectory() as folder:
            self.run([heapmark, "run", "-q", "-n", "1", "-w", workload, "--no-warm-up", "-c",
                      plugin + "/" + weight, "--db", folder + "/db"] + list(arguments), folder)
            database = sqlite3.connect(folder + "/db")
            database.row_factory = sqlite3.Row
            self.stored = database.execute("SELECT * FROM trials").fetchone()
            self.pauses = database.execute(
                "SELECT start_ns, duration_ns FROM pauses ORDER BY start_ns").fetchall()
            self.curves = {}
            for row in database.execute("SELECT * FROM curves ORDER BY rowid"):
                self.curves.setdefault(row["curve"], []).append((row["x"], row["y"]))
            packed = database.execute("SELECT packed FROM requests").fetchone()
            self.requests = unpack(packed["packed"]) if packed else []
            self.start, self.length = timed_part(heapmark, folder + "/db", 1)
            self.journal = journal_of(folder + "/journal")
        doubts = [doubt for doubt in (self.stored["warning"] or "").split("; ") if doubt and
                  not doubt.startswith(("mutators were ready", "threads were forced off", "the hypervisor",
                                        "the processor's"))]
        assert not doubts or weight.split(":")[0] in ("unreported", "asleep"), doubts

    @staticmethod
    def run(command, folder):
        environment = dict(os.environ, HEAPMARK_CALIBRATION_LOG=folder + "/journal")
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    @staticmethod
    def search(arguments, folder):
        """What a search of one point says, and the journals of its trials."""
        os.mkdir(folder + "/journal")
        environment = dict(os.environ, HEAPMARK_CALIBRATION_LOG=folder + "/journal")
        done = subprocess.run([sys.argv[1]] + arguments + ["-q", "--json", "--db", folder + "/db"],
                              check=True, env=environment, stdout=subprocess.PIPE)
        paths = [os.path.join(folder, "journal", name) for name in os.listdir(folder + "/journal")]
        return dict(json.loads(done.stdout), journals=[journal_of(path) for path in paths])

    def entries(self, word):
        return [entry[1:] for entry in self.journal if entry[0] == word]

    def timed(self, word):
        """Those that lie in the timed part, with their times counted from its beginning."""
        return [(a - self.start, b - self.start, c) for a, b, c in self.entries(word)
                if a >= self.start and b <= self.start + self.length]


class Table:
    def __init__(self):
        self.bad = 0

    def row(self, weight, metric, truth, told, resolution=0.0):
        error = abs(told - truth) if told is not None else float("inf")
        allowed = max(ALLOWED * abs(truth), resolution)
        share = error / abs(truth) if truth else error
        verdict = "" if error <= allowed else " **off**"
        self.bad += error > allowed
        print("| %s | %s | %.10g | %.10g | %.4f %%%s |" % (
            weight, metric, truth, told if told is not None else float("nan"), 100 * share, verdict))


def curves(table, weight, trial, stops):
    windows = [int(x) for x, _ in trial.curves["mmu"]]
    truth = recompute.utilization(stops, trial.length, windows)
    for place, name in enumerate(("mmu", "bmu")):
        told = dict(trial.curves[name])
        worst = max(abs(told[window] - truth[i][place]) for i, window in enumerate(windows))
        table.row(weight, "%s, worst of %d windows" % (name.upper(), len(windows)), 0, worst, ALLOWED)
        for i, window in enumerate(windows):
            if window in WINDOWS:
                table.row(weight, "%s(%g ms)" % (name.upper(), window / 1e6), truth[i][place],
                          told[window], ALLOWED)


def pauses(table):
    trial = Trial("pauses", "--no-stamps", "-t", "1")
    timed = trial.timed("pause")
    lengths = [b - a for a, b, _ in timed]
    assert len(lengths) > 20, "only %d pauses" % len(lengths)
    table.row("pauses", "pause_count", len(lengths), trial.stored["pause_count"])
    table.row("pauses", "pause_total_ns", sum(lengths), trial.stored["pause_total_ns"])
    table.row("pauses", "pause_max_ns", max(lengths), trial.stored["pause_max_ns"])
    for name, percent in (("50", 50), ("90", 90), ("99", 99), ("999", 99.9)):
        table.row("pauses", "pause_p%s_ns" % name, recompute.percentile(lengths, percent),
                  trial.stored["pause_p%s_ns" % name])
    table.row("pauses", "collections", len(lengths), trial.stored["collections"])
    table.row("pauses", "collector_cpu_ns, the explicit cost of LBO", sum(c for _, _, c in timed),
              trial.stored["collector_cpu_ns"])
    table.row("pauses", "collector_threads_cpu_ns, of which it has none", 0,
              trial.stored["collector_threads_cpu_ns"])
    curves(table, "pauses", trial, [(a, b) for a, b, _ in timed])
    # By readings that no event passes on: around the stop, and of the work within.
    around = trial.timed("around")
    outside = sum(1 for (a, b, within), (start, length) in zip(around, trial.pauses)
                  if not (a <= start and start + length <= b and length >= within))
    table.row("pauses", "of %d, those not between their work and the call that did it" % len(around),
              0, outside + abs(len(around) - len(trial.pauses)))
    trial = Trial("pauses", "-t", "2")
    waits = [b - a for a, b, _ in trial.timed("safepoint")]
    table.row("pauses, two threads", "time_to_safepoint_max_ns", max(waits),
              trial.stored["time_to_safepoint_max_ns"])
    for name, percent in (("50", 50), ("90", 90), ("99", 99), ("999", 99.9)):
        table.row("pauses, two threads", "time_to_safepoint_p%s_ns" % name,
                  recompute.percentile(waits, percent),
                  trial.stored["time_to_safepoint_p%s_ns" % name])
    table.row("pauses, two threads", "pause_total_ns",
              sum(b - a for a, b, _ in trial.timed("pause")), trial.stored["pause_total_ns"])


def unreported(table):
    trial = Trial("unreported", "-t", "1")
    timed = trial.timed("stall")
    lengths = [b - a for a, b, _ in trial.timed("slow")]
    alone = [max(0, b - a - waited) for a, b, waited in timed]
    assert len(lengths) > 20, "only %d stalls" % len(lengths)
    # A wait for a processor within microseconds of a stall may be taken for a part of it, and off:
    # on a machine with much other work that makes one of these stalls too short now and then.
    for name, truth, one in (("stall", lengths, 0), ("unreported_stall", alone, 1)):
        table.row("unreported", name + "_count", len(truth), trial.stored[name + "_count"], one)
        table.row("unreported", name + "_total_ns", sum(truth), trial.stored[name + "_total_ns"],
                  ALLOWED * sum(truth) + one * max(truth))
        table.row("unreported", name + "_max_ns", max(truth), trial.stored[name + "_max_ns"],
                  one * JOURNAL)
    table.row("unreported", "pause_count", 0, trial.stored["pause_count"])
    curves(table, "unreported", trial, [(a, b - waited) for a, b, waited in timed])


def latency(table):
    """A stall keeps the thread that makes the load. No request that was due meanwhile may end before
    it, by the journal's reading of the clock; the percentiles are those of all requests."""
    trial = Trial("unreported", "-t", "1",
                  workload="server:rate=2000,duration_ms=3000,live=1MiB,parts=50")
    late, early, longest = 0, 0, 0
    for begin, end, _ in trial.timed("stall"):
        for due, took in trial.requests:
            if begin <= due < end:
                late += 1
                early += due + took < end
                longest = max(longest, end - due)
    assert late > 10, "only %d requests were due in a stall" % late
    table.row("unreported, server", "request_count", 6000, trial.stored["request_count"])
    table.row("unreported, server",
              "of %d requests due in a stall, those that ended before it did" % late, 0, early)
    table.row("unreported, server", "longest wait for the end of a stall that is in no latency", 0,
              max(0, longest - trial.stored["latency_max_ns"]))
    latencies = [took for _, took in trial.requests]
    for name, percent in (("50", 50), ("90", 90), ("99", 99), ("999", 99.9)):
        table.row("unreported, server", "latency_p%s_ns" % name,
                  recompute.percentile(latencies, percent), trial.stored["latency_p%s_ns" % name])


def helper(table):
    trial = Trial("helper", "-t", "1")
    bursts = [(a - trial.start, b - trial.start, c) for a, b, c in trial.entries("burst")]
    whole = sum(c for a, b, c in bursts if a >= 0 and b <= trial.length)
    # One that is under way at the end is counted in part.
    crossing = sum(c for a, b, c in bursts if a < trial.length < b or a < 0 < b)
    assert len(bursts) > 20, "only %d bursts" % len(bursts)
    table.row("helper", "collector_cpu_ns, of its thread", whole, trial.stored["collector_cpu_ns"],
              ALLOWED * whole + crossing)
    table.row("helper", "collector_threads_cpu_ns, as it is the collector's own", whole,
              trial.stored["collector_threads_cpu_ns"], ALLOWED * whole + crossing)
    table.row("helper", "pause_count", 0, trial.stored["pause_count"])


class Rivals:
    """Others that want the processor that this thread and its children are bound to, so that time
    and CPU time differ."""

    def __enter__(self):
        self.allowed = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {max(self.allowed)})
        self.processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"])
                          for _ in range(2)]

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
            process.wait()
        os.sched_setaffinity(0, self.allowed)


def releases(table):
    with Rivals():
        trial = Trial("releases", "-t", "1", "--pin", "none", workload="churn:rounds=3000000")
    work = trial.timed("work")
    lengths = [b - a for a, b, _ in work]
    used = sum(c for _, _, c in work)
    assert len(work) > 20, "only %d releases and sweeps" % len(work)
    assert sum(lengths) > 1.2 * used, "nobody else wanted the processor"
    table.row("releases, with rivals", "release_count", len(work), trial.stored["release_count"])
    table.row("releases, with rivals", "release_total_ns", sum(lengths),
              trial.stored["release_total_ns"])
    table.row("releases, with rivals", "release_max_ns", max(lengths),
              trial.stored["release_max_ns"])
    table.row("releases, with rivals", "collector_cpu_ns", used, trial.stored["collector_cpu_ns"])
    # The mutator's CPU is noted where the work begins, so what lies before the first of them and
    # behind the last is known by what lies between two.
    noted = [b for a, b, _ in trial.entries("thread") if 0 <= a - trial.start <= trial.length]
    between = [b - a - c for a, b, (_, _, c) in zip(noted, noted[1:], work)]
    table.row("releases, with rivals", "mutator_cpu_ns", sum(between), trial.stored["mutator_cpu_ns"],
              ALLOWED * sum(between) + 2 * max(between))
    table.row("releases, with rivals", "other_threads_cpu_ns, of which there are none, as a share",
              0, trial.stored["other_threads_cpu_ns"] / trial.stored["mutator_cpu_ns"], ALLOWED)
    table.row("releases, with rivals", "pause_count", 0, trial.stored["pause_count"])


def counts(table):
    trial = Trial("counts", "-t", "1")
    noted = [(b, c) for a, b, c in trial.entries("counts")
             if trial.start <= a <= trial.start + trial.length]
    assert len(noted) > 20, "only %d times" % len(noted)
    table.row("counts", "increments", sum(b for b, _ in noted), trial.stored["increments"])
    table.row("counts", "decrements", sum(c for _, c in noted), trial.stored["decrements"])


def leak(table):
    trial = Trial("leak", "-t", "1")
    made = trial.entries("allocated")[0][0]
    table.row("leak", "census_bytes", made, trial.stored["census_bytes"])
    table.row("leak", "census_unreachable_bytes", made, trial.stored["census_unreachable_bytes"])
    live = [(a - trial.start, b) for a, b, _ in trial.entries("live")]
    timed = [b for a, b in live if 0 <= a <= trial.length]
    # All that is made stays, so over allocation it grows evenly from the first byte to the last.
    table.row("leak", "unreclaimed_mean_bytes", (timed[0] + timed[-1]) / 2,
              trial.stored["unreclaimed_mean_bytes"])
    points = trial.curves["live_bytes"]
    wrong = 0
    for i, (x, y) in enumerate(points):
        end = points[i + 1][0] if i + 1 < len(points) else float("inf")
        least = max([b for a, b in live if a <= x], default=0)
        most = min([b for a, b in live if a >= end], default=made)
        wrong += not least <= y <= most
    table.row("leak", "curve live_bytes: points of %d that were never there" % len(points), 0, wrong)


def over_allocation(notes, place):
    """The mean between the first and the last of them, by straight lines."""
    area = sum((a[place] + b[place]) / 2 * (b[0] - a[0]) for a, b in zip(notes, notes[1:]))
    return area / (notes[-1][0] - notes[0][0])


def varint(data, at):
    number, shift = 0, 0
    while True:
        byte, at = data[at], at + 1
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return number, at


def reachable(path, timed):
    """Bytes that one thread has alive, as a mean over its last `timed` allocations, by a recording
    (plugins/kit/recording.h) of objects of one size."""
    with open(path, "rb") as file:
        data = file.read()
    threads, length = struct.unpack_from("=II", data, 12)
    assert threads == 1
    allocations, total, deaths = struct.unpack_from("=QQQ", data, 20 + length)
    at, when, alive, first = 44 + length, 0, 0, allocations - timed
    for _ in range(deaths):
        more, at = varint(data, at)
        age, at = varint(data, at)
        when += more
        alive += max(0, when - max(when - age + 1, first))
    size = total // allocations
    assert total == size * allocations, "objects are of several sizes"
    assert deaths == allocations, "some live to the end"
    return alive * size / timed


def mebibytes(shown):
    number, unit = shown.replace("&minus;", "-").split()
    return float(number) * {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}[unit]


def drag(table):
    """Beside the oracle, to the report's own table."""
    heapmark, plugin = sys.argv[1:3]
    work = "queue:rounds=2000000,string_bytes=24"
    with tempfile.TemporaryDirectory() as folder:
        Trial.run([heapmark, "run", "-q", "-n", "1", "-w", work, "-t", "1", "--no-warm-up", "-c",
                   "oracle,drag=" + plugin + "/drag:step=4MiB,length=12000", "--db", folder + "/db"],
                  folder)
        Trial.run([heapmark, "report", "--db", folder + "/db", "--out", folder + "/page.html"], folder)
        Trial.run([heapmark, "trial", "-c", "oracle", "-w", work, "-t", "1", "--no-warm-up",
                   "--recording", folder + "/recording"], folder)
        rows = trials_of(folder + "/db")
        journal = journal_of(folder + "/journal")
        with open(folder + "/page.html") as file:
            page = re.search(r"<caption>Bytes held beyond.*?</table>", file.read(), re.S).group(0)
        alive = reachable(folder + "/recording", rows["oracle"]["objects_allocated"])
    notes = [entry[1:] for entry in journal if entry[0] == "drag"]
    assert len(notes) > 12, "only %d steps" % len(notes)
    held, unreclaimed = over_allocation(notes, 1), over_allocation(notes, 2)
    table.row("drag", "held_mean_alloc_bytes", held, rows["drag"]["held_mean_alloc_bytes"])
    table.row("drag", "unreclaimed_mean_bytes", unreclaimed, rows["drag"]["unreclaimed_mean_bytes"])
    table.row("drag", "reachable_mean_bytes of the oracle, by its recording", alive,
              rows["oracle"]["reachable_mean_bytes"])
    shown = re.findall(r'<td class="n">([^<]*)</td>', page)
    names = ("reachable", "unreclaimed", "held", "drag")
    for name, truth, told in zip(names, (alive, unreclaimed, held, held - alive), shown):
        table.row("drag", "report: " + name, truth, mebibytes(told))
    table.row("drag", "report: drag over reachable", (held - alive) / alive, float(shown[4]))
    made = (notes[-1][0] - notes[0][0]) / (1 << 20)
    table.row("drag", "report: area in MiB x MiB", (held - alive) / (1 << 20) * made, float(shown[5]))


PAGE = 4096
TICK, OFFERED_MS, EDGE = 100000000, 4000, 10000000  # ns, ms, ns


def deficit(table):
    """Ticks whose time was over while the mutator was held up are lost, and no others. One that is
    over within EDGE of a stall's end may be lost to the rest of the work."""
    offer = 16 << 20
    trial = Trial("asleep:length=370000", "-t", "1", workload="offered:offer=%d,duration_ms=%d,"
                  "tick_us=%d,live=64KiB" % (offer, OFFERED_MS, TICK // 1000))
    ticks = OFFERED_MS * 1000000 // TICK
    lost, edges, stalls = 0, 0, 0
    for begin, end, _ in trial.timed("stall"):
        under_way, over = begin // TICK, min(end // TICK, ticks - 1)
        lost += max(0, over - under_way - 1)
        edges += max(begin % TICK, end % TICK) > TICK - EDGE
        stalls += 1
    assert lost > 5, "only %d ticks were lost in %d stalls" % (lost, stalls)
    each = trial.stored["offered_bytes"] / ticks
    table.row("deficit", "offered_bytes", offer * OFFERED_MS / 1000, trial.stored["offered_bytes"])
    table.row("deficit", "deficit_bytes, of %d stalls; %d within reach of a border" % (stalls, edges),
              lost * each, trial.stored["deficit_bytes"], edges * each)
    table.row("deficit", "deficit_share", lost / ticks, trial.stored["deficit_share"], edges / ticks)


def smallest(table):
    heapmark, plugin = sys.argv[1:3]
    for least in (1234567, 50000000, 300000000):
        with tempfile.TemporaryDirectory() as folder:
            told = Trial.search(["minheap", "-w", "churn:rounds=1000,live=100", "-c",
                                 "%s/needs:least=%d" % (plugin, least)], folder)
            limits = [(a, b) for journal in told["journals"] for word, a, b, _ in journal]
        found = told["heap_bytes"]
        weight = "needs, %d bytes" % least
        table.row(weight, "heap_bytes", least, found, 0.02 * least + PAGE)
        table.row(weight, "bytes that it is below what is needed", 0, max(0, least - found))
        table.row(weight, "too_small: the greatest heap that was tried in vain", found,
                  max(limit for limit, enough in limits if not enough), 0.02 * found + PAGE)


def passing_rate(took, length, bound):
    """The rate at which the 99th percentile of requests at even times, done one after the other in
    so long each, passes the bound."""
    low, high = 1.0, 1e5
    while high > low * 1.0001:
        rate = (low * high) ** 0.5
        free, latencies = 0.0, []
        for i in range(int(rate * length / 1e9)):
            due = i * 1e9 / rate
            free = max(free, due) + took[i % len(took)]
            latencies.append(free - due)
        kept = recompute.percentile(latencies, 99) <= bound
        low, high = (rate, high) if kept else (low, rate)
    return low


class Served:
    """A trial of a search: its rate, when its requests were due, and when by the journal each was
    begun and done, all from the beginning of the timed part."""

    def __init__(self, row, packed, start, journals):
        self.rate = row["request_rate"]
        self.told = row["latency_p99_ns"]
        self.due = [due for due, _ in unpack(packed)]
        within = [[(a - start, b - start) for word, a, b, _ in journal
                   if word == "served" and start <= a <= start + row["wall_ns"]]
                  for journal in journals]
        # What follows the requests is the workload's last look at what it has.
        self.served = max(within, key=len)[:len(self.due)]
        assert len(self.served) == len(self.due), (len(self.served), len(self.due))

    def p99(self):
        return recompute.percentile([end - due for due, (_, end) in zip(self.due, self.served)], 99)

    def took(self):
        """From one beginning to the next where that one waited, so that what is not the service is
        in it."""
        return [after - begin if due < end else end - begin for (begin, end), due, (after, _) in
                zip(self.served, self.due[1:], self.served[1:])]


def critical(table):
    """Requests that are served asleep for a known time, one after the other."""
    heapmark, plugin = sys.argv[1:3]
    length, bound = 500000000, 25000000  # ns
    with tempfile.TemporaryDirectory() as folder:
        told = Trial.search(["maxrate", "--bound", "25ms", "--tries", "1", "--dispatch", "table", "-w",
                             "server:rate=300,arrivals=even,duration_ms=500,live=4KiB,parts=1,"
                             "part_bytes=16,outliving=1", "-c", plugin + "/serve:length=2000"], folder)
        database = sqlite3.connect(folder + "/db")
        database.row_factory = sqlite3.Row
        rows = database.execute("SELECT * FROM trials JOIN requests ON trial_id = trials.id").fetchall()
        trials = [Served(row, row["packed"], timed_part(heapmark, folder + "/db", row["id"])[0],
                         told["journals"]) for row in rows]
    kept = [trial.rate for trial in trials if trial.p99() <= bound]
    over = [trial.rate for trial in trials if trial.p99() > bound]
    near = sum(abs(trial.p99() / bound - 1) < 0.05 for trial in trials)
    table.row("serve", "of %d rates, those judged otherwise; %d within 5 %% of the bound" %
              (len(trials), near), 0, abs(len(over) - sum(t.told > bound for t in trials)), near)
    table.row("serve", "kept, by the journals' p99", max(kept), told["kept"], near * max(kept) * 0.05)
    table.row("serve", "over, by the journals' p99", min(over), told["over"], near * min(over) * 0.05)
    rates = sorted(passing_rate(trial.took(), length, bound) for trial in trials)
    middle = rates[len(rates) // 2]
    table.row("serve", "kept, by the times of service, from %.4g to %.4g" % (rates[0], rates[-1]),
              middle, told["kept"], 0.05 * middle + rates[-1] - rates[0])
    table.row("serve", "over, by the times of service", middle, told["over"],
              0.05 * middle + rates[-1] - rates[0])


def footprint(table):
    trial = Trial("footprint", "--no-stamps", "-t", "1")
    held = [(a - trial.start, b) for a, b, _ in trial.entries("held")]
    before = [b for a, b in held if a <= 0]
    steps = [(0, before[-1] if before else 0)] + [(a, b) for a, b in held if 0 < a < trial.length]
    ends = [a for a, _ in steps[1:]] + [trial.length]
    mean = sum(b * (end - a) for (a, b), end in zip(steps, ends)) / trial.length
    peak = max(b for _, b in held)
    # One step of the curve and the time between two looks decide how well a mean is known.
    gap = max(b[0] - a[0] for a, b in zip(trial.curves["held_bytes"], trial.curves["held_bytes"][1:]))
    table.row("footprint", "held_peak_bytes", peak, trial.stored["held_peak_bytes"])
    table.row("footprint", "held_mean_bytes", mean, trial.stored["held_mean_bytes"])
    # A run of 4 MiB counts as held before it is written to.
    table.row("footprint", "footprint_peak_bytes", peak, trial.stored["footprint_peak_bytes"],
              ALLOWED * peak + (4 << 20))
    points = trial.curves["held_bytes"]
    ends[-1] = float("inf")  # the last look comes after the end
    wrong = 0
    for i, (x, y) in enumerate(points):
        end = points[i + 1][0] if i + 1 < len(points) else trial.length + gap
        there = {b for (a, b), until in zip(steps, ends) if a <= end and until >= x}
        wrong += y not in there and not min(there) <= y <= max(there)
    table.row("footprint", "curve held_bytes: points of %d that were never held" % len(points), 0,
              wrong)
    resident(table, trial, steps, ends, gap, peak)


def resident(table, trial, steps, ends, gap, peak):
    """What is held is resident once it is written to: a step may be half way there."""
    points = trial.curves["resident_bytes"]
    wrong = 0
    for i, (x, y) in enumerate(points):
        end = points[i + 1][0] if i + 1 < len(points) else trial.length + gap
        places = [k for k, ((a, _), until) in enumerate(zip(steps, ends)) if a <= end and until >= x]
        least = min(steps[k][1] for k in places + [max(places[0] - 1, 0)])
        most = max(steps[k][1] for k in places + [max(places[0] - 1, 0)])
        wrong += not least - (4 << 20) - ALLOWED * peak <= y <= most + ALLOWED * peak
    table.row("footprint", "curve resident_bytes: points of %d that were never there" % len(points),
              0, wrong)


def barrier(table):
    arguments = ("-t", "1", "--instructions", "--dispatch", "table")
    workload = "queue:rounds=1000"
    weighed = Trial("barrier", *arguments, workload=workload)
    plain = Trial("leak", *arguments, workload=workload)
    times, each, _ = weighed.entries("barriers")[0]
    table.row("barrier", "counted_instructions, more than without it", times * each,
              weighed.stored["counted_instructions"] - plain.stored["counted_instructions"])
    workload = "set"
    weighed = Trial("barrier", *arguments, workload=workload)
    plain = Trial("leak", *arguments, workload=workload)
    table.row("barrier", "instructions_per_operation of set, more than without it", each,
              weighed.stored["instructions_per_operation"] -
              plain.stored["instructions_per_operation"])


def steps(table):
    """The work is the same each time, so how much of it lies in the timed part is known by a trial
    whose clock is not slow."""
    arguments, workload = ("-t", "1", "--dispatch", "table"), "churn:rounds=1000000"
    trial = Trial("steps", *arguments, workload=workload)
    done = [b for a, b, _ in trial.entries("steps") if trial.start <= a <= trial.start + trial.length]
    assert len(done) > 10, "only %d releases and sweeps" % len(done)
    counted = Trial("steps", "--instructions", *arguments, workload=workload)
    table.row("steps", "counted_collector_instructions, of releases and sweeps", sum(done),
              counted.stored["counted_collector_instructions"])


WEIGHTS = {"pauses": pauses, "unreported": unreported, "latency": latency, "helper": helper,
           "releases": releases, "counts": counts, "leak": leak, "footprint": footprint, "barrier": barrier,
           "steps": steps, "drag": drag, "deficit": deficit, "smallest": smallest, "critical": critical}


def main():
    table = Table()
    print("| weight | metric | truth | told | error |\n| --- | --- | --- | --- | --- |")
    for weight in sys.argv[3:] or WEIGHTS:
        WEIGHTS[weight](table)
    sys.exit(table.bad > 0)


if __name__ == "__main__":
    main()
