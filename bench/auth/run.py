"""CPU time of login(), by algorithm: what the backend used for many logins in one statement.

    run.py [--small]    5 rounds of 500 logins of each kind; --small: of 20

"new" are tokens that the backend has not seen; "again" one token many times, whose signature it remembers.  The
reading of tables, the claims and the setting are included.  Exits with 1 when a new token of an algorithm in use
(NORMAL) costs more than LIMIT.
"""
import json
import os
import statistics
import sys

import psycopg

import tokens

LIMIT = 200      # microseconds
NORMAL = ("RS256", "PS256", "ES256", "EdDSA")    # what the issuers of the platform sign with
ROUNDS = 5
LOGINS = 20 if "--small" in sys.argv else 500

connection = psycopg.connect(autocommit=True)


def cpu_time():
    """Microseconds that the backend has been on a processor."""
    with open(f"/proc/{connection.info.backend_pid}/schedstat", encoding="ascii") as stat:
        return int(stat.read().split()[0]) / 1000


def measure(texts):
    """Microseconds a login."""
    before = cpu_time()
    connection.execute("SELECT count(openlineage.login(t)) FROM unnest(%s::text[]) AS t", (texts,))
    return (cpu_time() - before) / len(texts)


def row(name, *columns):
    figures = [f"{statistics.median(spent):.0f} ({min(spent):.0f} to {max(spent):.0f})" if spent else "" for spent in columns]
    print(f"| {name} | {' | '.join(figures)} |")


def main():
    issuer = tokens.Issuer("https://issuer.example", "openlineage")
    connection.execute("SELECT openlineage.add_issuer(%s, %s, jwks => %s)", (issuer.name, issuer.audience, json.dumps(issuer.jwks())))
    key = connection.execute("SELECT openlineage.create_api_key('bench')").fetchone()[0]
    slow = []
    print("| token | new, µs | again, µs |\n|---|---|---|")
    for alg in tokens.ALGORITHMS:
        new, again = [], []
        for _ in range(ROUNDS + 1):    # the first warms up and does not count
            texts = [issuer.token(alg, jti=str(i)) for i in range(LOGINS)]
            new.append(measure(texts))
            again.append(measure(texts[-1:] * LOGINS))
        row(alg, new[1:], again[1:])
        if statistics.median(new[1:]) > LIMIT and alg in NORMAL:
            slow.append(alg)
    row("API key", [], [measure([key] * LOGINS) for _ in range(ROUNDS + 1)][1:])
    print(f"{ROUNDS} rounds of {LOGINS} logins; above {LIMIT} µs of {', '.join(NORMAL)}: {', '.join(slow) or 'none'}")
    sys.exit(1 if slow and "--small" not in sys.argv else 0)


main()
