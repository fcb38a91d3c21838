"""Runs whose events come in every order, and events of one time."""
from world import *


def runs(random):
    """Every shape of a run; the order in the file is not the order of time."""
    events = []

    def run(name, job, *steps):
        for kind, minute, inputs, outputs in steps:
            told = facets(acme_step={"minute": minute})
            events.append(run_event(
                kind, at(9, 0, minute), run_id("runs/" + name), ("runs", job),
                [dataset(i) for i in inputs], [dataset(o) for o in outputs], told))

    run("other-first", "poll", ("OTHER", 1, [ORDERS], []), ("START", 2, [], []),
        ("COMPLETE", 3, [], [RAW_ORDERS]), ("OTHER", 4, [], [CLEAN_ORDERS]))
    run("other-only", "poll", ("OTHER", 5, [PAYMENTS], []))
    run("two-ends", "copy", ("START", 6, [ORDERS], []), ("COMPLETE", 7, [], [RAW_ORDERS]),
        ("FAIL", 8, [], []))
    run("two-ends-turned", "copy", ("FAIL", 10, [], []), ("COMPLETE", 12, [], [RAW_ORDERS]),
        ("START", 9, [ORDERS], []), ("ABORT", 11, [], []))
    run("complete-only", "copy", ("COMPLETE", 13, [PAYMENTS], [RAW_ORDERS]))
    run("start-only", "copy", ("START", 14, [CUSTOMERS], [RAW_CUSTOMERS]))
    run("late-start", "copy", ("COMPLETE", 17, [ORDERS], [RAW_ORDERS]),
        ("START", 15, [ORDERS], []), ("RUNNING", 16, [ORDERS], []))
    run("running-only", "watch", ("RUNNING", 19, [CLICKS], []), ("RUNNING", 18, [CLICKS], []))
    run("no-type", "watch", (None, 20, [CLICKS], []))
    run("restarted", "watch", ("START", 21, [CLICKS], []), ("ABORT", 22, [], []),
        ("START", 23, [CLICKS], []))
    run("two-jobs", "first_name", ("START", 24, [ORDERS], []))
    run("two-jobs", "second_name", ("COMPLETE", 25, [], [RAW_ORDERS]))
    run("self", "rewrite", ("COMPLETE", 26, [CLEAN_ORDERS], [CLEAN_ORDERS]))
    run("empty", "nothing", ("START", 27, [], []), ("COMPLETE", 28, [], []))
    return events


def ties(random):
    """Equal eventTimes, different content: the hash of the event decides."""
    when, run, job = at(9, 12), run_id("ties/1"), ("ties", "same_moment")
    pair, declared = (LAKE, "ties/x"), ("ties", "declared")
    snapshot = job_type("STREAMING", "FLINK", "JOB", eventTrigger="PERIODIC",
                        eventContentMode="COMPLETE_SNAPSHOT", windowDuration=60)
    events = []
    for word in ("a", "b"):
        events += [
            run_event("COMPLETE" if word == "a" else "FAIL", when, run, job, [],
                      [dataset(pair, schema((word, "int")))],
                      parent(run_id("ties/parent " + word), ("ties", "parent_" + word))),
            dataset_event(when, pair, merged(
                described(pair, word, word, word), lifecycle("DROP" if word == "a" else "CREATE"))),
            job_event(when, declared, [dataset((LAKE, "ties/in_" + word))],
                      [dataset((LAKE, "ties/out_" + word))], described(declared, word, word, word)),
            run_event("RUNNING", when, run_id("ties/stream"), ("ties", "stream"),
                      [dataset((LAKE, "ties/in_" + word))], [dataset(pair)], None, snapshot),
            dataset_event(when, (LAKE, "ties/gone"), facets(documentation={
                "description": word, **({"_deleted": True} if word == "b" else {})})),
            run_event("START", when, run_id("ties/who"), ("ties", "job_" + word)),
        ]
    return events
