# SPDX-License-Identifier: MIT
#
# Who may include whom. Reads sources named relative to the root of the tree, prints
# "FILE:LINE: what is wrong" for each include that crosses a wall, and exits 1 if there was one.
# The variable `plugins` holds the names of the folders in plugins/.

BEGIN {
    # The harness, floor by floor: a floor includes itself and lower rows.
    row["base"] = 0
    row["statistics"] = row["store"] = 1
    row["plugin"] = row["topology"] = row["gbench"] = row["measure"] = 2
    row["trial"] = 3
    row["suite"] = 4
    row["check"] = row["report"] = 5
    row["learn"] = 6
    row["command"] = 7
    row["main.c"] = 8
    # Arrows between floors of one row, "from to": none is needed so far.

    # The calibration is `none` with a weight, and nothing that could be measured by itself.
    plugin_arrow["plugins/calibration plugins/none"] = 1

    # A library belongs to one floor, which hides it behind its own header.
    library["benchmark"] = "gbench"
    library["hwloc.h"] = library["hwloc"] = "topology"
    library["sqlite3.h"] = "store"
    library["yaml.h"] = "suite"

    # The contract and workloads need C's own library only. Workloads wait through the workload
    # interface and land where the harness says: no threads, signals or jumps of their own.
    split("assert ctype errno float inttypes limits math stdalign stdarg stdatomic stdbool " \
          "stddef stdint stdio stdlib string time", names, " ")
    for (i in names)
        c_library[names[i] ".h"] = 1

    split(plugins, names, " ")
    for (i in names)
        is_plugin[names[i]] = 1
    is_plugin["kit"] = 1
}

function report(text)
{
    printf "%s:%d: %s\n", FILENAME, FNR, text
    bad = 1
}

function exists(path,    line, found)
{
    found = (getline line < path) >= 0
    close(path)
    return found
}

# Where an included name leads: "include", "workloads", "plugins/NAME", "harness/FLOOR", "tests",
# "system", or "nowhere".
function destination(name, quoted,    first)
{
    if (name ~ /^(plugins|harness|include)\//)
        sub(/^[a-z]+\//, "", name)
    first = name
    sub(/\/.*/, "", first)
    if (first == name) {
        if (!quoted)
            return "system"
        return exists(folder "/" name) ? own : "nowhere"
    }
    if (first == "heapmark")
        return "include"
    if (first == "workloads" || first == "tests")
        return first
    if (first in is_plugin)
        return "plugins/" first
    if (first in row)
        return "harness/" first
    return quoted ? "nowhere" : "system"
}

function floor_may(from, to)
{
    return from == to || row[to] < row[from] || ((from " " to) in arrow)
}

function check(name, quoted,    to, first)
{
    if (name ~ /(^|\/)\.\.\// || name ~ /^\//) {
        report("includes \"" name "\" by a path that leaves its folder")
        return
    }
    to = destination(name, quoted)
    first = name
    sub(/\/.*/, "", first)
    if (to == "nowhere")
        report("includes \"" name "\", which is neither in its folder nor known by its path")
    else if (to == "system") {
        if ((house == "include" && !(first in c_library) && name != "setjmp.h") ||
            (house == "workloads" && !(first in c_library)))
            report(house "/ may use C's own library only, not <" name ">")
        else if ((first in library) && own != "harness/" library[first])
            report("<" name "> belongs to harness/" library[first] "/")
    } else if (to == own || to == "include")
        return
    else if (house == "harness" && to ~ /^harness\//) {
        if (!floor_may(floor, substr(to, 9)))
            report("harness/" floor " must not include " to ": only floors below it")
    } else if (!(house == "plugins" && (to == "plugins/kit" || ((own " " to) in plugin_arrow))))
        report(own " must not include " to)
}

FNR == 1 {
    count = split(FILENAME, part, "/")
    house = part[1]
    folder = FILENAME
    if (!sub(/\/[^\/]*$/, "", folder))
        folder = "."
    floor = part[2]
    own = (house == "plugins" || house == "harness") ? house "/" part[2] : house
    walled = house == "include" || house == "workloads" || house == "plugins" || house == "harness"
    if (house == "harness" && !(floor in row))
        report("harness/" floor " is no floor of the house: give it a row in include_walls.awk")
    if (FILENAME ~ /\.(cc|cpp|cxx|hh|hpp|hxx)$/ && own != "harness/gbench")
        report("C++ lives in harness/gbench/ only")
}

walled && /^[ \t]*#[ \t]*include/ {
    text = $0
    sub(/^[ \t]*#[ \t]*include(_next)?[ \t]*/, "", text)
    if (text ~ /^<[^>]+>/) {
        sub(/^</, "", text)
        sub(/>.*/, "", text)
        check(text, 0)
    } else if (text ~ /^"[^"]+"/) {
        sub(/^"/, "", text)
        sub(/".*/, "", text)
        check(text, 1)
    } else if (!(FILENAME == "include/heapmark/mutator.h" && text ~ /^HEAPMARK_MUTATOR/))
        report("only include/heapmark/mutator.h includes by macro")
}

END {
    exit bad
}
