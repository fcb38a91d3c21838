"""An issuer of tokens for tests: good ones, and for each attack the one-change twin of a good one.

    issuer = Issuer("https://issuer.example", "openlineage")
    issuer.jwks()                    its key set, with the bad keys that attacks try to use
    issuer.token(sub="somebody")     a token that is to be accepted
    for attack in attacks(issuer):   attack.name, .bad (refused), .good (accepted: what was changed)

Times are those of the clock, so tokens are made when they are used.
"""
import base64
import dataclasses
import hashlib
import hmac
import json
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa, utils

HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
CURVES = {"ES256": (ec.SECP256R1(), "P-256", 32), "ES384": (ec.SECP384R1(), "P-384", 48),
          "ES512": (ec.SECP521R1(), "P-521", 66), "ES256K": (ec.SECP256K1(), "secp256k1", 32)}
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed448"]
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ED25519_ORDER = 2 ** 252 + 27742317777372353535851937790883648493


def b64(data):
    if isinstance(data, str):
        data = data.encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def number(value, size=None):
    return b64(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


class Key:
    """A private key; alg is what it signs with."""

    def __init__(self, alg, kid, bits=2048):
        self.alg, self.kid = alg, kid
        if alg[:2] in ("RS", "PS"):
            self.private = rsa.generate_private_key(65537, bits)
        elif alg in CURVES:
            self.private = ec.generate_private_key(CURVES[alg][0])
        elif alg == "Ed448":
            self.private = ed448.Ed448PrivateKey.generate()
        else:
            self.private = ed25519.Ed25519PrivateKey.generate()

    def raw_public(self):
        return self.private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)

    def jwk(self, **changes):
        """The public key as it is published; a change to None leaves a member out."""
        public = self.private.public_key()
        if self.alg[:2] in ("RS", "PS"):
            numbers = public.public_numbers()
            key = {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e)}
        elif self.alg in CURVES:
            numbers, (_, name, size) = public.public_numbers(), CURVES[self.alg]
            key = {"kty": "EC", "crv": name, "x": number(numbers.x, size), "y": number(numbers.y, size)}
        else:
            key = {"kty": "OKP", "crv": "Ed448" if self.alg == "Ed448" else "Ed25519", "x": b64(self.raw_public())}
        key.update(kid=self.kid, alg=self.jose_alg, use="sig")
        key.update(changes)
        return {name: value for name, value in key.items() if value is not None}

    @property
    def jose_alg(self):
        return "EdDSA" if self.alg == "Ed448" else self.alg

    def sign(self, data, alg=None):
        alg = alg or self.alg
        if alg[:2] in ("RS", "PS"):
            digest = HASHES.get(alg[2:], hashes.SHA1())
            how = padding.PKCS1v15() if alg[0] == "R" else padding.PSS(padding.MGF1(digest), digest.digest_size)
            return self.private.sign(data, how, digest)
        if alg in CURVES or self.alg in CURVES:
            size = CURVES[self.alg][2]
            r, s = utils.decode_dss_signature(self.private.sign(data, ec.ECDSA(HASHES[alg[2:5]])))
            return r.to_bytes(size, "big") + s.to_bytes(size, "big")
        return self.private.sign(data)


def dump(value):
    return value if isinstance(value, (str, bytes)) else json.dumps(value, separators=(",", ":"))


class Issuer:
    def __init__(self, name, audience):
        self.name, self.audience = name, audience
        self.keys = {alg: Key(alg, alg.lower()) for alg in ALGORITHMS}
        self.small = Key("RS256", "small", bits=1024)
        self.koblitz = Key("ES256K", "koblitz")
        self.encrypting, self.leaked, self.signing = (Key("ES256", kid) for kid in ("encrypting", "leaked", "signing"))
        self.symmetric = b"a symmetric key that everybody knows"

    def jwks(self):
        """Good keys, and bad ones that must neither be used nor spoil the rest."""
        secret = number(self.leaked.private.private_numbers().private_value, 32)
        off_curve = self.keys["ES256"].jwk(kid="off-curve")
        off_curve["y"] = number(int.from_bytes(unb64(off_curve["y"]), "big") ^ 1, 32)
        return {"keys": [
            {"kty": "oct", "kid": "symmetric", "alg": "HS256", "use": "sig", "k": b64(self.symmetric)},
            {"kty": "RSA", "kid": "broken", "alg": "RS256", "n": "!", "e": "AQAB"}, "no object", None, {},
            self.small.jwk(), self.koblitz.jwk(), self.encrypting.jwk(use="enc"),
            self.leaked.jwk(d=secret), self.signing.jwk(use=None, key_ops=["sign"]), off_curve,
            {"kty": "OKP", "crv": "Ed25519", "kid": "identity", "x": b64(b"\1" + bytes(31))},
            {"kty": "XYZ", "kid": "strange"},
            *(key.jwk() for key in self.keys.values())]}

    def claims(self, **changes):
        now = int(time.time())
        claims = {"iss": self.name, "sub": "somebody", "aud": self.audience, "exp": now + 3000, "iat": now, "nbf": now,
                  "client_id": "a-client", "jti": "1", "scope": "lineage:read models:read",
                  "roles": ["analyst"], "namespaces": ["demo", "team-*"]}
        claims.update(changes)
        return {name: value for name, value in claims.items() if value is not ...}

    def token(self, alg="RS256", header=None, key=None, sign_as=None, payload=None, raw_header=None, signature=None, **changes):
        """header and claims are changed by name, to ... they are left out; payload and raw_header are whole texts."""
        key = key or self.keys[alg]
        head = {"alg": key.jose_alg, "typ": "at+jwt", "kid": key.kid}
        head.update(header or {})
        head = {name: value for name, value in head.items() if value is not ...}
        signed = b64(dump(raw_header or head)) + "." + b64(dump(self.claims(**changes) if payload is None else payload))
        return signed + "." + b64(key.sign(signed.encode(), sign_as) if signature is None else signature(signed.encode()))


@dataclasses.dataclass
class Attack:
    name: str
    bad: str
    good: str


def keyed(secret, digest="sha256"):
    return lambda data: hmac.new(secret, data, digest).digest()


def algorithm_attacks(issuer):
    token, good = issuer.token, issuer.token()
    rsa_key, public = issuer.keys["RS256"], issuer.keys["RS256"].private.public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    for name in ("none", "nOnE", "NONE", "", "null"):
        yield f"alg {name!r}, no signature", token(header={"alg": name}, signature=lambda data: b""), good
    yield "alg none, signature kept", token(header={"alg": "none"}), good
    yield "alg none, no key id, no signature", token(header={"alg": "none", "kid": ...}, signature=lambda data: b""), token(header={"kid": ...})
    yield "HS256 with the public key as PEM", token(header={"alg": "HS256"}, signature=keyed(pem)), good
    yield "HS256 with the public key as DER", token(header={"alg": "HS256"}, signature=keyed(der)), good
    yield "HS256 with the modulus", token(header={"alg": "HS256"}, signature=keyed(unb64(rsa_key.jwk()["n"]))), good
    yield "HS256 with the text of the key", token(header={"alg": "HS256"}, signature=keyed(dump(rsa_key.jwk()).encode())), good
    yield "HS256 with an empty key", token(header={"alg": "HS256"}, signature=keyed(b"")), good
    yield "HS256 with the symmetric key of the set", token(header={"alg": "HS256", "kid": "symmetric"}, signature=keyed(issuer.symmetric)), good
    yield "HS512 with the symmetric key of the set", token(header={"alg": "HS512", "kid": "symmetric"}, signature=keyed(issuer.symmetric, "sha512")), good
    yield "RS384 with a key for RS256", token(header={"alg": "RS384"}, sign_as="RS384"), good
    yield "PS256 with a key for RS256", token(header={"alg": "PS256"}, sign_as="PS256"), good
    yield "RS256 with a key for PS256", token("PS256", header={"alg": "RS256"}, sign_as="RS256"), token("PS256")
    yield "header says PS256 of an RS256 signature", token(header={"alg": "PS256"}), good
    yield "RS256 key, PSS signature under its name", token(sign_as="PS256"), good
    yield "SHA-1", token(header={"alg": "RS1"}, sign_as="RS1"), good
    yield "SHA-1 under the name of RS256", token(sign_as="RS1"), good
    yield "ES256 with an RSA key", token(header={"alg": "ES256"}), good
    yield "ES384 with a P-256 key", token("ES256", header={"alg": "ES384"}, sign_as="ES384"), token("ES256")
    yield "EdDSA with an EC key", token("ES256", header={"alg": "EdDSA"}), token("ES256")
    yield "Ed448 with a key of Ed25519", token("EdDSA", header={"alg": "Ed448"}), token("EdDSA", header={"alg": "Ed25519"})
    yield "ES256K", token(key=issuer.koblitz), token("ES256")
    yield "alg in small letters", token(header={"alg": "rs256"}), good
    for value in (..., None, 1, ["RS256"], {"RS256": 1}):
        yield f"alg {value}", token(header={"alg": value}), good


def key_attacks(issuer):
    token, good, stranger = issuer.token, issuer.token(), Key("RS256", "rs256")
    unknown = Key("RS256", "stranger")
    yield "an RSA key of 1024 bits in the set", token(key=issuer.small), good
    yield "a key id that is not in the set", token(header={"kid": "not-there"}), good
    yield "the key id of another key", token(header={"kid": "rs512"}), good
    yield "another key under a known id", token(key=stranger), good
    yield "another key without an id", token(key=stranger, header={"kid": ...}), token(header={"kid": ...})
    yield "a key of its own in the header", token(key=stranger, header={"jwk": stranger.jwk()}), token(header={"jwk": stranger.jwk()})
    yield "an own key, id and all", token(key=unknown, header={"jwk": unknown.jwk()}), good
    yield "an address of keys in the header", token(key=stranger, header={"jku": issuer.name + "/evil"}), token(header={"jku": issuer.name + "/evil"})
    yield "a certificate in the header", token(key=stranger, header={"x5c": ["MIIB"]}), token(header={"x5c": ["MIIB"]})
    yield "an address of certificates in the header", token(key=stranger, header={"x5u": issuer.name}), token(header={"x5u": issuer.name})
    yield "a key for encryption", token(key=issuer.encrypting), token("ES256")
    yield "a key whose private half is in the set", token(key=issuer.leaked), token("ES256")
    yield "a key that may only sign", token(key=issuer.signing), token("ES256")
    yield "a point that is not on the curve", token("ES256", header={"kid": "off-curve"}), token("ES256")
    yield "a key that is the identity", token("EdDSA", header={"kid": "identity"}, signature=lambda data: b"\1" + bytes(63)), token("EdDSA")
    for value in (None, 7, ["rs256"], "", "RS256", "rs256 ", "../rs256"):
        yield f"key id {value!r}", token(header={"kid": value}), good


def time_attacks(issuer):
    token, good, now = issuer.token, issuer.token(), int(time.time())
    yield "expired", token(exp=now - 60), token(exp=now - 10)
    yield "expired long ago", token(exp=1), good
    yield "expired by a negative time", token(exp=-now), good
    for value in (..., None, "", str(now + 3000), True, [now + 3000], {"n": now}):
        yield f"exp {type(value).__name__} {'' if isinstance(value, str) else value}", token(exp=value), good
    claims = dump(issuer.claims(exp=0))
    yield "exp beyond all numbers", token(payload=claims.replace('"exp":0', '"exp":1e999')), token(payload=claims.replace('"exp":0', '"exp":1e99'))
    yield "exp that no JSON spells", token(payload=claims.replace('"exp":0', '"exp":Infinity')), good
    yield "not valid yet", token(nbf=now + 120), token(nbf=now + 10)
    yield "issued in the future", token(iat=now + 120), token(iat=now + 10)
    yield "nbf text", token(nbf="0"), token(nbf=0)
    yield "iat text", token(iat="0"), token(iat=0)


def audience_attacks(issuer):
    token, good, aud, iss = issuer.token, issuer.token(), issuer.audience, issuer.name
    for name, value in {"missing": ..., "null": None, "another": "else", "longer": aud + "x", "shorter": aud[:-1], "empty": "",
                        "upper case": aud.upper(), "padded": " " + aud, "a number": 1, "an object": {aud: aud}, "no one": [],
                        "others": ["else", "more"], "nested": [[aud]]}.items():
        yield f"audience {name}", token(aud=value), good
    yield "audience among what is no text", token(aud=[aud, 1]), token(aud=[aud, "1"])
    for name, value in {"missing": ..., "null": None, "another": "https://else.example", "with a slash": iss + "/", "shorter": iss[:-1],
                        "upper case": iss.upper(), "a list": [iss], "empty": "", "padded": iss + " "}.items():
        yield f"issuer {name}", token(iss=value), good
    for name, value in {"missing": ..., "null": None, "empty": "", "a number": 1}.items():
        yield f"subject {name}", token(sub=value), good


def kind_attacks(issuer):
    def plain(**changes):
        return issuer.token(header={"typ": "JWT"}, **changes)
    good = plain()
    yield "an ID token: nonce", plain(nonce="n"), good
    yield "an ID token: at_hash", plain(at_hash="h"), good
    yield "an ID token: c_hash", plain(c_hash="h"), good
    yield "an ID token: for the client itself", plain(azp=issuer.audience, scope=..., client_id=...), plain(azp="a-client", scope=..., client_id=...)
    bare = {name: ... for name in ("scope", "client_id", "roles", "namespaces", "jti", "nbf")}
    yield "an ID token: who and when, no more", plain(**bare), plain(**{**bare, "scope": "lineage:read"})
    yield "an ID token with groups", plain(**bare, groups=["g"]), plain(**{**bare, "groups": ["g"], "scope": "lineage:read"})
    yield "an ID token as Keycloak says it", plain(typ="ID"), plain(typ="Bearer")
    yield "a refresh token", plain(typ="Refresh"), plain(typ="Bearer")
    yield "a logout token", plain(events={"http://schemas.openid.net/event/backchannel-logout": {}}), good
    for typ in ("logout+jwt", "dpop+jwt", "secevent+jwt", "id_token", "JOSE", "", "at+jwt ", "at"):
        yield f"type {typ!r}", issuer.token(header={"typ": typ}), issuer.token(header={"typ": "AT+JWT"})
    for value in (1, None, ["JWT"]):
        yield f"type {value}", issuer.token(header={"typ": value}), issuer.token(header={"typ": ...})
    for value in ([], ["exp"], ["b64"], None, "exp"):
        yield f"critical {value}", issuer.token(header={"crit": value}), issuer.token()
    yield "a payload that is not encoded", issuer.token(header={"b64": False, "crit": ["b64"]}), issuer.token()


def form_attacks(issuer):
    good = issuer.token("ES256")
    head, body, sign = good.split(".")
    other = issuer.token("ES256", sub="somebody-else").split(".")
    raw = unb64(sign)
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")

    def signed(signature):
        return f"{head}.{body}.{b64(signature)}"
    yield "a zero signature", signed(bytes(64)), good
    yield "r is zero", signed(bytes(32) + raw[32:]), good
    yield "s is zero", signed(raw[:32] + bytes(32)), good
    yield "r is the order", signed(P256_ORDER.to_bytes(32, "big") + raw[32:]), good
    yield "s beyond the order", signed(raw[:32] + ((s + P256_ORDER) % 2 ** 256).to_bytes(32, "big")), good
    yield "a DER signature", signed(utils.encode_dss_signature(r, s)), good
    yield "r and s swapped", signed(raw[32:] + raw[:32]), good
    yield "a signature of 63 bytes", signed(raw[:-1]), good
    yield "a signature of 65 bytes", signed(raw + b"\0"), good
    yield "a longer signature", signed(b"\0" + raw[:32] + b"\0" + raw[32:]), good
    yield "no signature", f"{head}.{body}.", good
    yield "a bit of the signature", signed(raw[:-1] + bytes([raw[-1] ^ 1])), good
    edwards = issuer.token("EdDSA")
    front, _, last = edwards.rpartition(".")
    raw = unb64(last)
    beyond = int.from_bytes(raw[32:], "little") + ED25519_ORDER
    yield "an Edwards signature beyond the order", f"{front}.{b64(raw[:32] + beyond.to_bytes(32, 'little'))}", edwards
    yield "an Edwards signature cut", f"{front}.{b64(raw[:63])}", edwards
    yield "payload of another token", f"{head}.{other[1]}.{sign}", good
    yield "header of another token", f"{issuer.token('ES256', header={'x': 1}).split('.')[0]}.{body}.{sign}", good
    yield "signature of another token", f"{head}.{body}.{other[2]}", good
    yield "a changed payload", f"{head}.{b64(unb64(body).replace(b'somebody', b'anybody!'))}.{sign}", good
    yield "padding of the signature", good + "==", good
    yield "padding of the payload", f"{head}.{body}=.{sign}", good
    yield "spare bits of the signature", good[:-1] + chr(ord(good[-1]) + 1), good  # the last of 86 characters is A, Q, g or w
    rsa_good = next(t for t in (issuer.token(jti=str(i)) for i in range(200)) if set("-_") & set(t.rpartition(".")[2]))
    start, _, end = rsa_good.rpartition(".")
    yield "the other base64", f"{start}.{end.replace('-', '+').replace('_', '/')}", rsa_good
    yield "two parts", f"{head}.{body}", good
    yield "one part", head, good
    yield "four parts", good + ".", good
    yield "four parts in front", "." + good, good
    yield "five parts, as if encrypted", f"{head}...{body}.{sign}", good
    yield "only dots", "..", good
    yield "a space behind", good + " ", good
    yield "a line break inside", f"{head}.{body[:8]}\n{body[8:]}.{sign}", good
    yield "the scheme in front", "Bearer " + good, good
    yield "the JSON form", dump({"payload": body, "protected": head, "signature": sign}), good
    yield "cut in the middle", good[:len(good) // 2], good
    yield "upper and lower case exchanged", good.swapcase(), good
    yield "larger than 16 kB", issuer.token(filler="x" * 13000), issuer.token(filler="x" * 9000)


def json_attacks(issuer):
    text = dump(issuer.claims())
    rest = text[1:]
    iss, aud, head = json.dumps(issuer.name), json.dumps(issuer.audience), '{"alg":"RS256","kid":"rs256","typ":"at+jwt"'

    def with_payload(payload):
        return issuer.token(payload=payload)
    good = with_payload(text)
    spaced = with_payload(json.dumps(issuer.claims()))
    yield "a claim twice", with_payload('{"sub":"root",' + rest), good
    yield "a claim twice, behind", with_payload(text[:-1] + ',"sub":"root"}'), good
    yield "a claim twice, once with an escape", with_payload('{"\\u0073ub":"root",' + rest), with_payload(text.replace('"sub"', '"\\u0073ub"'))
    yield "the issuer twice", with_payload(f'{{"iss":{iss},{rest}'), good
    yield "the audience twice", with_payload(f'{{"aud":{aud},{rest}'), good
    yield "a name twice further inside", with_payload('{"x":{"y":[{"z":1,"z":2}]},' + rest), with_payload('{"x":{"y":[{"z":1,"w":2}]},' + rest)
    yield "a header twice", issuer.token(raw_header=head + ',"alg":"RS256"}'), issuer.token(raw_header=head + "}")
    yield "NUL in the subject", issuer.token(sub="some\0body"), issuer.token(sub="some\tbody")
    yield "NUL in a name", issuer.token(**{"x\0": 1}), issuer.token(**{"x\t": 1})
    yield "half a surrogate", with_payload('{"x":"\\ud800",' + rest), with_payload('{"x":"\\ud83d\\ude00",' + rest)
    yield "no UTF-8", with_payload(b'{"x":"\xff",' + rest.encode()), with_payload('{"x":"ÿ",' + rest)
    yield "UTF-8 longer than needed", with_payload(b'{"x":"\xc0\xaf",' + rest.encode()), good
    yield "a byte order mark", with_payload("\ufeff" + text), good
    yield "UTF-16", with_payload(text.encode("utf-16")), good
    yield "text behind the payload", with_payload(text + " x"), spaced
    yield "two payloads", with_payload(text + text), good
    yield "a payload in a list", with_payload(f"[{text}]"), good
    yield "a payload as text", with_payload(json.dumps(text)), good
    yield "a last comma", with_payload(text[:-1] + ",}"), good
    yield "a comment", with_payload("{/**/" + rest), with_payload("{ " + rest)
    yield "quotes of another kind", with_payload(text.replace('"', "'")), good
    yield "an empty payload", with_payload(""), good
    yield "an empty object", with_payload("{}"), good
    yield "null", with_payload("null"), good
    yield "nested too deeply", with_payload('{"x":' + "[" * 1500 + "]" * 1500 + "," + rest), with_payload('{"x":' + "[" * 500 + "]" * 500 + "," + rest)
    yield "a header in a list", issuer.token(raw_header="[" + head + "}]"), issuer.token(raw_header=head + "}")
    yield "a number beyond all", with_payload('{"x":1e999999,' + rest), with_payload('{"x":1e99,' + rest)


def attacks(issuer):
    for group in (algorithm_attacks, key_attacks, time_attacks, audience_attacks, kind_attacks, form_attacks, json_attacks):
        for name, bad, good in group(issuer):
            yield Attack(f"{group.__name__.partition('_')[0]}: {name}", bad, good)


def at_hash(access_token):
    return b64(hashlib.sha256(access_token.encode()).digest()[:16])
