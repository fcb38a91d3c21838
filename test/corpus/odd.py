"""What a server has to take although it is odd, and what it has to refuse."""
import json

from world import *


def deep(levels, inner):
    for _ in range(levels):
        inner = {"child": inner}
    return inner


def odd_text(event, *changes):
    """An event as text, with things that json.dumps does not write."""
    text = json.dumps(event)
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


def odd_times(random):
    """Dates alone, no zone, nanoseconds, offsets; ids that are no UUID."""
    job, sides = ("odd", "times"), ([dataset(ORDERS)], [dataset((LAKE, "odd/times"))])
    events = [run_event("COMPLETE", when, run_id("odd " + when), job, *sides) for when in (
        "2026-03-10", "2026-03-10T10:00:00", "2026-03-10T10:00:00.123456789Z",
        "2026-03-10T15:30:00.5+05:30", "2026-03-10 10:00:00.000-0800")]
    told = facets(nominalTime={"nominalStartTime": "2026-03-10", "nominalEndTime": "soon"})
    events.append(run_event("START", at(10, 1), run_id("odd nominal"), job, *sides, told))
    named = [run_event(kind, at(10, 2, n), "manual__2026-03-10", ("odd", "no_uuid"), *sides)
             for n, kind in enumerate(("START", "COMPLETE"))]
    named.append(run_event("COMPLETE", at(10, 3), run_id("odd child"), ("odd", "child"),
                           run_facets=parent("manual__2026-03-10", ("odd", "no_uuid"),
                                             (4711, ("odd", "number_root")))))
    spelled = run_event("COMPLETE", at(10, 4), "x", ("odd", "run_id"))
    spelled["run"] = {"run_id": run_id("odd spelled")}
    return events + named + [spelled]


def odd_shapes(random):
    """Missing, null, empty and repeated members; unknown words."""
    job, out = ("odd", "shapes"), (LAKE, "odd/shapes")
    bare = run_event("COMPLETE", at(11, 1), run_id("odd bare"), job)
    for member in ("producer", "schemaURL", "inputs", "outputs"):
        del bare[member]
    nulls = run_event("START", at(11, 2), run_id("odd nulls"), job)
    nulls.update(inputs=None, outputs=[None, dataset(out), None, {}, {"namespace": LAKE}])
    nulls["job"]["facets"] = None
    empty = run_event("COMPLETE", at(11, 3), run_id("odd nulls"), job, [], [dataset(out, {
        "schema": {}, "dataSource": {}, "symlinks": {}, "columnLineage": {}, "lineage": {},
        "ownership": None, "tags": "none", "documentation": [], "version": 7,
        "acme_text": "words", "acme_list": [1, {"namespace": LAKE, "name": "odd/shapes"}]})],
        {"parent": {}, "nominalTime": {}, "test": None}, {"jobType": {}, "sql": {}})
    wrong = run_event("OTHER", at(11, 4), run_id("odd nulls"), job, [], [dataset(out, {
        "schema": {"fields": [None, 1, {"name": None}, {"name": "ok"}, {"type": "int"}]},
        "tags": {"tags": [None, "x", {"key": 1}, {"key": "ok", "value": True}]},
        "ownership": {"owners": {"name": "no list"}},
        "symlinks": {"identifiers": [None, {}, {"namespace": LAKE, "name": 1}]},
        "columnLineage": {"fields": {"a": None, "b": {"inputFields": [None, {}]}}, "dataset": {}},
        "lifecycleStateChange": {"lifecycleStateChange": "EXPLODE"}}, taken={
            "outputStatistics": {"rowCount": "many", "size": 3}})])
    lower = run_event("complete", at(11, 5), run_id("odd lower"), job)
    unknown = run_event("PAUSED", at(11, 6), run_id("odd unknown"), job, [dataset(out)])
    twice = odd_text(run_event("START", at(11, 7), run_id("odd twice"), job, [dataset(out)]),
                     ('"eventType": "START"', '"eventType": "START", "eventType": "COMPLETE"'),
                     ('"run": {', '"run": {"runId": "first", '))
    spaced = odd_text(run_event("START", at(11, 8), run_id("odd spaced"), job),
                      (", ", " ,\t"), (": ", "  :  "))
    return [bare, nulls, empty, wrong, lower, unknown, twice, spaced] + old_schedulers()


def old_schedulers():
    """A task that names itself as its parent, and a facet by the name it had once."""
    stray = parent(run_id("odd wrong parent"), ("odd", "wrong"))["parent"]
    events = []
    for n, (key, task, named) in enumerate((("parentRun", "load", "load"), ("parent", "load", ""),
                                            ("parent", "send", "send"))):
        named = ("odd", f"old_dag.{named}".rstrip("."))
        told = {key: parent("scheduled__2026-03-11T00:00:00+00:00", named)["parent"]}
        if key == "parentRun":
            told["parent"] = stray
        events += [run_event(state, at(11, 9, 2 * n + m), run_id(f"odd old {n}"),
                             ("odd", f"old_dag.{task}"), run_facets=told)
                   for m, state in enumerate(("START", "COMPLETE"))]
    return events


def odd_characters(random):
    """NUL, lone surrogates, quotes, colons, other scripts, long names."""
    names = ["nul\u0000inside", "lone\ud800surrogate", "quote\"back\\slash'", "a:b::c://d/?e#f",
             "таблица 表 جدول \U0001f4c8", "  spaces\tand\nlines  ", "%s%n%00{}$1;--", "É" * 1500]
    told = facets(acme_note={"text": "\u0000\udc00 end", "\u0000key": "\ud83d\ude00"},
                  documentation={"description": "with \u0000 and \udfff"})
    job = ("odd:colon", "parent.child")
    events = [run_event("COMPLETE", at(12, 1, n), run_id(f"odd name {n}"), job,
                        [dataset(("odd " + name, name), told)], [dataset((LAKE, name))])
              for n, name in enumerate(names)]
    events.append(job_event(at(12, 2), ("odd\u0000", "x" * 3000), [dataset(ORDERS)], []))
    event = run_event("COMPLETE", at(12, 3), run_id("odd raw"), ("odd", "Größe"))
    return events + [json.dumps(event, ensure_ascii=False), json.dumps(event)]


def odd_sizes(random):
    """Numbers beyond double precision, deep facets, many columns."""
    job, out = ("odd", "sizes"), (LAKE, "odd/sizes")
    numbers = odd_text(run_event("COMPLETE", at(13, 1), run_id("odd numbers"), job, [], [dataset(
        out, taken=facets(outputStatistics={"rowCount": 71001, "size": 71002, "fileCount": 71003}))]),
        ("71001", "1e400"), ("71002", "9" * 400), ("71003", "-0.0E-5"))
    nested = run_event("COMPLETE", at(13, 2), run_id("odd deep"), job, [], [dataset(
        out, facets(acme_deep=deep(200, {"end": True})))])
    many = [(f"column_{n}", "double") for n in range(300)]
    wide = run_event("COMPLETE", at(13, 3), run_id("odd wide"), job, [dataset(RAW_ORDERS)],
                     [dataset(out, merged(schema(*many), facets(columnLineage={"fields": {
                         name: {"inputFields": [column(RAW_ORDERS, "amount")]}
                         for name, _ in many}})))])
    return [numbers, nested, wide]


def changed(**members):
    """A plain event with some members set; None takes one away."""
    event = run_event("START", at(14), run_id("bad"), ("bad", "job"))
    event.update(members)
    return json.dumps({k: v for k, v in event.items() if v is not None})


def bad_syntax():
    good = changed()
    return {
        "22_empty": "", "22_spaces": " \n\t ", "22_truncated": good[:-20], "22_two": good + good,
        "22_trailing_comma": good[:-1] + ",}", "22_comment": good + " // end",
        "22_single_quotes": good.replace('"', "'"), "22_nan": good[:-1] + ', "x": NaN}',
        "22_leading_zero": good[:-1] + ', "x": 01}', "22_raw_newline": good[:-1] + ', "x": "\n"}',
        "22_bad_escape": good[:-1] + ', "x": "\\q"}', "22_short_escape": good[:-1] + ', "x": "\\u12"}',
        "22_unquoted_key": good[:-1] + ", x: 1}", "22_html": "<html><body>502</body></html>",
        "22_byte_order_mark": "\ufeff" + good, "22_unclosed_string": good[:-1] + ', "x": "',
        "22_nul_byte": good[:-1] + "\0}",
        "54_deep_objects": good[:-1] + ', "x": ' + '{"a":' * 10000 + "1" + "}" * 10001,
        "54_deep_arrays": good[:-1] + ', "x": ' + "[" * 10000 + "]" * 10000 + "}",
        "54_deep_unclosed": "[" * 10000,
    }


def bad_bytes():
    """Not UTF-8, each in its own way."""
    good = changed().encode()[:-1] + b', "x": "'
    wrong = {"continuation": b"\x80", "cut": b"\xc3", "overlong": b"\xc0\xaf", "latin1": b"caf\xe9",
             "surrogate": b"\xed\xa0\x80", "too_high": b"\xf4\x90\x80\x80", "fe": b"\xfe\xff"}
    return {f"22_utf8_{name}": good + body + b'"}' for name, body in wrong.items()}


def bad_members():
    no_run = {"run": None}
    about = {
        "no_event_time": {"eventTime": None}, "event_time_number": {"eventTime": 1772323200},
        "event_time_empty": {"eventTime": ""}, "event_time_word": {"eventTime": "yesterday"},
        "event_time_infinite": {"eventTime": "infinity"},
        "day_30_february": {"eventTime": "2026-02-30T00:00:00Z"},
        "hour_25": {"eventTime": "2026-03-01T25:00:00Z"},
        "month_13": {"eventTime": "2026-13-01T00:00:00Z"},
        "year_0": {"eventTime": "0000-01-01T00:00:00Z"},
        "year_300000": {"eventTime": "300000-01-01T00:00:00Z"},
        "run_string": {"run": "x"}, "run_list": {"run": []}, "run_empty": {"run": {}},
        "run_id_empty": {"run": {"runId": ""}}, "run_id_object": {"run": {"runId": {}}},
        "run_facets_list": {"run": {"runId": run_id("bad"), "facets": []}},
        "no_job": {"job": None}, "job_string": {"job": "x"}, "job_list": {"job": [1]},
        "job_without_name": {"job": {"namespace": "x"}},
        "job_name_empty": {"job": {"namespace": "x", "name": ""}},
        "job_name_number": {"job": {"namespace": "x", "name": 5}},
        "job_namespace_null": {"job": {"namespace": None, "name": "x"}},
        "job_namespace_empty": {"job": {"namespace": "", "name": "x"}},
        "job_facets_string": {"job": {"namespace": "x", "name": "x", "facets": "x"}},
        "inputs_string": {"inputs": "x"}, "inputs_object": {"inputs": {}},
        "inputs_numbers": {"inputs": [1]}, "outputs_number": {"outputs": 1},
        "dataset_facets_list": {"outputs": [dict(ref(ORDERS), facets=[1])]},
        "input_facets_string": {"inputs": [dict(ref(ORDERS), inputFacets="x")]},
        "output_facets_number": {"outputs": [dict(ref(ORDERS), outputFacets=1)]},
        "no_kind": {**no_run, "job": None},
        "no_run": no_run,
        "dataset_string": {**no_run, "job": None, "dataset": "x"},
        "dataset_without_name": {**no_run, "job": None, "dataset": {"namespace": "x"}},
        "dataset_name_empty": {**no_run, "job": None, "dataset": {"namespace": "x", "name": ""}},
    }
    made = {f"22_{name}": changed(**members) for name, members in about.items()}
    made.update({"22_null": "null", "22_number": "1", "22_string": '"x"', "22_list": "[1]",
                 "22_empty_object": "{}"})
    return made


def bad():
    """File name to body; the first two characters are the class of the SQLSTATE."""
    bodies = {**bad_syntax(), **bad_bytes(), **bad_members()}
    return {name: body if isinstance(body, bytes) else body.encode("utf-8")
            for name, body in bodies.items()}
