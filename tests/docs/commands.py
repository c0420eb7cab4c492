# SPDX-License-Identifier: MIT
"""The commands that texts tell their readers to type: lines of blocks in ```sh, and of indented
blocks those that begin with a program."""
import re
from collections import namedtuple

Command = namedtuple("Command", "page line block text")

PROGRAM = re.compile(r"(?:[A-Z_]+=\S+ +)*"
                     r"(?:heapmark |(?:build|scripts|tests|/usr)/\S+|"
                     r"(?:cc|cmake|cp|ctest|curl|cd|gcc|gdb|git|make|mkdir|mv|npm|perf|python3?|sed|"
                     r"sqlite3|sudo|systemd-run|valgrind) )")


def strip_comment(line):
    return re.sub(r"\s+#(\s.*)?$", "", line).strip()


def lines_of(text):
    """(number, block, kind, line): kind is the language of a fence, or 'indented', or ''."""
    fence, block, before = None, 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        mark = re.match(r"\s*```(\w*)", line)
        if mark:
            fence = (mark.group(1) or "text") if fence is None else None
            block += 1
            yield number, block, "", ""
            continue
        indented = fence is None and line.startswith("    ") and line.strip() != ""
        if indented and not before.startswith("    "):
            block += 1
        before = line
        yield number, block, fence or ("indented" if indented else ""), line


def joined(lines):
    """What a backslash continues is one line."""
    begun = None
    for number, block, kind, line in lines:
        line = strip_comment(line)
        if begun is not None:
            number, line = begun[0], begun[1] + line
            begun = None
        if kind and line.endswith("\\"):
            begun = number, line[:-1]
        else:
            yield number, block, kind, line


def commands_of(page, text):
    """In their order."""
    return [Command(page, number, block, line) for number, block, kind, line in
            joined(lines_of(text))
            if line and (kind == "sh" or (kind == "indented" and PROGRAM.match(line)))]


def blocks_of(text, language):
    """The blocks of one language, each as a text."""
    blocks = {}
    for _, block, kind, line in lines_of(text):
        if kind == language:
            blocks.setdefault(block, []).append(line)
    return ["\n".join(lines) + "\n" for lines in blocks.values()]
