#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Is a CSV export what a spreadsheet may open? Read as spreadsheets read it, and compared with its database.

  csv_cells.py spoil DATABASE       make a formula of every text of every trial, and one number negative
  csv_cells.py check DATABASE CSV   each cell must be the value of the database, and none a formula
"""
import csv
import sqlite3
import sys

FORMULAS = ["=1+1", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("x","y")']


def columns_of(database):
    rows = database.execute("SELECT name, type FROM pragma_table_info('trials')")
    return {name: kind for name, kind in rows}


def spoil(path):
    database = sqlite3.connect(path)
    texts = [name for name, kind in columns_of(database).items() if kind == "TEXT"]
    for place, name in enumerate(texts):
        formula = FORMULAS[place % len(FORMULAS)]
        database.execute(f'UPDATE trials SET "{name}" = ?', (formula,))
    database.execute("UPDATE trials SET clock_set_ns = -5")
    database.commit()


def check_cell(kind, value, cell):
    if value is None:
        assert cell == "", cell
    elif kind == "TEXT":
        assert cell[:1] not in ("=", "+", "-", "@", "\t", "\r"), cell
        assert cell in (value, "'" + value), (cell, value)
    else:
        assert (int if kind == "INTEGER" else float)(cell) == value, (cell, value)
    return kind == "TEXT" and cell != value and value is not None


def check(path, export):
    database = sqlite3.connect(path)
    kinds = columns_of(database)
    with open(export, newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    assert header == list(kinds), header
    stored = database.execute("SELECT * FROM trials ORDER BY id").fetchall()
    assert len(rows) == len(stored) and rows
    defused = 0
    for cells, values in zip(rows, stored):
        assert len(cells) == len(values)
        defused += sum(map(check_cell, kinds.values(), values, cells))
    print(f"{len(rows)} trials, {defused} cells defused")


if __name__ == "__main__":
    {"spoil": spoil, "check": check}[sys.argv[1]](*sys.argv[2:])
