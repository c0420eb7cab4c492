# SPDX-License-Identifier: MIT
#
# docs/command-line.md as manual pages: heapmark.1 of what stands before the first command, and
# heapmark-COMMAND.1 of each section `## heapmark COMMAND`. Variables: `out`, a folder, and
# `version`. Of Markdown just what that page uses.

function plain(text)
{
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    return text
}

# Appends: what awk's gsub would take for special is put together by hand.
function marked(text,    result, at, c, code, bold, slant, place, word)
{
    result = ""
    code = bold = slant = 0
    for (at = 1; at <= length(text); at++) {
        c = substr(text, at, 1)
        if (!code && c == "[" && match(substr(text, at), /^\[[^\]]*\]\([^)]*\)/)) {
            word = substr(text, at + 1, RLENGTH - 1)
            place = index(word, "](")
            result = result marked(substr(word, 1, place - 1))
            at += RLENGTH - 1
        } else if (c == "\\" && substr(text, at + 1, 1) == "|") {
            continue
        } else if (c == "`") {
            code = !code
            result = result (code ? "\\fB" : "\\fP")
        } else if (!code && substr(text, at, 2) == "**") {
            bold = !bold
            result = result (bold ? "\\fB" : "\\fP")
            at++
        } else if (!code && c == "*" && (slant || substr(text, at + 1, 1) != " ")) {
            slant = !slant
            result = result (slant ? "\\fI" : "\\fP")
        } else if (c == "-")
            result = result "\\-"
        else if (c == "\\")
            result = result "\\e"
        else
            result = result c
    }
    return result
}

function emit(line)
{
    if (line ~ /^[.']/)
        line = "\\&" line
    print line > file
}

# A line of a request and its text.
function request(name, text)
{
    print name (text != "" ? " " text : "") > file
}

function begin(name, summary)
{
    if (file != "")
        finish()
    file = out "/" name ".1"
    request(".TH", "\"" plain(toupper(name)) "\" 1 \"\" \"Heapmark " version "\" \"Heapmark\"")
    request(".SH", "NAME")
    emit(plain(name) " \\- " marked(summary))
    heading = ""
    table = code = 0
}

function finish()
{
    if (code)
        request(".EE")
    code = table = 0
    request(".SH", "SEE ALSO")
    emit(file ~ /\/heapmark\.1$/ ? see_also : "\\fBheapmark\\fP(1)")
    close(file)
}

function cells_of(line,    count, i)
{
    gsub(/\\\|/, SUBSEP, line)
    count = split(line, cells, "|")
    for (i = 1; i <= count; i++) {
        gsub(SUBSEP, "|", cells[i])
        gsub(/^ +| +$/, "", cells[i])
    }
    return count - 2 # before the first bar and behind the last one is nothing
}

function row(line,    count, i)
{
    count = cells_of(line)
    if (!table) {
        table = 1
        for (i = 1; i <= count; i++)
            titles[i] = cells[i + 1]
        return
    }
    if (line ~ /^[-|: ]+$/)
        return
    request(".TP")
    emit(marked(cells[2]))
    for (i = 3; i <= count + 1; i++) {
        if (count > 2 && cells[i] != "")
            request(".br")
        if (cells[i] != "")
            emit((count > 2 ? marked(titles[i - 1]) ": " : "") marked(cells[i]))
    }
}

# First the table of commands is read, for the lines after NAME.
NR == FNR {
    if ($0 ~ /^\| \[`/) {
        cells_of($0)
        name = cells[2]
        gsub(/^\[`|`\].*/, "", name)
        summaries[name] = cells[3]
        see_also = see_also (see_also != "" ? ", " : "") "\\fBheapmark\\-" plain(name) "\\fP(1)"
    }
    next
}

FNR == 1 {
    begin("heapmark", "benchmarks and stress-tests garbage collectors")
    next
}

/^## heapmark / {
    begin("heapmark-" $3, summaries[$3])
    first = 1
    next
}

/^## / {
    if (code)
        request(".EE")
    code = table = 0
    title = $0
    sub(/^## */, "", title)
    request(".SH", marked(toupper(title)))
    heading = title
    next
}

/^    / {
    if (!code) {
        table = 0
        if (heading == "")
            request(".SH", "SYNOPSIS")
        request(".PP")
        request(".EX")
        code = 1
    }
    line = $0
    sub(/^    /, "", line)
    emit(plain(line))
    next
}

/^$/ {
    if (code) {
        request(".EE")
        code = 0
    }
    table = 0
    blank = 1
    next
}

/^!\[/ { next } # a picture

/^\|/ {
    if (heading == "") {
        request(".SH", "DESCRIPTION")
        heading = "DESCRIPTION"
    }
    row($0)
    blank = 0
    next
}

{
    if (heading == "") {
        request(".SH", "DESCRIPTION")
        heading = "DESCRIPTION"
    } else if (blank)
        request(".PP")
    blank = 0
    emit(marked($0))
}

END { finish() }
