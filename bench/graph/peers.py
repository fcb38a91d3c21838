"""What other systems need for the same walks: DuckDB (recursive CTE, in memory), NetworkX and igraph.

peers.py EDGES.bin NAME:START:DIRECTION:DEPTH...    prints "NAME PEER COUNT CPU-MS" for each question and peer

The edges are read and the graph is built before the clock starts; the time is the least of two walks, in CPU of this process.
NetworkX is left out above 2 million edges: its graph of dictionaries would not fit beside the rest.
"""
import sys
import time

import duckdb
import igraph
import networkx
import numpy


def least(walk):
    """The answer, and the least CPU of two calls in milliseconds."""
    spent = []
    for _ in range(2):
        began = time.process_time()
        answer = walk()
        spent.append(1000 * (time.process_time() - began))
    return answer, min(spent)


def duck(pairs):
    db = duckdb.connect()
    db.execute("SET threads = 1")
    src, dst = pairs[:, 0].copy(), pairs[:, 1].copy()
    db.register("arrays", {"src": src, "dst": dst})
    db.execute("CREATE TABLE edge AS SELECT src, dst FROM arrays")

    def walk(start, direction, depth):
        here, there = ("src", "dst") if direction == "down" else ("dst", "src")
        if depth:
            query = f"""WITH RECURSIVE reach(id, d) AS (SELECT {start}::INTEGER, 0 UNION
                SELECT e.{there}, r.d + 1 FROM reach AS r JOIN edge AS e ON e.{here} = r.id WHERE r.d < {depth})
                SELECT count(DISTINCT id) - 1 FROM reach"""
        else:
            query = f"""WITH RECURSIVE reach(id) AS (SELECT {start}::INTEGER UNION
                SELECT e.{there} FROM reach AS r JOIN edge AS e ON e.{here} = r.id)
                SELECT count(*) - 1 FROM reach"""
        return db.execute(query).fetchone()[0]

    return walk


def rustic(pairs):
    graph = igraph.Graph(n=int(pairs.max()) + 1, edges=pairs, directed=True)

    def walk(start, direction, depth):
        return graph.neighborhood_size(start, order=depth or graph.vcount(), mode="out" if direction == "down" else "in") - 1

    return walk


def plain(pairs):
    graph = networkx.DiGraph()
    graph.add_edges_from(map(tuple, pairs.tolist()))
    turned = graph.reverse(copy=False)

    def walk(start, direction, depth):
        found = networkx.single_source_shortest_path_length(graph if direction == "down" else turned, start, cutoff=depth or None)
        return len(found) - 1

    return walk


def main():
    pairs = numpy.fromfile(sys.argv[1], dtype=numpy.int32).reshape(-1, 2)
    peers = [("DuckDB", duck), ("igraph", rustic)] + ([("NetworkX", plain)] if len(pairs) <= 2_000_000 else [])
    for peer, load in peers:
        walk = load(pairs)
        for question in sys.argv[2:]:
            name, start, direction, depth = question.split(":")
            count, spent = least(lambda: walk(int(start), direction, int(depth)))
            print(name, peer, count, f"{spent:.3f}", flush=True)


main()
