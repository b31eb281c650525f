"""The web configuration of Prometheus' exporter-toolkit: TLS, users, headers and a rate for HTTP.

The format is that of the toolkit's docs/web-configuration.md, so that a file of another exporter
serves here. What would be left unprotected if it were passed over is an error: keys that nobody
knows, and the few policies that trust every certificate. The file holds hashes of passwords, so no
message repeats a value or shows the line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from smtpids.config import KIB
from smtpids.document import Items, Mapping, Scalar, read_documents
from smtpids.errors import ConfigError, ConfigSetError, Location
from smtpids.faults import Faults, unknown
from smtpids.metrics import basicauth

if TYPE_CHECKING:
    from collections.abc import Mapping as Table

    from smtpids.document import Value

#: A file of the toolkit has some dozen lines, and one for each user.
MOST_OCTETS: Final = 64 * KIB
#: bcrypt's cost, of which each step doubles the time: at 14 a check takes a second or two, and
#: Prometheus waits ten for an answer.
MOST_COST: Final = 14

TLS12, TLS13 = "TLS12", "TLS13"
VERSIONS: Final = (TLS12, TLS13)
NO_CERT: Final = "NoClientCert"
IF_GIVEN: Final = "VerifyClientCertIfGiven"
REQUIRED: Final = "RequireAndVerifyClientCert"
CLIENT_AUTH: Final = (NO_CERT, IF_GIVEN, REQUIRED)
#: Policies of Go that ask for a certificate and believe whatever comes.
UNVERIFIED: Final = ("RequestClientCert", "RequireAnyClientCert", "RequireClientCert")
#: Go's names of the suites that it takes for secure, and OpenSSL's. TLS 1.3's are always on.
CIPHERS: Final[dict[str, str]] = {
    "TLS_AES_128_GCM_SHA256": "",
    "TLS_AES_256_GCM_SHA384": "",
    "TLS_CHACHA20_POLY1305_SHA256": "",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": "ECDHE-ECDSA-AES128-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": "ECDHE-ECDSA-AES256-SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": "ECDHE-RSA-AES128-SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": "ECDHE-RSA-AES256-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "ECDHE-RSA-AES128-GCM-SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "ECDHE-RSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-ECDSA-CHACHA20-POLY1305",
}
CURVES: Final[dict[str, str]] = {
    "CurveP256": "prime256v1",
    "CurveP384": "secp384r1",
    "CurveP521": "secp521r1",
    "X25519": "X25519",
}
#: The headers that may be set, and the values of those that have only some.
HEADERS: Final[dict[str, tuple[str, ...]]] = {
    "Content-Security-Policy": (),
    "Strict-Transport-Security": (),
    "X-Content-Type-Options": ("nosniff",),
    "X-Frame-Options": ("deny", "sameorigin"),
    "X-XSS-Protection": (),
}
#: Keys whose values the toolkit takes from the file itself, and those to write.
INLINE: Final = {"cert": "cert_file", "key": "key_file", "client_ca": "client_ca_file"}

TOP: Final = ("tls_server_config", "http_server_config", "basic_auth_users", "rate_limit")
TLS_KEYS: Final = (
    "cert_file",
    "key_file",
    "client_auth_type",
    "client_ca_file",
    "client_allowed_sans",
    "min_version",
    "max_version",
    "cipher_suites",
    "prefer_server_cipher_suites",
    "curve_preferences",
)
_HEADER_VALUE: Final = re.compile(r"[\x20-\x7e]{1,1024}", re.ASCII)
_DURATION: Final = re.compile(r"(\d{1,6}(?:\.\d{1,6})?)(ms|s|m|h)", re.ASCII)
_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True)
class Tls:
    """`tls_server_config`."""

    place: Location
    cert_file: str
    key_file: str
    client_auth: str = NO_CERT
    client_ca_file: str = ""
    client_allowed_sans: tuple[str, ...] = ()
    min_version: str = TLS12
    max_version: str = TLS13
    ciphers: tuple[str, ...] = ()
    """OpenSSL's names, for TLS 1.2; none stands for OpenSSL's own choice."""
    curve: str = ""
    servers_choice: bool = True

    @property
    def files(self) -> tuple[str, ...]:
        """The files that are named."""
        return tuple(filter(None, (self.cert_file, self.key_file, self.client_ca_file)))


@dataclass(frozen=True, slots=True)
class WebConfig:
    """What a file says; nothing stands for HTTP as it is without one."""

    tls: Tls | None = None
    headers: Table[str, str] = field(default_factory=dict)
    users: Table[str, str] = field(default_factory=dict)
    """bcrypt hashes by name; empty: everybody may read."""
    burst: int = 0
    """Requests at once; 0: any number."""
    a_second: float = 0.0
    """Requests in a second beyond these."""

    @property
    def is_open(self) -> bool:
        """Whether everybody may read."""
        return not self.users and (self.tls is None or self.tls.client_auth != REQUIRED)


def read_web_config(path: str) -> WebConfig:
    """Return what a file says. ConfigSetError with all faults if there is one."""
    faults = Faults()
    found = _read(path, faults)
    if faults.errors:
        errors = sorted(faults.errors, key=lambda one: (one.location.line, one.location.column))
        raise ConfigSetError(
            [ConfigError(fault.message, fault.location, secret=True) for fault in errors]
        )
    return found


def _read(path: str, faults: Faults) -> WebConfig:
    text = _text(path, faults)
    syntax = Faults()
    documents = [] if text is None else read_documents(text, path, syntax)
    for fault in syntax.errors:  # one may hold a value: a password that was not hashed
        told = "this is no value of its kind; put it in quotes"
        faults.error(fault.location, told if fault.message.startswith("'") else fault.message)
    if len(documents) > 1:
        faults.error(documents[1].place, "a web configuration is one document; remove the '---'")
    if not documents or _is_empty(documents[0]):
        return WebConfig()
    top = _section(documents[0], "a web configuration", TOP, faults)
    tls = burst = None
    headers: dict[str, str] = {}
    users: dict[str, str] = {}
    a_second = 0.0
    if top.get("tls_server_config") is not None:
        tls = _tls(top, faults)
    if (http := top.get("http_server_config")) is not None:
        headers = _http(http, faults)
    if (listed := top.get("basic_auth_users")) is not None and not _is_empty(listed):
        users = _users(listed, faults)
    if (rate := top.get("rate_limit")) is not None:
        burst, a_second = _rate(rate, faults)
    return WebConfig(tls, headers, users, burst or 0, a_second)


def _text(path: str, faults: Faults) -> str | None:
    try:
        with Path(path).open("rb") as file:
            octets = file.read(MOST_OCTETS + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        faults.error(Location(path), f"cannot be read: {reason}")
        return None
    if len(octets) > MOST_OCTETS:
        faults.error(Location(path), f"is larger than {MOST_OCTETS} octets; is it the right file?")
        return None
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = octets[: error.start].count(b"\n") + 1
        faults.error(Location(path, line), "this line is not UTF-8; save as UTF-8")
        return None


def _is_empty(value: Value) -> bool:
    return isinstance(value, Scalar) and value.value is None


def _section(value: Value, name: str, known: tuple[str, ...], faults: Faults) -> Mapping:
    """Return the keys of a section without those that are wrong."""
    if not isinstance(value, Mapping):
        faults.error(value.place, f"{name} has keys: {', '.join(known)}")
        return Mapping({}, value.place)
    for key, (at, _) in value.entries.items():
        if key in known:
            continue
        if key in INLINE:
            faults.error(at.place, f"'{key}' in the file itself is not read; write {INLINE[key]}")
        else:
            faults.error(at.place, unknown(f"key of {name}", key, known))
    return Mapping({k: pair for k, pair in value.entries.items() if k in known}, value.place)


def _word(section: Mapping, key: str, faults: Faults) -> str:
    """Return a text; nothing if the key is not there or has none."""
    value = section.get(key)
    if value is None or _is_empty(value):
        return ""
    if isinstance(value, Scalar):
        return value.text
    faults.error(value.place, f"'{key}' takes one word")
    return ""


def _one_of(section: Mapping, key: str, known: tuple[str, ...], faults: Faults) -> str:
    word = _word(section, key, faults)
    if word and word not in known:
        faults.error(
            section.entries[key][1].place,
            unknown(f"value of '{key}'", word, known) + f"; one of {', '.join(known)}",
        )
        return ""
    return word


def _words(section: Mapping, key: str, faults: Faults) -> list[Scalar]:
    value = section.get(key)
    if value is None or _is_empty(value):
        return []
    if isinstance(value, Items):
        found = [one for one in value.items if isinstance(one, Scalar)]
        if len(found) == len(value.items):
            return found
    faults.error(value.place, f"'{key}' takes a list of words")
    return []


def _flag(section: Mapping, key: str, *, default: bool, faults: Faults) -> bool:
    value = section.get(key)
    if value is None:
        return default
    if isinstance(value, Scalar) and isinstance(value.value, bool):
        return value.value
    faults.error(value.place, f"'{key}' is true or false")
    return default


def _tls(top: Mapping, faults: Faults) -> Tls:
    at, value = top.entries["tls_server_config"]
    section = _section(value, "'tls_server_config'", TLS_KEYS, faults)
    files = {key: _file(section, key, faults) for key in TLS_KEYS if key.endswith("_file")}
    for key in ("cert_file", "key_file"):
        if not files[key]:
            faults.error(at.place, f"TLS needs '{key}'; name a file in PEM")
    client_auth = _client_auth(section, files["client_ca_file"], faults)
    sans = tuple(one.text for one in _words(section, "client_allowed_sans", faults))
    if sans and client_auth != REQUIRED:
        faults.error(section.key("client_allowed_sans"), f"this needs client_auth_type: {REQUIRED}")
    least = _version(section, "min_version", faults) or TLS12
    most = _version(section, "max_version", faults) or TLS13
    if least > most:
        faults.error(section.key("min_version"), "min_version is above max_version")
    ciphers = []
    for one in _words(section, "cipher_suites", faults):
        if one.text not in CIPHERS:
            faults.error(one.place, unknown("cipher suite", one.text, CIPHERS))
        elif CIPHERS[one.text]:
            ciphers.append(CIPHERS[one.text])
    curves = _words(section, "curve_preferences", faults)
    for one in curves:
        if one.text not in CURVES:
            faults.error(one.place, unknown("curve", one.text, CURVES))
    if len(curves) > 1:
        faults.error(
            curves[1].place, "only one curve can be set here; keep one, or remove the key for all"
        )
    return Tls(
        place=at.place,
        client_auth=client_auth,
        client_allowed_sans=sans,
        min_version=least,
        max_version=most,
        ciphers=tuple(ciphers),
        curve=CURVES.get(curves[0].text, "") if curves else "",
        servers_choice=_flag(section, "prefer_server_cipher_suites", default=True, faults=faults),
        **files,
    )


def _file(section: Mapping, key: str, faults: Faults) -> str:
    """Return a path, seen from the folder of the file in which it stands."""
    word = _word(section, key, faults)
    return str(Path(section.place.path).parent / word) if word else ""


def _client_auth(section: Mapping, ca_file: str, faults: Faults) -> str:
    word = _word(section, "client_auth_type", faults)
    place = section.key("client_auth_type")
    if word in UNVERIFIED:
        faults.error(place, f"'{word}' believes any certificate; write {REQUIRED} or {NO_CERT}")
        return REQUIRED
    found = _one_of(section, "client_auth_type", CLIENT_AUTH, faults) or NO_CERT
    if found != NO_CERT and not ca_file:
        faults.error(place, f"'{found}' needs client_ca_file, the authority of the clients")
    if found == NO_CERT and ca_file and not word:
        faults.error(
            section.key("client_ca_file"), f"this needs client_auth_type, such as {REQUIRED}"
        )
    return found


def _version(section: Mapping, key: str, faults: Faults) -> str:
    if _word(section, key, faults) in {"TLS10", "TLS11"}:
        faults.error(section.entries[key][1].place, "this version is broken; write TLS12 or TLS13")
        return ""
    return _one_of(section, key, VERSIONS, faults)


def _http(value: Value, faults: Faults) -> dict[str, str]:
    section = _section(value, "'http_server_config'", ("http2", "headers"), faults)
    _flag(section, "http2", default=True, faults=faults)  # HTTP/1.1 serves every scraper
    listed = section.get("headers")
    if listed is None or _is_empty(listed):
        return {}
    headers = _section(listed, "'headers'", tuple(HEADERS), faults)
    found = {}
    for name in headers.entries:
        text = _word(headers, name, faults)
        if not text:
            continue
        place = headers.entries[name][1].place
        if HEADERS[name] and text not in HEADERS[name]:
            faults.error(place, f"'{name}' is one of {', '.join(HEADERS[name])}")
        elif not _HEADER_VALUE.fullmatch(text):
            faults.error(place, f"'{name}' takes one line of ASCII")
        else:
            found[name] = text
    return found


def _users(value: Value, faults: Faults) -> dict[str, str]:
    if not isinstance(value, Mapping):
        faults.error(value.place, "'basic_auth_users' has a name and a bcrypt hash on each line")
        return {}
    found = {}
    for name, (at, hashed) in value.entries.items():
        cost = basicauth.cost(hashed.text) if isinstance(hashed, Scalar) else None
        if not name or ":" in name:
            faults.error(at.place, "the name of a user is not empty and has no colon")
        elif cost is None:
            faults.error(
                at.place, f"what '{name}' has is no bcrypt hash; 'htpasswd -nBC 10 NAME' makes one"
            )
        elif cost > MOST_COST:
            faults.error(
                at.place, f"the hash of '{name}' has cost {cost}, which takes too long; make"
                f" it with {MOST_COST} at most",
            )  # fmt: skip
        elif isinstance(hashed, Scalar):
            found[name] = hashed.text
    return found


def _rate(value: Value, faults: Faults) -> tuple[int, float]:
    section = _section(value, "'rate_limit'", ("interval", "burst"), faults)
    interval, burst = _word(section, "interval", faults), _word(section, "burst", faults)
    seconds = _DURATION.fullmatch(interval)
    if interval in {"", "0", "0s"}:
        return 0, 0.0
    if seconds is None or not float(seconds[1]):
        faults.error(section.key("interval"), "'interval' takes a time such as 500ms or 1s")
        return 0, 0.0
    if not (burst.isascii() and burst.isdigit() and 0 < len(burst) < 7 and int(burst)):
        faults.error(section.key("burst"), "'burst' takes a number above 0, such as 20")
        return 0, 0.0
    return int(burst), 1 / (float(seconds[1]) * _UNITS[seconds[2]])
