# SPDX-License-Identifier: MIT
"""Databases for the browser's tests: real runs, and one of them made large."""

import sqlite3
import subprocess


def run(heapmark, database, *arguments):
    """A run; trials that fail are wanted too."""
    command = [heapmark, "run", "-q", "--db", database, *arguments]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stderr)


def report(heapmark, database, page, *more):
    subprocess.run([heapmark, "report", "--db", database, "--out", page, *more], check=True, stdout=subprocess.DEVNULL)


def heap_map(heapmark, picture, *arguments):
    subprocess.run([heapmark, "heap-map", "--svg", picture, *arguments], check=True, stdout=subprocess.DEVNULL)


def multiply(database, total):
    """Copies of the run's trials at further heaps, ten blocks each, until there are so many."""
    connection = sqlite3.connect(database)
    columns = [row[1] for row in connection.execute("PRAGMA table_info(trials)") if row[1] != "id"]
    places = {name: i for i, name in enumerate(columns)}
    names = ",".join(f'"{name}"' for name in columns)
    rows = connection.execute(f"SELECT {names} FROM trials").fetchall()
    made, copy = len(rows), 0
    while made < total:
        copy += 1
        for row in rows[: total - made]:
            row = list(row)
            row[places["block"]] += (copy % 10) * (1 + max(r[places["block"]] for r in rows))
            row[places["heap_bytes"]] = (row[places["heap_bytes"]] or 1 << 24) * (1 + copy // 10)
            row[places["sequence"]] = made
            if row[places["wall_ns"]] is not None:  # unlike each other, as trials are
                row[places["wall_ns"]] += (made * 7919) % 100003
            connection.execute(f"INSERT INTO trials ({names}) VALUES ({','.join('?' * len(columns))})", row)
            made += 1
    connection.execute("UPDATE runs SET trials_planned = ?", (total,))
    connection.commit()
    connection.close()
