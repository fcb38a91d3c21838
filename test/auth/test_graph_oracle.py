"""What a walk of any gear tells a caller is what a search in Python through the raw tables finds, while others write.

24 namespaces, up to 500 nodes.  Two sessions add events, take edges away and change grants all the time, and roll back now and then.  A superuser
takes a snapshot and reads nodes, edges and grants; a caller with made-up claims, or a role with grants, asks in the same snapshot.  Nodes and
distances must be equal, and every predecessor one edge before; column_lineage() must tell the names, and what was said of each edge.  With one policy removed the test fails.

OL_ACCESS_CASES=10000 for the long form.
"""
import collections
import json
import os
import random
import re
import threading
import uuid

import psycopg

from tap import done, is_, ok

CASES = int(os.environ.get("OL_ACCESS_CASES") or 1200)
SEED = int(os.environ.get("OL_ACCESS_SEED") or random.randrange(1, 1000000))
QUESTIONS = 30    # for each snapshot
SPACES = [f"{('prod', 'test', 'db')[i % 3]}-q{chr(97 + i)}q" for i in range(24)]
GEARS = ("auto", "1", "2", "3")
DATABASE = "graph_oracle"    # of its own: other tests leave aliases and steps behind
chance = random.Random(SEED)


def facet(**members):
    return {"_producer": "https://example.org/p", "_schemaURL": "https://example.org/s", **members}


def an_event(random_):
    def a_dataset(inputs=()):
        space = random_.choice(SPACES)
        facets = {"schema": facet(fields=[{"name": "a", "type": "INT"}, {"name": "b", "type": "INT"}])} if inputs or random_.random() < 0.8 else {}
        if inputs:
            facets["columnLineage"] = facet(fields={column: {"inputFields": [
                {"namespace": i["namespace"], "name": i["name"], "field": random_.choice("ab"),
                 "transformations": [{"type": "DIRECT", "subtype": random_.choice(["IDENTITY", "AGGREGATION"])}] * random_.randrange(2)}
                for i in inputs]} for column in "ab"})
            if random_.random() < 0.3:    # of every column: the one named ''
                facets["columnLineage"]["dataset"] = [{"namespace": i["namespace"], "name": i["name"], "field": random_.choice("ab")} for i in inputs]
        return {"namespace": space, "name": f"d{random_.randrange(9)}.{space}", "facets": facets}

    space = random_.choice(SPACES)
    inputs = [a_dataset() for _ in range(1 + random_.randrange(2))]
    return json.dumps({
        "eventTime": f"2026-01-{1 + random_.randrange(28):02}T{random_.randrange(24):02}:00:00Z", "eventType": "COMPLETE",
        "run": {"runId": str(uuid.UUID(int=random_.getrandbits(128), version=4))}, "job": {"namespace": space, "name": f"j{random_.randrange(9)}.{space}"},
        "inputs": inputs, "outputs": [a_dataset(inputs) for _ in range(1 + random_.randrange(2))]})


def a_pattern(random_):
    return random_.choice([*random_.sample(SPACES, 3), "prod-*", "db*", f"*-q{chr(97 + random_.randrange(24))}*", "*", "nowhere*"])


# -- those who write meanwhile ------------------------------------------------------

stop = threading.Event()


def write(number):
    random_ = random.Random(SEED + number)
    with psycopg.connect(dbname=DATABASE) as connection:
        while not stop.is_set():
            what = random_.randrange(8)
            try:
                if what < 4:
                    connection.execute("SELECT openlineage.ingest(%s::text)", (an_event(random_),))
                elif what == 4:
                    connection.execute("DELETE FROM openlineage.edge WHERE (src + dst) %% 97 = %s", (random_.randrange(97),))
                elif what == 5:
                    connection.execute("DELETE FROM openlineage.column_edge WHERE (src + dst) %% 97 = %s", (random_.randrange(97),))
                elif what == 6:
                    connection.execute("SELECT openlineage.grant_namespace(%s, %s, %s)",
                                       (*random_.choice([("user", "ann"), ("client", "bi"), ("database_role", "graph_analyst")]), a_pattern(random_)))
                else:
                    connection.execute("DELETE FROM openlineage.grant_rule WHERE random() < 0.3")
                if random_.randrange(5) == 0:
                    connection.rollback()
                else:
                    connection.commit()
            except psycopg.errors.SerializationFailure:
                connection.rollback()
            except psycopg.errors.DeadlockDetected:    # of two who delete what the other inserts
                connection.rollback()
            stop.wait(0.004)


# -- the graph as a superuser reads it ----------------------------------------------


class Graph:
    def __init__(self, session):
        self.spaces = dict(session.execute("SELECT id, name FROM openlineage.namespace").fetchall())
        self.nodes = dict(session.execute("SELECT id, namespace_id FROM openlineage.node").fetchall())
        fields = session.execute("SELECT id, namespace_id, dataset_id, name FROM openlineage.dataset_field").fetchall()
        names = dict(session.execute("SELECT id, name FROM openlineage.node").fetchall())
        self.fields = {number: space for number, space, _, _ in fields}
        columns = collections.defaultdict(list)
        for number, _, dataset, name in fields:
            if name != "":
                columns[dataset].append(number)
        # What a walk stands on for a column: '' is every column of its dataset, and itself only where there is no other.
        self.stands_for = {number: columns[dataset] if name == "" and columns[dataset] else [number] for number, _, dataset, name in fields}
        self.shown = {number: f"datasetField:{self.spaces[space]}:{names[dataset]}:{name}" if name else f"dataset:{self.spaces[space]}:{names[dataset]}"
                      for number, space, dataset, name in fields}
        of_dataset = {dataset: number for number, _, dataset, name in fields if name == ""}
        self.hub_of = {number: of_dataset.get(dataset) for number, _, dataset, _ in fields}
        self.hubs = sum(name == "" for _, _, _, name in fields)
        self.edges = session.execute("SELECT src, dst FROM openlineage.edge WHERE kind <> 'control'").fetchall()
        self.told = collections.defaultdict(set)
        for src, dst, told in session.execute("SELECT src, dst, transformations FROM openlineage.column_edge").fetchall():
            self.told[src, dst] |= {f"{one['type']}/{one['subtype']}" for one in told}
        stated = list(self.told)
        self.column_edges = sorted({(s, d) for src, dst in stated for s in self.stands_for[src] for d in self.stands_for[dst]})
        self.grants = session.execute("SELECT principal_kind, principal, namespace_pattern FROM openlineage.grant_rule").fetchall()

    def walk(self, of_columns, starts, seen, direction, depth):
        """Distance by id, and the edges that may be gone along."""
        places = self.fields if of_columns else self.nodes
        edges = [e for e in (self.column_edges if of_columns else self.edges) if places[e[0]] in seen and places[e[1]] in seen]
        found = {}
        starts = [s for start in starts for s in (self.stands_for.get(start, []) if of_columns else [start])]
        for way in {"both": ("downstream", "upstream")}.get(direction, (direction,)):
            next_ = collections.defaultdict(set)
            for src, dst in edges:
                if way != "upstream":
                    next_[src].add(dst)
                if way != "downstream":
                    next_[dst].add(src)
            distance = {start: 0 for start in starts if places.get(start) in seen}
            level = set(distance)
            while level and (depth is None or distance[next(iter(level))] < depth):
                level = {n for node in level for n in next_[node]} - distance.keys()
                reached = max(distance.values()) + 1
                distance.update(dict.fromkeys(level, reached))
            for node, far in distance.items():
                found[node] = min(far, found.get(node, far))
        return found, set(edges) | {(dst, src) for src, dst in edges}


    def wording(self, src, dst):
        words = [self.told.get((s, d), set()) for s in (src, self.hub_of[src]) for d in (dst, self.hub_of[dst])]
        return "; ".join(sorted(set().union(*words))) or None


class Caller:
    def __init__(self, graph):
        self.role = chance.choice(["graph_analyst", "openlineage_reader"])
        user, client, reads = chance.choice(["ann", "eve"]), chance.choice(["bi", "x"]), [a_pattern(chance) for _ in range(chance.randrange(4))]
        self.claims = json.dumps({"iss": "https://a", "sub": user, "client_id": client, "scopes": [], "roles": [], "namespaces": {"read": reads, "write": []}})
        mine = {("user", user), ("client", client), ("database_role", self.role)}
        patterns = reads + [pattern for kind, principal, pattern in graph.grants if (kind, principal) in mine]
        self.seen = {number for number, name in graph.spaces.items() if any(
            re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), name) for pattern in patterns)}

    def enter(self, session, gear):
        session.execute("SELECT set_config('openlineage._claims', %s, true), set_config('openlineage.graph_gear', %s, true)", (self.claims, gear))
        session.execute(f"SET LOCAL ROLE {self.role}")


def compare(graph, caller, guest, gears):
    """One question: what is wrong with the answer, if anything, and the gear that gave it."""
    of_columns = chance.random() < 0.3
    known = sorted(graph.fields if of_columns else graph.nodes)
    starts = [chance.choice(known + [2 ** 30]) for _ in range(1 + chance.randrange(3))]
    direction = chance.choice(["downstream", "upstream", "both", "downstream", "upstream"] + ([] if of_columns else ["undirected"]))
    depth = chance.choice([None, None, 1, 2, 5])
    wanted, edges = graph.walk(of_columns, starts, caller.seen, direction, depth)
    asked = f"{'columns' if of_columns else 'nodes'} {starts} {direction} {depth} as {caller.role} {caller.claims}"
    if of_columns or chance.random() < 0.6:
        function = "walk_columns" if of_columns else "walk"
        rows = guest.execute(f"SELECT id, distance, predecessor FROM openlineage.{function}(%s, %s, %s, 0)", (starts, depth, direction)).fetchall()
        got = {number: far for number, far, _ in rows}
        astray = [row for row in rows if row[1] > 0 and ((row[2], row[0]) not in edges or wanted.get(row[2]) is None)]
    else:
        got = guest.execute("SELECT openlineage.walk_ids(%s, %s, %s, 0)", (starts, depth, direction)).fetchone()[0]
        astray = [number for number in got if number not in wanted]
        got = {number: wanted.get(number) for number in got}
    gear = guest.execute("SELECT gear FROM openlineage.last_walk()").fetchone()
    gears["columns" if of_columns else "nodes", gear[0] if gear else None] += 1
    if got != wanted or astray:
        return f"{asked}: gear {gear}: got {sorted(got.items() - wanted.items())[:9]} too many, {sorted(wanted.items() - got.items())[:9]} too few, astray {astray[:5]}"
    return None


def compare_named(graph, caller, guest, gears):
    """The same of column_lineage(): names, distances, and how each column is made of the one before."""
    starts = [number for number, space in sorted(graph.fields.items()) if space in caller.seen]
    if not starts:
        return None
    start, direction, depth = chance.choice(starts), chance.choice(["downstream", "upstream"]), chance.choice([None, 1, 3])
    if graph.shown[start].startswith("dataset:"):
        return None
    found, _ = graph.walk(True, [start], caller.seen, direction, depth)
    number_of = {graph.shown[number]: number for number in found}
    rows = guest.execute("SELECT node, distance, predecessor, transformation FROM openlineage.column_lineage(%s, %s, %s, 0)",
                         (graph.shown[start], depth, direction)).fetchall()
    gears["named", guest.execute("SELECT gear FROM openlineage.last_walk()").fetchone()[0]] += 1
    wrong = sorted({(node, far) for node, far, _, _ in rows} ^ {(graph.shown[number], far) for number, far in found.items()})
    for node, far, before, told in rows:
        if far > 0 and not wrong:
            ends = (number_of[before], number_of[node])
            if graph.wording(*(ends if direction == "downstream" else ends[::-1])) != told:
                wrong.append((node, before, told))
    return f"column_lineage of {graph.shown[start]} {direction} {depth} as {caller.role} {caller.claims}: {wrong[:9]}" if wrong else None


def cases(many, until_wrong=False):
    """How many questions, those answered wrongly, gears that answered, how many nodes there were, and most columns named ''."""
    wrong, gears, sizes, hubs = [], collections.Counter(), [], 0
    with psycopg.connect(dbname=DATABASE) as root, psycopg.connect(dbname=DATABASE) as guest:
        asked = 0
        while asked < many and not (until_wrong and wrong):
            root.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            snapshot = root.execute("SELECT pg_export_snapshot()").fetchone()[0]
            graph = Graph(root)
            sizes.append(len(graph.nodes))
            hubs = max(hubs, graph.hubs)
            guest.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            guest.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
            for _ in range(QUESTIONS):
                guest.execute("SAVEPOINT question")
                caller = Caller(graph)
                caller.enter(guest, chance.choice(GEARS))
                fault = (compare_named if chance.random() < 0.2 else compare)(graph, caller, guest, gears)
                if fault:
                    wrong.append(fault)
                guest.execute("ROLLBACK TO SAVEPOINT question")
                asked += 1
            guest.rollback()
            root.rollback()
    return asked, wrong, gears, sizes, hubs


def main():
    with psycopg.connect(autocommit=True) as root:
        root.execute(f"CREATE DATABASE {DATABASE}")
    with psycopg.connect(dbname=DATABASE) as root:
        root.execute("CREATE EXTENSION openlineage")
        root.execute("CREATE ROLE graph_analyst IN ROLE openlineage_reader")
        for _ in range(60):
            root.execute("SELECT openlineage.ingest(%s::text)", (an_event(chance),))
        root.execute("SELECT openlineage.enable_rls()")
    writers = [threading.Thread(target=write, args=(number,)) for number in (1, 2)]
    for writer in writers:
        writer.start()
    try:
        asked, wrong, gears, sizes, hubs = cases(CASES)
        is_(len(wrong), 0, f"{asked} cases, seed {SEED}, graphs of {min(sizes)} to {max(sizes)} nodes: no row more, none fewer")
        for one in wrong[:5]:
            print("#", one)
        ok(all(gears[of, gear] > asked / 100 for of in ("nodes", "columns", "named") for gear in (1, 2, 3)), f"each gear answered: {dict(gears)}")
        ok(hubs > 0, f"up to {hubs} columns stand for every column of their dataset")
        for table in ("edge", "column_edge"):
            with psycopg.connect(dbname=DATABASE) as root:
                root.execute(f"CREATE POLICY more ON openlineage.{table} FOR SELECT USING (true)")
            ok(cases(2000, True)[1], f"rows of {table} that all may read are noticed")
            with psycopg.connect(dbname=DATABASE) as root:
                root.execute(f"DROP POLICY more ON openlineage.{table}")
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    done()


main()
