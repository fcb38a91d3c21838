"""CPU time that login() takes, by algorithm: what the backend used, read before and after many logins in one statement.

    run.py [--small]    20,000 logins of each kind, in rounds; --small 2,000

The yardstick beside it is the same statement with a function that only sets the claims to nothing (logout).
Exits with 1 when a token costs more than LIMIT.
"""
import json
import os
import statistics
import sys

import psycopg

import tokens

LIMIT = 200      # microseconds of CPU for a token of a client
ROUNDS = 5
PER_ROUND = 400 if "--small" in sys.argv else 4000
TICK = 1e6 / os.sysconf("SC_CLK_TCK")

connection = psycopg.connect(autocommit=True)


def cpu_ticks():
    """User and system time of the backend."""
    with open(f"/proc/{connection.info.backend_pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def measure(call, *arguments):
    """Microseconds a call."""
    before = cpu_ticks()
    connection.execute(f"SELECT count(openlineage.{call}) FROM generate_series(1, {PER_ROUND})", arguments)
    return (cpu_ticks() - before) * TICK / PER_ROUND


def main():
    issuer = tokens.Issuer("https://issuer.example", "openlineage")
    connection.execute("SELECT openlineage.add_issuer(%s, %s, jwks => %s)", (issuer.name, issuer.audience, json.dumps(issuer.jwks())))
    key = connection.execute("SELECT openlineage.create_api_key('bench')").fetchone()[0]
    kinds = {alg: issuer.token(alg) for alg in tokens.ALGORITHMS} | {"API key": key}
    results = {name: [] for name in ("logout", *kinds)}
    connection.execute("SET jit = off")
    for round_number in range(ROUNDS + 1):    # the first warms up and does not count
        for name in results:
            spent = measure("logout()") if name == "logout" else measure("login(%s)", kinds[name])
            if round_number > 0:
                results[name].append(spent)
    print(f"| token | CPU, µs | least | most |\n|---|---|---|---|")
    for name, spent in results.items():
        print(f"| {name} | {statistics.median(spent):.0f} | {min(spent):.0f} | {max(spent):.0f} |")
    slow = [name for name, spent in results.items() if statistics.median(spent) > LIMIT]
    print(f"{len(kinds)} kinds of tokens, {ROUNDS} rounds of {PER_ROUND}; above {LIMIT} µs: {', '.join(slow) or 'none'}")
    sys.exit(1 if slow and "--small" not in sys.argv else 0)


main()
