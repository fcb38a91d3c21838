"""Every route that reads answers a caller as it answers an administrator of a database from which all that is hidden from the caller was taken.

For each round a caller is made up: a token, an API key or a role with grants, with patterns of namespaces.  In a transaction that is rolled back a
superuser, whom no policy holds, deletes every row of the namespaces that are not the caller's and takes what names them out of the stored texts,
all told here in another way than the extension does it, and asks the same questions.  The answers must be equal: not a row more, not one fewer, no
count, no error, no hit of a search.

OL_ACCESS_CASES=10000 for the long form.
"""
import collections
import datetime
import json
import os
import pathlib
import random
import re
import urllib.parse
import uuid

import psycopg
import requests

import tokens
from tap import URL, done, is_, ok

CASES = int(os.environ.get("OL_ACCESS_CASES") or 600)
SEED = int(os.environ.get("OL_ACCESS_SEED") or random.randrange(1, 1000000))
QUESTIONS = 40    # for each caller
STATUS = {"OL400": 400, "OL404": 404, "OL422": 422, "22": 400, "42501": 403}
SPACES = [f"{kind}-q{letter}q" for kind, letter in zip(["prod", "test", "db"] * 4, "abcdefghijkl")]
NOW = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
chance = random.Random(SEED)
root = psycopg.connect()
guest = psycopg.connect()
session = requests.Session()


def facet(**members):
    return {"_producer": "https://example.org/p", "_schemaURL": "https://example.org/s", **members}


# -- a story in which everything names everything ---------------------------------


def at(minute):
    return (NOW - datetime.timedelta(hours=30) + datetime.timedelta(minutes=minute)).isoformat()


def a_space():
    return chance.choice(SPACES)


def a_name(kind):
    space = a_space()
    return {"namespace": space, "name": f"{kind}{chance.randrange(4)}.of-{space}"}


def a_dataset(inputs=()):
    """With facets that name its inputs and, at times, another name of it."""
    dataset = a_name("d")
    space = dataset["namespace"]
    columns = [f"c{i}-{space}" for i in range(1 + chance.randrange(2))]
    facets = {
        "schema": facet(fields=[{"name": c, "type": "INT"} for c in columns]), "dataSource": facet(name=f"s-{space}", uri=f"x://{space}"),
        "tags": facet(tags=[{"key": f"t-{space}"}]), "ownership": facet(owners=[{"name": f"o-{space}"}]), "documentation": facet(description=f"about {space}")}
    if inputs:
        facets["columnLineage"] = facet(fields={c: {"inputFields": [
            {"namespace": i["namespace"], "name": i["name"], "field": i["facets"]["schema"]["fields"][0]["name"]} for i in inputs]} for c in columns})
    if chance.random() < 0.08:
        facets["symlinks"] = facet(identifiers=[{**a_name("alias"), "type": "TABLE"}])
    more = {"outputFacets": {"outputStatistics": facet(rowCount=chance.randrange(9), size=1)}} if inputs else {}
    return {**dataset, "facets": facets, **more}


def a_parent():
    link = {"run": {"runId": str(uuid.UUID(int=chance.getrandbits(128), version=4))}, "job": a_name("p")}
    if chance.random() < 0.5:
        link["root"] = {"run": {"runId": str(uuid.UUID(int=chance.getrandbits(128), version=4))}, "job": a_name("r")}
    return facet(**link)


def an_event(number):
    about = {"eventTime": at(number), "producer": "https://example.org/p", "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json"}
    if number % 11 == 0:
        return {**about, "dataset": a_dataset()}
    job = a_name("j")
    job["facets"] = {"sql": facet(query=f"select 1 -- {job['namespace']}"), "documentation": facet(description="a job")}
    inputs = [a_dataset() for _ in range(chance.randrange(3))]
    outputs = [a_dataset(inputs) for _ in range(chance.randrange(3))]
    if number % 13 == 0:
        job["facets"]["lineage"] = facet(entries=[{**a_name("d"), "type": "DATASET", "inputs": [{**a_name("d"), "type": "DATASET"} for _ in range(2)]}])
    event = {**about, "job": job, "inputs": inputs, "outputs": outputs}
    if number % 7 == 0:
        return event
    facets = {"nominalTime": facet(nominalStartTime=at(0))}
    if number % 3 == 0:
        facets["parent"] = a_parent()
    if number % 5 == 0:
        facets["jobDependencies"] = facet(upstream=[{"job": a_name("j"), "run": {"runId": str(uuid.UUID(int=chance.getrandbits(128), version=4))}} for _ in range(2)], downstream=[])
    if number % 17 == 0:
        facets["errorMessage"] = "no object"    # an issue
    run = str(uuid.UUID(int=chance.getrandbits(128), version=4))
    return {**about, "eventType": chance.choice(["START", "COMPLETE", "FAIL", "RUNNING"]), "run": {"runId": run, "facets": facets}, **event}


def tell_story():
    for number in range(260):
        root.execute("SELECT openlineage.ingest(%s::text)", (json.dumps(an_event(number)),))
    root.commit()
    known = [{"namespace": space, "name": name} for space, name in root.execute(
        "SELECT s.name, n.name FROM openlineage.dataset AS d JOIN openlineage.node AS n ON n.id = d.node_id JOIN openlineage.namespace AS s ON s.id = n.namespace_id ORDER BY n.id LIMIT 6")]
    for method, path, body in [("PUT", f"/namespaces/{SPACES[0]}/jobs/put", {"type": "BATCH", "inputs": known[:3], "outputs": known[3:]}),
                               ("PUT", f"/namespaces/{SPACES[2]}", {"ownerName": "somebody"}), ("PUT", "/tags/PII", {"description": "x"})]:
        assert session.request(method, URL + "/api/v1" + path, json=body, timeout=60).ok, path
    for space in SPACES[:6]:    # refused events
        session.post(URL + "/api/v1/lineage/batch", json=[{"eventTime": "never", "job": {"namespace": space, "name": "bad"}}], timeout=60)
    for space, name in root.execute("SELECT s.name, n.name FROM openlineage.node AS n JOIN openlineage.namespace AS s ON s.id = n.namespace_id WHERE n.kind = 'dataset' AND n.id % 17 = 0").fetchall():
        session.delete(f"{URL}/api/v1/namespaces/{space}/datasets/{quoted(name)}", timeout=60)
    root.commit()
    # What the worker does by itself sooner or later, and rows that move to a new partition are not there for a read that has begun.
    root.execute("SELECT openlineage.maintain()")
    root.commit()


def refuse_events():
    """Those of somebody who may not write: what namespace they are of is known."""
    events = [{"eventTime": at(number), "job": {"namespace": space, "name": "refused"}, "inputs": [a_name("d"), a_name("d")]} for number, space in enumerate(SPACES)]
    root.execute("SET LOCAL ROLE openlineage_writer")
    states = root.execute("SELECT sqlstate FROM openlineage.ingest_batch(%s)", ([json.dumps(event).encode() for event in events],)).fetchall()
    assert states == [("42501",)] * len(events), states
    root.commit()


# -- callers -----------------------------------------------------------------------


def some_patterns():
    return [chance.choice([a_space(), a_space(), "prod-*", "db*", f"*-q{chance.choice('abcdefghijkl')}*", "nowhere*"]) for _ in range(chance.randrange(4))]


def matches(pattern, name):
    return re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), name, re.DOTALL) is not None


class Caller:
    """way: how it comes in; patterns: what it may read by all that is said of it."""

    def __init__(self, issuer, number):
        self.way = chance.choice(["http token", "http key", "sql token", "sql role"])
        self.issuer, self.token = issuer, None
        user, granted, reads, writes = f"user-{number}", some_patterns(), some_patterns(), some_patterns()
        kind, principal = chance.choice([("user", user), ("client", f"client-{number}"), ("role", f"role-{number}")])
        if self.way == "http key":
            kind, principal = "client", f"client-{number}"
            self.token = value("SELECT openlineage.create_api_key(%s, '{lineage:read}', %s, %s)", f"client-{number}", reads, writes)
        elif self.way == "sql role":
            kind, principal, reads, writes = "database_role", f"role_{number}", [], []
            root.execute(f"CREATE ROLE role_{number} IN ROLE openlineage_reader")
        else:
            self.token = issuer.token(chance.choice(["RS256", "ES256", "EdDSA"]), sub=user, client_id=f"client-{number}", roles=[f"role-{number}"],
                                      scope="lineage:read" + (" admin" if chance.random() < 0.05 else ""), namespaces={"read": reads, "write": writes})
        self.is_admin = self.token is not None and " admin" in (tokens.unb64(self.token.split(".")[1]).decode() if "." in self.token else "")
        for pattern in granted:
            root.execute("SELECT openlineage.grant_namespace(%s, %s, %s)", (kind, principal, pattern))
        self.role = f"role_{number}" if self.way == "sql role" else "openlineage_reader"
        self.patterns = reads + writes + granted
        root.commit()

    def sees(self, space):
        return self.is_admin or any(matches(pattern, space) for pattern in self.patterns)

    def ask(self, question):
        """Status and answer."""
        if self.way.startswith("http"):
            answer = session.get(URL + question.path, headers={"Authorization": f"Bearer {self.token}"}, timeout=60)
            return answer.status_code, answer.json()
        try:
            with guest.transaction():
                guest.execute(f"SET LOCAL ROLE {self.role}")
                guest.execute("SELECT set_config('openlineage.graph_gear', %s, true)", (question.gear,))
                if self.token:
                    guest.execute("SELECT openlineage.login(%s)", (self.token,))
                return 200, guest.execute(question.call, question.arguments).fetchone()[0]
        except psycopg.Error as error:
            return refusal(error)


# -- what is hidden is taken away ---------------------------------------------------


def refusal(error):
    state = error.sqlstate or "?"
    return STATUS.get(state, STATUS.get(state[:2], 500)), error.diag.message_primary


TABLES = """SELECT c.relname, array_agg(a.attname) FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
 WHERE c.relnamespace = 'openlineage'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
   AND (a.attname ~ '(^|_)namespace_id$' OR c.relname = 'namespace' AND a.attname = 'id') GROUP BY 1"""


def pruned(value, sees, key=None):
    """Without what names something that is not seen; None when nothing is left of it."""
    if isinstance(value, list):
        return [kept for kept in (pruned(one, sees) for one in value) if kept is not None]
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("namespace"), str) and isinstance(value.get("name"), str) and not sees(value["namespace"]):
        return None
    result = {}
    for name, member in value.items():
        if member is None:
            result[name] = None
            continue
        kept = pruned(member, sees, name)
        if kept is not None:
            result[name] = kept
        elif key not in ("facets", "inputFacets", "outputFacets") and name != "root":
            return None
    return result


class Removal:
    """The rows and texts that only root has, read once."""

    def __init__(self):
        self.tables = root.execute(TABLES).fetchall()
        self.events = root.execute("SELECT hash, body FROM openlineage.event").fetchall()
        self.facets = root.execute("SELECT namespace_id, hash, body::text FROM openlineage.facet_content").fetchall()
        self.excerpts = root.execute("SELECT slot, excerpt FROM openlineage.rejected_event").fetchall()
        self.spaces = dict(root.execute("SELECT id, name FROM openlineage.namespace").fetchall())
        root.commit()

    def remove(self, caller):
        root.execute("SET LOCAL session_replication_role = replica")
        root.execute("SET LOCAL openlineage.graph_gear = '1'")
        if caller.is_admin:
            return
        seen = [number for number, name in self.spaces.items() if caller.sees(name)]
        for table, columns in self.tables:
            condition = " AND ".join(f"COALESCE({column} = ANY (%(seen)s), false)" for column in columns)
            root.execute(f"DELETE FROM openlineage.{table} WHERE NOT ({condition})", {"seen": seen})
        changed = [(key, json.dumps(kept)) for key, body in self.events for kept in [pruned(json.loads(body), caller.sees)] if kept != json.loads(body)]
        root.execute("UPDATE openlineage.event_store AS e SET packed = openlineage.event_pack(c.body), template_id = NULL FROM unnest(%s::uuid[], %s::text[]) AS c (hash, body) WHERE c.hash = e.hash",
                     ([c[0] for c in changed], [c[1] for c in changed]))
        changed = [(space, key, None if kept is None else json.dumps(kept)) for space, key, body in self.facets if space in seen
                   for kept in [pruned(json.loads(body), caller.sees)] if kept != json.loads(body)]
        texts = [[c[i] for c in changed] for i in range(3)]
        root.execute("DELETE FROM openlineage.facet_content AS f USING unnest(%s::int[], %s::uuid[], %s::text[]) AS c (space, hash, body)"
                     " WHERE c.space = f.namespace_id AND c.hash = f.hash AND c.body IS NULL", texts)
        root.execute("UPDATE openlineage.facet_content AS f SET body = c.body::json FROM unnest(%s::int[], %s::uuid[], %s::text[]) AS c (space, hash, body)"
                     " WHERE c.space = f.namespace_id AND c.hash = f.hash", texts)
        root.execute("UPDATE openlineage.search_facet AS s SET words = COALESCE(openlineage.facet_words(f.name, c.body), '') FROM openlineage.facet AS f"
                     " JOIN openlineage.facet_content AS c ON c.namespace_id = f.namespace_id AND c.hash = f.content_hash"
                     " JOIN unnest(%s::int[], %s::uuid[], %s::text[]) AS t (space, hash, body) ON t.space = c.namespace_id AND t.hash = c.hash WHERE f.id = s.facet_id AND f.content_hash = s.content_hash", texts)
        changed = [(slot, json.dumps(kept)) for slot, excerpt in self.excerpts for kept in [pruned(json.loads(excerpt), caller.sees)] if kept and kept != json.loads(excerpt)]
        root.execute("UPDATE openlineage.rejected_event AS r SET excerpt = c.excerpt FROM unnest(%s::int[], %s::text[]) AS c (slot, excerpt) WHERE c.slot = r.slot",
                     ([c[0] for c in changed], [c[1] for c in changed]))
        root.execute("DELETE FROM openlineage.search_facet AS s USING openlineage.facet AS f WHERE f.id = s.facet_id"
                     " AND NOT EXISTS (SELECT FROM openlineage.facet_content AS c WHERE c.namespace_id = f.namespace_id AND c.hash = f.content_hash)")


# -- questions ------------------------------------------------------------------------


def quoted(text):
    return urllib.parse.quote(str(text), safe="")


def routes():
    """Those that read, from the source of the server, without what is the same for everybody."""
    source = (pathlib.Path(__file__).parents[2] / "src" / "server" / "routes.c").read_text(encoding="utf-8")
    found = re.findall(r'\{"GET", (API )?"([^"]+)", OL_SCOPE_READ, "(\w+)", READ\}', source)
    return [(("/api/v1" if api else "") + rest, function) for api, rest, function in found if function != "api_openapi"]


class Places:
    """Real names, hidden or not, as root knows them."""

    def __init__(self):
        names = "SELECT s.name, n.name FROM openlineage.node AS n JOIN openlineage.namespace AS s ON s.id = n.namespace_id WHERE n.kind = %s"
        self.jobs = root.execute(names, ("job",)).fetchall()
        self.datasets = root.execute(names, ("dataset",)).fetchall()
        self.runs = [str(row[0]) for row in root.execute("SELECT id FROM openlineage.run")]
        self.sources = [row[0] for row in root.execute("SELECT DISTINCT name FROM openlineage.source")]
        self.versions = {}
        for kind, names in (("jobs", self.jobs), ("datasets", self.datasets)):
            for name in names:
                try:
                    with root.transaction():
                        answer = value(f"SELECT openlineage.api_{kind[:-1]}_versions(%s, '{{}}')", list(name))
                        self.versions[kind, name] = [v["version"] for v in answer["versions"]]
                except psycopg.Error:
                    self.versions[kind, name] = []
        root.commit()

    def node(self):
        kind = chance.choice(["job", "dataset", "dataset", "datasetField"])
        space, name = chance.choice(self.jobs if kind == "job" else self.datasets)
        return f"{kind}:{space}:{name}" + (f":c0-{space}" if kind == "datasetField" else "")


class Question:
    def __init__(self, template, function, places):
        self.function = function
        job, dataset = chance.choice(places.jobs), chance.choice(places.datasets)
        of_job = "{job}" in template
        name = job if of_job else dataset
        absent = chance.random() < 0.05
        values = {
            "namespace": "absent" if absent else name[0], "job": job[1], "dataset": dataset[1], "run": str(uuid.UUID(int=1, version=4)) if absent else chance.choice(places.runs),
            "source": chance.choice(places.sources),
            "version": chance.choice(places.versions["jobs" if of_job else "datasets", name] or [str(uuid.UUID(int=2, version=4))])}
        places_in_path = re.findall(r"\{(\w+)\}", template)
        self.segments = [values[place] for place in places_in_path]
        self.query = {key: [str(word)] for key, word in self.make_query(places).items() if word is not None}
        self.gear = chance.choice(["auto", "1", "2", "3"])
        self.path = re.sub(r"\{(\w+)\}", lambda m: quoted(values[m[1]]), template) + "?" + urllib.parse.urlencode({key: words[0] for key, words in self.query.items()})
        self.call = f"SELECT openlineage.{function}(%s::text[], %s::json)"
        self.arguments = (self.segments, json.dumps(self.query))

    def make_query(self, places):
        space, name = chance.choice(places.datasets)
        page = {"limit": chance.choice([None, 1, 3, 10, 1000]), "offset": chance.choice([None, None, 1, 5])}
        time = {"before": chance.choice([None, at(chance.randrange(260))]), "after": chance.choice([None, at(chance.randrange(260))])}
        depth = chance.choice([None, 0, 1, 2, 5])
        q = chance.choice([name, name[:3], space, space[-3:], "a job", "about", f"about {space}", f"c0-{space}", "select 1", "d1"])
        match self.function:
            case "api_lineage":
                return {"nodeId": places.node(), "depth": depth, "direction": chance.choice([None, "UPSTREAM", "DOWNSTREAM", "BOTH"]), "maxNodes": chance.choice([None, None, 5]),
                        "asOf": chance.choice([None, None, at(chance.randrange(260))])} if chance.random() < 0.8 else {"runId": chance.choice(places.runs), "depth": depth}
            case "api_column_lineage":
                return {"nodeId": places.node(), "depth": depth, "withDownstream": chance.choice([None, "true"])}
            case "api_upstream_runs":
                return {"runId": chance.choice(places.runs), "depth": depth}
            case "api_run_facets":
                return {"type": chance.choice(["RUN", "JOB", "DATASET"])}
            case "api_events" | "api_namespace_events":
                more = {"namespace": chance.choice([None, a_space()]), "job": chance.choice([None, None, chance.choice(places.jobs)[1]]),
                        "dataset": chance.choice([None, None, name, f"dataset:{space}:{name}"]), "run": chance.choice([None, None, chance.choice(places.runs)])}
                return {**page, **time, **more, "sortDirection": chance.choice([None, "ASC"])}
            case "api_issues":
                return {**page, "kind": chance.choice([None, "ODD", "REJECTED"]), "namespace": chance.choice([None, a_space()])}
            case "api_search":
                return {"q": q, "filter": chance.choice([None, "JOB", "DATASET"]), "sort": chance.choice([None, "NAME", "UPDATE_AT"]), "limit": page["limit"],
                        "namespace": chance.choice([None, None, a_space()])}
            case "api_search_jobs" | "api_search_datasets":
                return {"q": q, "limit": page["limit"]}
            case "api_jobs" | "api_namespace_jobs":
                return {**page, "lastRunStates": chance.choice([None, None, "COMPLETED", "FAILED"])}
            case _ if "stats" in self.function:
                return chance.choice([{"period": "DAY"}, {"period": "WEEK", "timezone": "UTC"}])
        return page

    def root_answer(self):
        try:
            with root.transaction():
                return 200, root.execute(self.call, self.arguments).fetchone()[0]
        except psycopg.Error as error:
            return refusal(error)

    def equal(self, got, wanted):
        """A refusal is its status and its message, whatever is around them."""
        if got[0] != wanted[0]:
            return False
        if wanted[0] == 200:
            return comparable(got[1]) == comparable(wanted[1])
        return got[1] == wanted[1] or json.dumps(wanted[1], ensure_ascii=False) in json.dumps(got[1], ensure_ascii=False)


def comparable(answer):
    """Texts were taken apart and put together again here, so their length differs."""
    if isinstance(answer, dict):
        return {name: comparable(json.loads(member) if name == "excerpt" and member else member) for name, member in answer.items() if name != "bytes"}
    return [comparable(one) for one in answer] if isinstance(answer, list) else answer


# -- the comparison -------------------------------------------------------------------


def value(query, *arguments):
    return root.execute(query, arguments).fetchone()[0]


def compare(issuer, places, removal, first, cases, until_wrong=False):
    """What is wrong, and how many cases there were by way and by route."""
    wrong, ways, asked, told = [], collections.Counter(), collections.Counter(), 0
    table = routes()
    number = first
    while sum(ways.values()) < cases and not (until_wrong and wrong):
        caller = Caller(issuer, number)
        number += 1
        questions = [Question(*chance.choice(table), places) for _ in range(QUESTIONS)]
        answers = [caller.ask(question) for question in questions]
        with root.transaction(force_rollback=True):
            removal.remove(caller)
            for question, got in zip(questions, answers):
                wanted = question.root_answer()
                ways[caller.way] += 1
                asked[question.function] += 1
                told += wanted[0] == 200
                if not question.equal(got, wanted):
                    wrong.append(f"{caller.way} {question.path} gear {question.gear} patterns {caller.patterns}\n got {str(got)[:1500]}\n wanted {str(wanted)[:1500]}")
    return wrong, ways, asked, told


def main():
    tell_story()
    issuer = tokens.Issuer("https://issuer.example", "openlineage")
    root.execute("SELECT openlineage.add_issuer(%s, %s, jwks => %s)", (issuer.name, issuer.audience, tokens.dump(issuer.jwks())))
    root.execute("SELECT openlineage.enable_rls()")
    root.commit()
    refuse_events()
    places, removal = Places(), Removal()
    wrong, ways, asked, told = compare(issuer, places, removal, 0, CASES)
    is_(len(wrong), 0, f"{sum(ways.values())} cases, seed {SEED}, {dict(ways)}: answers as if what is hidden were not there")
    for one in wrong[:5]:
        print("#", one.replace("\n", "\n# "))
    is_(sorted(set(function for _, function in routes()) - set(asked)), [], f"every route was asked, {len(asked)} of them")
    ok(told > sum(ways.values()) / 3, f"{told} of the answers told something")

    # The test notices.
    first = 100000
    for table in ("event_store", "node", "entity_count", "namespace"):
        root.execute(f"CREATE POLICY more ON openlineage.{table} FOR SELECT USING (true)")
        root.commit()
        ok(compare(issuer, places, removal, first, 800, True)[0], f"rows of {table} that all may read are noticed")
        first += 1000
        root.execute(f"DROP POLICY more ON openlineage.{table}")
        root.commit()
    definition = value("SELECT pg_get_functiondef('openlineage.redact(json)'::regprocedure)")
    root.execute("CREATE OR REPLACE FUNCTION openlineage.redact(body json) RETURNS json LANGUAGE sql STABLE STRICT PARALLEL SAFE AS 'SELECT $1'")
    root.commit()
    ok(compare(issuer, places, removal, first, 800, True)[0], "texts that are not redacted are noticed")
    root.execute(definition)
    root.commit()
    done()


main()
