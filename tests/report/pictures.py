# SPDX-License-Identifier: MIT
"""Charts as files, of a real run: pictures.py HEAPMARK FOLDER"""

import os
import re
import resource
import shutil
import struct
import subprocess
import sys
import xml.etree.ElementTree
import zlib

HEAPMARK, FOLDER = sys.argv[1], os.path.abspath(sys.argv[2])
DATABASE = os.path.join(FOLDER, "run.db")
HOSTILE = "..'$(x)<b>`"


def heapmark(*arguments, status=0, **more):
    done = subprocess.run([HEAPMARK, *arguments], capture_output=True, text=True, cwd=FOLDER, **more)
    assert done.returncode == status, (arguments, done.returncode, done.stderr)
    return done


def charts(kind, folder, status=0, **more):
    done = heapmark("report", "--db", DATABASE, "--charts", folder, "--format", kind, status=status, **more)
    return [os.path.join(FOLDER, line) for line in done.stdout.splitlines()], done.stderr


def read(path):
    with open(path, "rb") as file:
        return file.read()


def chunks(png):
    assert png[:8] == b"\x89PNG\r\n\x1a\n", png[:8]
    at = 8
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at:at + 8])
        yield kind, png[at + 8:at + 8 + length]
        at += 12 + length


def unfilter(lines, stride, pixel):
    """The bytes of the lines, as PNG's five filters had them."""
    before = bytearray(stride)
    for at in range(0, len(lines), stride + 1):
        kind, line = lines[at], bytearray(lines[at + 1:at + 1 + stride])
        for i in range(stride):
            left = line[i - pixel] if i >= pixel else 0
            corner = before[i - pixel] if i >= pixel else 0
            guess = left + before[i] - corner
            nearest = min((left, before[i], corner), key=lambda value: abs(guess - value))
            line[i] = (line[i] + (0, left, before[i], (left + before[i]) // 2, nearest)[kind]) & 255
        yield line
        before = line


def colours(png):
    """Width, and how many colours there are in every fourth of the first lines."""
    parts = list(chunks(png))
    width, height, depth, kind = struct.unpack(">IIBB", parts[0][1][:10])
    assert parts[0][0] == b"IHDR" and parts[-1][0] == b"IEND" and depth == 8 and kind in (2, 6), parts[0]
    pixel = {2: 3, 6: 4}[kind]
    data = zlib.decompress(b"".join(body for name, body in parts if name == b"IDAT"))
    found = set()
    stride = width * pixel
    assert len(data) == height * (stride + 1)
    for number, line in enumerate(unfilter(data[:200 * (stride + 1)], stride, pixel)):
        if number % 4 == 0:
            found.update(bytes(line[i:i + 3]) for i in range(0, len(line), pixel))
    return width, len(found)


def streams(pdf):
    for packed in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.S):
        try:
            # One whose last byte is a carriage return lacks it here: it is of the checksum.
            yield zlib.decompressobj().decompress(packed)
        except zlib.error:
            pass  # a font, as it is


def pictures_are_what_they_are_called():
    names = {}
    for kind in ("svg", "png", "pdf"):
        paths, said = charts(kind, kind)
        assert said == "" and len(paths) == len(set(paths)) > 4, paths
        assert sorted(os.listdir(os.path.join(FOLDER, kind))) == sorted(map(os.path.basename, paths))
        names[kind] = [os.path.splitext(os.path.basename(path))[0] for path in paths]
    assert names["svg"] == names["png"] == names["pdf"]
    assert all(re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", name) for name in names["svg"]), names["svg"]
    for name in names["svg"]:
        root = xml.etree.ElementTree.parse(os.path.join(FOLDER, "svg", name + ".svg")).getroot()
        words = [element.text for element in root.iter() if element.tag.endswith("text") and element.text]
        assert len(words) > 4, (name, words)
        pdf = read(os.path.join(FOLDER, "pdf", name + ".pdf"))
        assert pdf.startswith(b"%PDF-") and pdf.rstrip().endswith(b"%%EOF"), pdf[:8]
        page = b"".join(streams(pdf))
        # Words, and lines or areas that are drawn.
        assert len(re.findall(rb"T[jJ]\b", page)) > 4 and len(re.findall(rb"\b(?:S|f\*?)\s", page)) > 1, name
    return names["svg"]


def png_shows_something(names):
    for name in names[:2]:
        width, count = colours(read(os.path.join(FOLDER, "png", name + ".png")))
        assert width in (880, 1760) and count > 20, (name, width, count)


def names_stay_names():
    """The hostile label is text in a legend, and no part of a path."""
    svg = read(os.path.join(FOLDER, "svg", "lower-bound-overhead-inline-1-thread.svg")).decode()
    assert "$(x)" in svg and "<b>" not in svg


def what_was_there_stays(names):
    """Where the disk is full: here, where no file may grow beyond a limit."""
    limit = 30000
    old = {name: read(os.path.join(FOLDER, "png", name + ".png")) for name in names}
    assert max(map(len, old.values())) > limit

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))

    heapmark("report", "--db", DATABASE, "--out", "old.html")
    page = read(os.path.join(FOLDER, "old.html"))
    beside = set(os.listdir(FOLDER))
    said = heapmark("report", "--db", DATABASE, "--out", "old.html", status=3, preexec_fn=limited).stderr
    assert "old.html" in said and len(said.splitlines()) == 1, said
    assert read(os.path.join(FOLDER, "old.html")) == page and set(os.listdir(FOLDER)) == beside
    _, said = charts("png", "png", status=3, preexec_fn=limited)
    assert "cannot write the chart to" in said, said
    assert sorted(os.listdir(os.path.join(FOLDER, "png"))) == sorted(name + ".png" for name in names)
    for name, bytes_before in old.items():
        now = read(os.path.join(FOLDER, "png", name + ".png"))
        assert [kind for kind, _ in chunks(now)][-1] == b"IEND", name
        assert len(bytes_before) <= limit or now == bytes_before, name


def with_gnuplot(script):
    """An environment in which gnuplot is this shell script; None: in which there is none."""
    folder = os.path.join(FOLDER, "bin")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    if script is not None:
        with open(os.path.join(folder, "gnuplot"), "w") as file:
            file.write("#!/bin/sh\n" + script)
        os.chmod(os.path.join(folder, "gnuplot"), 0o755)
    return dict(os.environ, PATH=folder)


def without_gnuplot_nothing_is_written():
    paths, said = charts("svg", "none", status=3, env=with_gnuplot(None))
    assert paths == [] and "gnuplot is not installed (Debian: gnuplot-nox)" in said, said
    assert os.listdir(os.path.join(FOLDER, "none")) == []
    lacking = "echo 'gnuplot> set terminal pdfcairo' >&2; echo ' line 0: unknown or ambiguous terminal type' >&2; exit 1"
    paths, said = charts("pdf", "none", status=3, env=with_gnuplot(lacking))
    assert paths == [] and "cannot draw in that format (Debian's gnuplot-nox can)" in said, said
    assert os.listdir(os.path.join(FOLDER, "none")) == []


def mistakes_are_told():
    _, said = charts("jpg", "x", status=2)
    assert "svg" in said and "pdf" in said and len(said.splitlines()) == 1, said
    said = heapmark("report", "--db", DATABASE, "--format", "png", status=2).stderr
    assert "--charts DIR" in said, said
    _, said = charts("png", "run.db", status=2)
    assert "it is no folder" in said, said
    _, said = charts("png", "run.db/at/all", status=2)
    assert "cannot make the folder" in said, said
    assert not os.path.exists(os.path.join(FOLDER, "results"))


def the_page_comes_too_where_it_is_asked_for():
    heapmark("report", "--db", DATABASE, "--charts", "both", "--out", "both.html", env=with_gnuplot("exit 1"), status=3)
    assert b"<h1>" in read(os.path.join(FOLDER, "both.html"))


shutil.rmtree(FOLDER, ignore_errors=True)
os.makedirs(FOLDER)
heapmark("run", "-q", "--db", DATABASE, "-c", f"{HOSTILE}=mark-sweep,refcount", "-w",
         "binary-trees:depth=6,iterations=20", "--dispatch", "inline", "-n", "2")
drawn = pictures_are_what_they_are_called()
png_shows_something(drawn)
names_stay_names()
what_was_there_stays(drawn)
without_gnuplot_nothing_is_written()
mistakes_are_told()
the_page_comes_too_where_it_is_asked_for()
