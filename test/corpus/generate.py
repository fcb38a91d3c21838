#!/usr/bin/env python3
"""Writes the corpus: events of all kinds that the tests ingest in many orders.

*.jsonl     events a server must take, one a line, by producer or theme.
            Themes share datasets and jobs, so that their graphs join, and
            the order of lines is not the order of time.
bad/*.txt   one body each that a server must refuse; the file name starts
            with the class of the SQLSTATE it answers.

Run it after a change here and commit what it writes; it writes the same
bytes every time.  `--check` only says whether the files are up to date.
"""
import sys

sys.dont_write_bytecode = True

import json
import pathlib
import random

import batch
import declared
import learning
import odd
import orders
import reports

THEMES = [
    batch.spark, batch.spark_tables, batch.dbt, batch.airflow,
    learning.flink, learning.feast, learning.training,
    declared.job_events, declared.dataset_events, declared.lineage_facet,
    orders.runs, orders.ties, reports.reports,
    odd.odd_times, odd.odd_shapes, odd.odd_characters, odd.odd_sizes,
]


def line(event):
    """Text stays as it is: it holds what json.dumps would not write."""
    text = event if isinstance(event, str) else json.dumps(event, separators=(",", ":"))
    assert "\n" not in text
    return text + "\n"


def files():
    """Path below this folder to content."""
    made = {}
    for theme in THEMES:
        events = theme(random.Random(theme.__name__))
        made[f"{theme.__name__}.jsonl"] = "".join(map(line, events)).encode("utf-8")
    for name, body in odd.bad().items():
        made[f"bad/{name}.txt"] = body
    return made


def main():
    home = pathlib.Path(__file__).resolve().parent
    made = files()
    there = {str(p.relative_to(home)) for p in [*home.glob("*.jsonl"), *home.glob("bad/*.txt")]}
    if "--check" in sys.argv[1:]:
        stale = sorted(there ^ made.keys()) + [
            name for name in sorted(there & made.keys())
            if (home / name).read_bytes() != made[name]]
        if stale:
            sys.exit("out of date, run generate.py: " + " ".join(stale))
        return
    (home / "bad").mkdir(exist_ok=True)
    for name in there - made.keys():
        (home / name).unlink()
    for name, body in made.items():
        (home / name).write_bytes(body)


if __name__ == "__main__":
    main()
