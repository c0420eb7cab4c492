#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# Runs every command that README.md, CONTRIBUTING.md and the guides of docs/ tell their readers to
# type, each page in a folder of its own, in which there is what the page takes to be there: runs in
# a database, a plugin of the reader's, a suite. rules.py says which are made smaller and which are
# not run at all, and why; whatever it does not name must succeed as it stands.
#
#   documented.py SOURCE BUILD            work is made small
#   documented.py SOURCE BUILD --slow     as it stands, where that is a matter of minutes
#   documented.py SOURCE BUILD --plant    a page that must fail does
import glob
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

import commands
import rules

# Long enough for the slowest of machines; what hangs ends.
LIMIT_S = 900


class Broken(Exception):
    pass


def run(text, folder, environment):
    done = subprocess.run(["bash", "-o", "pipefail", "-c", text + "\nstatus=$?\npwd >\"$HERE\"\n"
                           "exit $status"], cwd=folder, env=environment, timeout=LIMIT_S,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout.decode(errors="replace")


# ---- what the pages take to be there ----

MINE = "mark-sweep"  # what the reader's own plugin really is
OPTIONS = "quantum=64", "workers=2"  # an option that the guide's has, and one that this has


def make_folder(source, build, folder):
    """The source as it is cloned, its build, and plugins of the reader's beside them."""
    plugins = os.path.join(build, "lib", "heapmark")
    os.makedirs(folder)
    for name in os.listdir(source):
        if name not in ("build", "plugins", "results", ".git"):
            os.symlink(os.path.join(source, name), os.path.join(folder, name))
    shutil.copytree(os.path.join(source, "plugins"), os.path.join(folder, "plugins"))
    for place in ("build/mine", "before", "after", "own", "results/check"):
        os.makedirs(os.path.join(folder, place))
    os.symlink(build, os.path.join(folder, "build", "release"))
    for place, name in (("build/mine.so", MINE), ("mine.so", MINE), ("own/mine.so", MINE),
                        ("build/mine/refcount.so", "refcount"), ("before/refcount.so", "refcount"),
                        ("after/refcount.so", "refcount")):
        shutil.copy(os.path.join(plugins, name + ".so"), os.path.join(folder, place))


def fill_folder(source, folder, environment):
    """Six runs, of which the last two have labels; a suite and a program as the guides show them."""
    work = "-q -c mark-sweep,refcount -w binary-trees:depth=4,iterations=2 -n 6"
    for label in ("", "", "", "", "--label main", "--label mine"):
        status, said = run("heapmark run %s %s" % (work, label), folder, environment)
        if status != 0:
            raise Broken("cannot make the runs: %s" % said)
    shutil.copy(os.path.join(folder, "results", "heapmark.db"),
                os.path.join(folder, "main-7d2c.db"))
    with open(os.path.join(source, "docs", "suites.md"), encoding="utf-8") as file:
        suite = commands.blocks_of(file.read(), "yaml")[0].replace(*OPTIONS)
    with open(os.path.join(folder, "nightly.yaml"), "w", encoding="utf-8") as file:
        file.write(suite)
    with open(os.path.join(source, "docs", "stress.md"), encoding="utf-8") as file:
        shown = re.search(r"^    heapmark program 1\n(?:    .*\n)+", file.read(), re.M).group(0)
    program = re.sub(r"^    ", "", shown, flags=re.M)
    program = re.sub(r"^collector .*$", "collector %s/mine.so/default" % folder, program, flags=re.M)
    with open(os.path.join(folder, "results", "check", "mine-default-safety-mix-7.program"), "w",
              encoding="utf-8") as file:
        file.write(program)


def environment_of(build, folder):
    environment = dict(os.environ, PATH=os.path.join(build, "bin") + ":" + os.environ["PATH"],
                       HERE=os.path.join(folder, ".here"), TERM="dumb",
                       HEAPMARK_PLUGIN_PATH=os.path.join(folder, "own") + ":" +
                       os.path.join(folder, "fresh", "lib", "heapmark"))
    return environment


# ---- a command ----

def make_small(text):
    """Each workload with parameters under which it is a matter of milliseconds."""
    def small(match):
        names = re.split(r",(?![a-z_]+=)", match.group(2))
        parts = []
        for name in names:
            name, _, given = name.partition(":")
            parameters = [p for p in (rules.SMALL.get(name, ""), given) if p]
            own = {p.split("=")[0] for p in given.split(",")}
            kept = [p for p in parameters[0].split(",") if p.split("=")[0] not in own
                    ] if len(parameters) == 2 else parameters[:1]
            all_of = ",".join(kept + ([given] if len(parameters) == 2 else []))
            parts.append(name + (":" + all_of if all_of else ""))
        return match.group(1) + ",".join(parts)
    return re.sub(r"(-w )(\S+)", small, text)


def rule_of(command, used):
    for number, rule in enumerate(rules.RULES):
        if re.fullmatch(rule.pattern, command.text):
            used.add(number)
            return rule
    return rules.Rule("")


def edit(text, edits):
    for pattern, replacement in edits:
        edited = re.sub(pattern, replacement, text)
        if edited == text:
            raise Broken("%s: the edit of %r changes nothing" % (text, pattern))
        text = edited
    return text


def prepared(command, rule, slow):
    """What is run in its place; None where it is not run, and the reason."""
    if rule.never:
        return None, rule.never
    if rule.slow and not slow:
        return None, "slow"
    if rule.needs and subprocess.run(["sh", "-c", rule.needs], stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL, check=False).returncode != 0:
        return None, "not here: %s" % rule.needs
    edits = rule.in_full if slow and rule.in_full is not None else rule.edits
    text = edit(command.text, edits)
    return (text if slow else make_small(text)), ""


def try_command(command, rule, at, environment, slow):
    """Where the shell stands afterwards."""
    text, why = prepared(command, rule, slow)
    if text is None:
        print("%s:%d: not run (%s): %s" % (command.page, command.line, why, command.text))
        return at
    print("%s:%d: %s" % (command.page, command.line, text), flush=True)
    status, said = run(text, at, environment)
    if status not in rule.status:
        raise Broken("%s:%d: %s\nended with %d:\n%s" % (command.page, command.line, text, status,
                                                       said[-2000:]))
    with open(environment["HERE"], encoding="utf-8") as file:
        return file.read().strip()


def try_page(page, text, folder, environment, used, slow):
    block, at, failed = None, folder, 0
    for command in commands.commands_of(page, text):
        if command.block != block:  # each block begins where the reader began
            block, at = command.block, folder
        try:
            os.chdir(folder)
            at = try_command(command, rule_of(command, used), at, environment, slow)
        except (Broken, subprocess.TimeoutExpired) as broken:
            print(broken, file=sys.stderr)
            failed += 1
    return failed


def try_queries(page, text, folder):
    database = sqlite3.connect(os.path.join(folder, "results", "heapmark.db"))
    queries = commands.blocks_of(text, "sql")
    for query in queries:
        database.execute(query).fetchall()
    return len(queries)


# ---- all ----

def pages_of(source):
    names = ["README.md", "CONTRIBUTING.md"]
    names += sorted(os.path.relpath(path, source) for path in glob.glob(source + "/docs/*.md"))
    names += sorted(os.path.relpath(path, source) for path in glob.glob(source + "/plugins/*/*.md"))
    for name in names:
        with open(os.path.join(source, name), encoding="utf-8") as file:
            yield name, file.read()


def try_all(source, build, scratch, pages, slow):
    used, failed, count, queries = set(), 0, 0, 0
    model = os.path.join(scratch, "model")
    make_folder(source, build, model)
    fill_folder(source, model, environment_of(build, model))
    for number, (page, text) in enumerate(pages):
        here = commands.commands_of(page, text)
        queries += try_queries(page, text, model)
        if not here:
            continue
        folder = os.path.join(scratch, "page%d" % number)
        shutil.copytree(model, folder, symlinks=True)
        failed += try_page(page, text, folder, environment_of(build, folder), used, slow)
        count += len(here)
        shutil.rmtree(folder)
    return used, failed, count, queries


PLANTED = [
    ("a command that fails", "    heapmark lost collectors\n"),
    ("an option that is not there", "```sh\nheapmark list workloads --jsn\n```\n"),
    ("a status that counts", "    heapmark compare 1 77\n"),
    ("a program that is not there", "    build/release/bin/nothing\n"),
]


def plant(source, build, scratch):
    good = "Text.\n\n    heapmark list workloads --json\n\n```sh\nheapmark help   # with words\n```\n"
    used, failed, count, _ = try_all(source, build, os.path.join(scratch, "good"),
                                     [("good.md", good)], False)
    assert (failed, count) == (0, 2), (failed, count)
    for number, (what, text) in enumerate(PLANTED):
        _, failed, _, _ = try_all(source, build, os.path.join(scratch, str(number)),
                                  [("bad.md", good + "\n" + text)], False)
        assert failed == 1, what
    print("documented: %d planted faults are found" % len(PLANTED))


def main():
    source, build = (os.path.realpath(path) for path in sys.argv[1:3])
    mode = sys.argv[3] if len(sys.argv) > 3 else ""
    scratch = tempfile.mkdtemp(prefix="heapmark-docs-")
    try:
        if mode == "--plant":
            plant(source, build, scratch)
            return 0
        used, failed, count, queries = try_all(source, build, scratch, list(pages_of(source)),
                                               mode == "--slow")
    finally:
        os.chdir("/")
        shutil.rmtree(scratch)
    for number, rule in enumerate(rules.RULES):
        if number not in used:
            print("rules.py: nothing is %r any more" % rule.pattern, file=sys.stderr)
            failed += 1
    print("documented: %d commands and %d queries, %d failed" % (count, queries, failed))
    return 1 if failed or not queries else 0


if __name__ == "__main__":
    sys.exit(main())
