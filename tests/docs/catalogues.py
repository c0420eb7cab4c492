#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# The catalogues of collectors and workloads name what the program lists, no more and no less: each
# collector with its variants, options and the author that it is after; each workload with what is
# alive and made by the program's own word.
#
#   catalogues.py HEAPMARK DOCS
#   catalogues.py HEAPMARK DOCS --plant   what is missing, or too much, is found
import json
import re
import subprocess
import sys


def ask(heapmark, *words):
    return subprocess.run([heapmark, *words], check=True, stdout=subprocess.PIPE).stdout.decode()


def sections(text):
    """Of each heading of a name in backticks, what stands below it."""
    return dict(re.findall(r"^## `([a-z-]+)`\n(.*?)(?=^## |\Z)", text, re.M | re.S))


def surname(source):
    """Of "J. McCarthy, Recursive ..." or "Hertz and Berger, ..."; '' where it names nobody."""
    found = re.match(r"(?:[A-Z]\.(?:-[A-Z]\.)? ?)*([A-Z]\w+)(?:,| and )", source)
    return found.group(1) if found else ""


def check_collectors(text, listed):
    known = sections(text)
    for collector in listed:
        if "variants" not in collector:
            continue  # left out of this build: its page stays
        name, section = collector["name"], known.get(collector["name"])
        if section is None:
            yield "collectors.md has no %s" % name
            continue
        names = [v["name"] for v in collector["variants"]] + [o["name"] for o in
                                                             collector["options"]]
        for wanted in names:
            if "`%s`" % wanted not in section:
                yield "collectors.md: %s has no `%s`" % (name, wanted)
        if surname(collector["source"]) not in section:
            yield "collectors.md: %s does not name %s" % (name, surname(collector["source"]))
        if "../plugins/%s/README.md" % name not in section:
            yield "collectors.md: %s does not lead to its README" % name
    for name in set(known) - {collector["name"] for collector in listed}:
        yield "collectors.md: there is no %s" % name


def check_workloads(text, listed, explained):
    known, rows = sections(text), {}
    for line in text.splitlines():
        row = re.match(r"\| \[`([a-z-]+)`\]\(#\1\) \| (.+) \| ([^|]+) \| ([^|]+) \|$", line)
        if row:
            rows[row.group(1)] = row.groups()[1:]
    for workload in listed:
        name = workload["name"]
        said = re.search(r"At the most (.+?) are alive, and (.+?) are made in all",
                         " ".join(explained[name].split())).groups()
        if name not in known:
            yield "workloads.md has no %s" % name
        stresses, alive, made = rows.get(name, ("", "", ""))
        if (alive, made.replace(" an operation", "")) != said:
            yield "workloads.md: of %s are %s alive and %s made, and not '%s' and '%s'" % (
                name, *said, alive, made)
        if stresses != workload["stresses"]:
            yield "workloads.md: %s loads: %s" % (name, workload["stresses"])
    for name in (set(known) | set(rows)) - {workload["name"] for workload in listed}:
        yield "workloads.md: there is no %s" % name


def read(docs, name):
    with open("%s/%s" % (docs, name), encoding="utf-8") as file:
        return file.read()


def main():
    heapmark, docs = sys.argv[1:3]
    collectors = json.loads(ask(heapmark, "list", "collectors", "--json"))
    workloads = json.loads(ask(heapmark, "list", "workloads", "--json"))
    explained = {w["name"]: ask(heapmark, "explain", w["name"]) for w in workloads}
    texts = read(docs, "collectors.md"), read(docs, "workloads.md")

    def faults(of_collectors, of_workloads):
        return list(check_collectors(of_collectors, collectors)) + list(
            check_workloads(of_workloads, workloads, explained))
    if "--plant" in sys.argv:
        for words, replaced, by in (("has no refcount", "## `refcount`\n", "## Other\n"),
                                    ("has no `threshold`", "`threshold`", "threshold"),
                                    ("does not name Cheney", "Cheney", "Cheyne"),
                                    ("there is no lost", "## `none`", "## `lost`\n\n## `none`")):
            found = faults(texts[0].replace(replaced, by), texts[1])
            assert any(words in fault for fault in found), "%s: %s" % (words, found)
        for words, replaced, by in (("of lru are", "| 117 MiB |", "| 118 MiB |"),
                                    ("has no lru", "## `lru`", "## lru"),
                                    ("there is no lost", "## `lru`", "## `lost`\n\n## `lru`"),
                                    ("lru loads", "stores into old objects, counts", "counts")):
            found = faults(texts[0], texts[1].replace(replaced, by))
            assert any(words in fault for fault in found), "%s: %s" % (words, found)
        print("catalogues: 8 planted faults are found")
        return 0
    found = faults(*texts)
    for fault in found:
        print(fault, file=sys.stderr)
    assert len(collectors) > 5 and len(workloads) > 10
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
