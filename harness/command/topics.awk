# SPDX-License-Identifier: MIT
#
# The guides of docs/, as C: what `heapmark help TOPIC` shows, and the charts that
# `heapmark explain CHART` does. Reads the files named, writes to standard output.

# As a C literal of one line. No gsub: awks differ in what a backslash in its replacement is.
function quote(line, newline,    out, i, c)
{
    out = ""
    for (i = 1; i <= length(line); i++) {
        c = substr(line, i, 1)
        if (c == "\\" || c == "\"" || c == "?") # no trigraphs
            c = "\\" c
        else if (c == "\t")
            c = "\\t"
        out = out c
    }
    return "\"" out (newline ? "\\n" : "") "\""
}

BEGIN {
    print "/* SPDX-License-Identifier: MIT\n *\n * Made from docs/ by topics.awk.\n */"
    print "#include \"command/topics.h\"\n"
}

FNR == 1 {
    if (count > 0)
        print "    ;"
    name = FILENAME
    sub(/.*\//, "", name)
    sub(/\.md$/, "", name)
    names[++count] = name
    titles[count] = $0
    sub(/^# */, "", titles[count])
    printf "static const char text_%d[] =\n", count
}

{ print "    " quote($0, 1) }

END {
    print "    ;\n\nconst struct topic topics[] = {"
    for (i = 1; i <= count; i++) {
        printf "    {\"%s\", %s, text_%d},\n", names[i], quote(titles[i], 0), i
    }
    print "};\n\nconst size_t topic_count = sizeof topics / sizeof *topics;"
}
