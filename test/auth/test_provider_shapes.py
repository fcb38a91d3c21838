"""Tokens as Keycloak, Microsoft Entra ID and Okta write them, with the maps of docs/access.md: their claims in our
one form, and what they may do over HTTP.  The shapes are from the providers' documentation; none of them was asked."""
import json

import requests

import tokens
from admin import database
from tap import URL, done, is_


SHAPES = [
    ("Keycloak", "https://login.example.org/realms/data", "openlineage", {"typ": "JWT"},
     {"roles": ["realm_access.roles", "resource_access.openlineage.roles"]},
     {"aud": ["openlineage", "account"], "sub": "6c1b1f0e-4f2e-4a63-9a54-0d6b5d3b8c11", "typ": "Bearer", "azp": "airflow", "acr": "1", "sid": "s1",
      "realm_access": {"roles": ["offline_access", "analyst"]}, "scope": "openid profile lineage:read",
      "resource_access": {"openlineage": {"roles": ["engineer"]}, "account": {"roles": ["view-profile"]}},
      "preferred_username": "ann", "email_verified": True},
     {"sub": "6c1b1f0e-4f2e-4a63-9a54-0d6b5d3b8c11", "client_id": "airflow", "scopes": ["openid", "profile", "lineage:read"],
      "roles": ["offline_access", "analyst", "engineer"]}, 200, 403),
    ("Entra, a person", "https://login.microsoftonline.com/11111111-2222/v2.0", "app-1", {"typ": "JWT"},
     {"scopes": ["scp", "roles"], "client_id": "azp"},
     {"aud": "app-1", "sub": "AAAAsubject", "oid": "33333333-4444", "tid": "11111111-2222", "azp": "client-7", "azpacr": "1", "ver": "2.0", "rh": "0.A",
      "uti": "u", "scp": "lineage:read lineage:write", "roles": ["analyst"], "groups": ["55555555-6666"], "preferred_username": "ann@example.org"},
     {"sub": "AAAAsubject", "client_id": "client-7", "scopes": ["lineage:read", "lineage:write", "analyst"], "roles": ["analyst", "55555555-6666"]}, 200, 201),
    ("Entra, an application", "https://login.microsoftonline.com/11111111-3333/v2.0", "app-1", {"typ": "JWT"},
     {"scopes": ["scp", "roles"], "client_id": "azp"},
     {"aud": "app-1", "sub": "oid-9", "oid": "oid-9", "tid": "11111111-3333", "azp": "client-9", "azpacr": "1", "idtyp": "app", "ver": "2.0",
      "roles": ["lineage:write"]},
     {"sub": "oid-9", "client_id": "client-9", "scopes": ["lineage:write"], "roles": ["lineage:write"]}, 403, 201),
    ("Okta", "https://example.okta.example/oauth2/default", "api://default", {"typ": ...},
     {"client_id": "cid"},
     {"ver": 1, "jti": "AT.x", "aud": "api://default", "cid": "0oa1", "uid": "00u1", "scp": ["openid", "lineage:read"], "auth_time": 1700000000,
      "sub": "ann@example.org", "groups": ["Everyone", "analyst"]},
     {"sub": "ann@example.org", "client_id": "0oa1", "scopes": ["openid", "lineage:read"], "roles": ["Everyone", "analyst"]}, 200, 403),
]
OURS = ("client_id", "scope", "roles", "namespaces", "nbf")
EVENT = {"eventTime": "2026-01-05T10:00:00Z", "job": {"namespace": "shapes", "name": "j"}}

for name, issuer_name, audience, header, claim_map, claims, wanted, reads, writes in SHAPES:
    issuer = tokens.Issuer(issuer_name, audience)
    database.execute("SELECT openlineage.add_issuer(%s, %s, jwks => %s, claim_map => %s)",
                       (issuer_name, audience, json.dumps(issuer.jwks()), json.dumps(claim_map)))
    token = issuer.token(header=header, **{**{claim: ... for claim in OURS}, **claims})
    database.execute("SELECT openlineage.login(%s, false)", (token,))
    got = database.execute("SELECT openlineage.claims() - '{iss,exp,claims,namespaces}'::text[]").fetchone()[0]
    is_({key: sorted(value) if isinstance(value, list) else value for key, value in got.items()},
        {key: sorted(value) if isinstance(value, list) else value for key, value in wanted.items()}, f"{name}: its claims")
    bearer = {"Authorization": f"Bearer {token}"}
    is_(requests.get(f"{URL}/api/v1/namespaces", headers=bearer, timeout=60).status_code, reads, f"{name}: reads")
    is_(requests.post(f"{URL}/api/v1/lineage", json=EVENT, headers=bearer, timeout=60).status_code, writes, f"{name}: writes")
    database.execute("SELECT openlineage.logout(), openlineage.remove_issuer(%s)", (issuer_name,))
done()
