"""A person who logs in at the page of a real issuer that a device shows (RFC 8628)."""
import html.parser

import requests


class Form(html.parser.HTMLParser):
    """Address and fields of the first form of a page."""

    def __init__(self, text):
        super().__init__()
        self.action, self.fields = None, {}
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form" and self.action is None:
            self.action = attributes.get("action")
        elif tag in ("input", "button") and attributes.get("name"):
            self.fields[attributes["name"]] = attributes.get("value") or ""


def post(address, data):
    answer = requests.post(address, data=data, timeout=60)
    answer.raise_for_status()
    return answer.json()


def device_tokens(url, person, scope="openid lineage:read"):
    """Access and ID token of a person who consents at the page that a device shows."""
    device = post(url + "/device/auth", {"client_id": "psql", "scope": scope})
    consent(device["verification_uri_complete"], person)
    tokens = post(url + "/token", {"client_id": "psql", "device_code": device["device_code"],
                                   "grant_type": "urn:ietf:params:oauth:grant-type:device_code"})
    return tokens["access_token"], tokens["id_token"]


def consent(address, person):
    session = requests.Session()
    page = session.get(address, timeout=30)
    for _ in range(8):
        form = Form(page.text)
        if form.action is None:
            return
        form.fields.pop("abort", None)
        if "login" in form.fields:
            form.fields.update(login=person, password="any")
        page = session.post(requests.compat.urljoin(page.url, form.action), data=form.fields, timeout=30)
