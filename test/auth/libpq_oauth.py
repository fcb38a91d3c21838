"""The libpq 18 that psycopg brings, with a flow of ours in the place of its own: that one is in a module (libpq-oauth) which the package leaves out.

What PostgreSQL documents for programs with a flow of their own, PQsetAuthDataHook(); discovery, SASL and the rest are libpq's.
"""
import ctypes
import os
import pathlib

import psycopg
import psycopg_binary

OAUTH_BEARER_TOKEN = 1


class Request(ctypes.Structure):
    """PGoauthBearerRequest of libpq-fe.h."""
    _fields_ = [("openid_configuration", ctypes.c_char_p), ("scope", ctypes.c_char_p), ("asynchronous", ctypes.c_void_p),
                ("cleanup", ctypes.c_void_p), ("token", ctypes.c_void_p), ("user", ctypes.c_void_p)]


HOOK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(Request))


def libpq():
    (path,) = (pathlib.Path(psycopg_binary.__file__).parent.parent / "psycopg_binary.libs").glob("libpq-*")
    return ctypes.CDLL(str(path))


def connect(flow, issuer, **options):
    """flow(address of the discovery document, scope) gives the token."""
    asked, given = [], []    # libpq keeps a pointer to what it was given

    @HOOK
    def hook(kind, _connection, request):
        if kind != OAUTH_BEARER_TOKEN:
            return 0
        asked.append((request[0].openid_configuration.decode(), (request[0].scope or b"").decode()))
        given.append(ctypes.create_string_buffer(flow(*asked[-1]).encode()))
        request[0].token = ctypes.addressof(given[-1])
        return 1

    os.environ["PGOAUTHDEBUG"] = "UNSAFE"    # an issuer without TLS
    library = libpq()
    library.PQsetAuthDataHook.argtypes = [HOOK]
    library.PQsetAuthDataHook.restype = None
    library.PQsetAuthDataHook(hook)
    try:
        return psycopg.connect(oauth_issuer=issuer, oauth_client_id="psql", autocommit=True, **options), asked
    finally:
        library.PQsetAuthDataHook(ctypes.cast(library.PQdefaultAuthDataHook, HOOK))
