"""Just enough TAP for the tests in this folder, the two doors they look in through, and what
runs clients that need an environment of their own."""
import os
import pathlib
import subprocess
import sys

import psycopg
import requests

URL = os.environ["OL_URL"]
HERE = pathlib.Path(__file__).parent
WORK = pathlib.Path(os.environ["OL_VENV"]).parent  # for what is built and installed
count = 0
failed = 0


def ok(good, what, *details):
    global count, failed
    count += 1
    print(("ok" if good else "not ok"), count, "-", what, flush=True)
    if not good:
        failed += 1
        for detail in details:
            print("#", str(detail).replace("\n", "\n# "), flush=True)
    return bool(good)


def is_(got, expected, what):
    return ok(got == expected, what, f"     got: {got!r}", f"expected: {expected!r}")


def done():
    print(f"1..{count}")
    sys.exit(1 if failed or not count else 0)


def sql(query, *values):
    """Rows of a query; PGHOST and its like lead to the server."""
    with psycopg.connect(autocommit=True) as connection:
        return connection.execute(query, values).fetchall()


def values(query, *arguments):
    return [row[0] for row in sql(query, *arguments)]


def get(path, **parameters):
    """The JSON of an endpoint of the API; fails loudly when it is not 200."""
    answer = requests.get(f"{URL}/api/v1/{path}", params=parameters, timeout=60)
    if answer.status_code != 200:
        raise AssertionError(f"{answer.status_code} for {path}: {answer.text[:300]}")
    return answer.json()


def quoted(name):
    return requests.utils.quote(name, safe="")


def edges(namespace):
    """Edges that touch a namespace of jobs, as a person would draw them."""
    return set(
        sql(
            """SELECT s.name, d.name FROM openlineage.edge AS e
                 JOIN openlineage.node AS s ON s.id = e.src JOIN openlineage.node AS d ON d.id = e.dst
                 JOIN openlineage.namespace AS n ON n.id IN (s.namespace_id, d.namespace_id)
                WHERE n.name = %s""",
            namespace,
        )
    )


def run(*command, seconds=600, **environment):
    """Exit code and output of a program; only PATH, HOME and what is given here are in its environment."""
    base = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "JAVA_HOME") if name in os.environ}
    result = subprocess.run([str(word) for word in command], env={**base, **environment}, timeout=seconds,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return result.returncode, result.stdout


def python_of(client):
    """The Python of a client whose packages agree with nobody else's: those of NAME/requirements.txt."""
    return WORK / f"venv-clients-{client}" / "bin" / "python"
