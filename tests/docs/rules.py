# SPDX-License-Identifier: MIT
"""What becomes of each command of the documentation when it is tried. A command that no rule knows
is run as it stands, with its work made small.

  never      it is not run, for the reason that stands there
  slow       it is run by the slow test only
  edits      what is put in another's place first; an edit that changes nothing is a mistake
  in_full    edits of the slow test, which runs work as large as it stands; None: as it stands
  status     what it may end with: a verdict is one too
  needs      what must succeed in a shell, or it cannot be run here
"""
from collections import namedtuple

Rule = namedtuple("Rule", "pattern never slow edits in_full status needs",
                  defaults=("", False, (), None, (0,), None))

# Work that is done in some milliseconds; options that stand in a command come last and count.
SMALL = {
    "binary-trees": "depth=6,iterations=4",
    "churn": "live=400,young=50,rounds=2000",
    "gcbench": "long_depth=8,most_depth=8,array=1000",
    "lru": "capacity=500,keys=2000,requests=5000",
    "rings": "live=200,rounds=2000",
    "server": "duration_ms=100,live=1MiB",
}


def put(option):
    """An option behind the name of the command."""
    return (r"heapmark ([a-z-]+)", r"heapmark \1 " + option)


PLANNED = (put("--dry-run"),)
ONCE = (put("-n 1"),)
BRIEF = (put("--time 1s --programs 4"),)

# What the README does by sed and a guide asks for in words.
LISTED = ("grep -q 'plugin mine' plugins/CMakeLists.txt || "
          "sed -i 's/foreach(plugin none/foreach(plugin mine none/' plugins/CMakeLists.txt; ")

RULES = [
    # ---- not to be run ----
    Rule(r"heapmark .*\[.*\.\.\.\].*", never="says what may be given, and is no command"),
    Rule(r"heapmark (explain NAME|compare A B|trial --plugin FILE .*)",
         never="says what must be given, and is no command"),
    Rule(r"heapmark program 1", never="the first line of a program's file"),
    Rule(r"scripts/(bench|test)\.sh.*", never="installs packages and builds everything, as "
         "continuous integration does with it"),
    Rule(r"scripts/fuzz\.sh.*|HEAPMARK_FUZZ_PRINT=.*", never="needs clang's libFuzzer, a build of "
         "its own, and a find"),
    Rule(r"cmake -B build -DCMAKE_PREFIX_PATH=PREFIX .*", never="tests/install builds such a "
         "plugin against an installed Heapmark"),
    Rule(r"build/release/tests/bin/check_speed .*", never="measures for minutes; CTest runs it "
         "as bench/check_speed"),
    Rule(r"tests/calibration/calibrate\.py .*", never="measures for minutes; CTest runs its checks "
         "as calibration/"),

    # ---- a run: planned by the quick test, tried once by the slow one ----
    Rule(r".*heapmark run (quick|\./nightly\.yaml|-c refcount/plain) .*|heapmark run quick",
         edits=PLANNED, in_full=ONCE),
    Rule(r"HEAPMARK_CALIBRATION_LOG=.*", edits=ONCE + ((r"/tmp/journal", r"journal"),),
         in_full=ONCE + ((r"/tmp/journal", r"journal"),)),
    Rule(r"heapmark run latency", edits=PLANNED, in_full=PLANNED),
    Rule(r"heapmark run .*--machine-memory.*", edits=PLANNED, in_full=PLANNED),
    Rule(r"heapmark run .*jq .*", needs="command -v jq", edits=ONCE, in_full=ONCE),
    Rule(r".*heapmark run .*", edits=ONCE, in_full=ONCE),

    # Other commands of the page have made runs meanwhile, which are the latest.
    Rule(r".*heapmark compare .*latest.*", edits=((r"latest", r"6"),), status=(0, 1)),
    Rule(r"heapmark compare .* --fail-if-worse .*", status=(0, 1)),

    # ---- searches ----
    Rule(r".*heapmark minheap .*", edits=(put("--tries 1 --precision 20"),)),
    Rule(r".*heapmark maxrate -c mark-sweep -w server:live=64MiB,duration_ms=10000 .*",
         edits=(put("--tries 1 --precision 50"), (r"live=64MiB,duration_ms=10000", r"live=1MiB")),
         in_full=(put("--tries 1 --precision 50"), (r"duration_ms=10000", r"duration_ms=1000"))),
    Rule(r".*heapmark maxrate .*", edits=(put("-w server --tries 1 --precision 50"),),
         in_full=(put("--tries 1 --precision 50"),)),
    Rule(r".*heapmark doctor.*", edits=(put("--listen 10ms"),), status=(0, 1)),

    # ---- checks ----
    Rule(r".*heapmark (check|stress) .*", edits=BRIEF, in_full=(put("--programs 20"),)),
    Rule(r"heapmark replay .* --times 100", edits=((r"--times 100", r"--times 3"),), in_full=()),
    Rule(r"cc .* && gdb \./test", edits=((r" && gdb \./test", r" && ./test"),)),
    Rule(r"valgrind .*", needs="command -v valgrind", slow=True,
         in_full=((r"FILE", r"results/check/mine-default-safety-mix-7.program"),
                  (r"build/release/lib/heapmark-altered/refcount\.so", r"refcount"))),

    # ---- under other programs ----
    Rule(r"gdb --args .*", needs="command -v gdb", edits=((r"--args", r"-batch -ex run --args"),),
         in_full=((r"--args", r"-batch -ex run --args"),)),
    Rule(r"perf record .*", edits=((r"perf record ", r""),), in_full=((r"perf record ", r""),)),
    Rule(r"/usr/share/benchmark/compare\.py .*", needs="test -e /usr/share/benchmark/compare.py && python3 -c 'import scipy'"),
    Rule(r"build/release/tests/bin/plain_counts_mimalloc .*",
         needs="test -x build/release/tests/bin/plain_counts_mimalloc", edits=((r"14 300", r"8 3"),)),
    Rule(r"build/release/tests/bin/event_cost", slow=True),
    Rule(r".*heapmark report --charts .*", needs="command -v gnuplot"),

    # ---- a plugin of one's own ----
    Rule(r"cmake --preset release && cmake --build --preset release", slow=True,
         in_full=((r"^", LISTED),
                  (r"--preset release &&", r"--preset release -B fresh -DHEAPMARK_PAGE_SCRIPT=OFF &&"),
                  (r"--build --preset release",
                   r"--build fresh -j 2 --target heapmark heapmark_plugin_mine"))),
]
