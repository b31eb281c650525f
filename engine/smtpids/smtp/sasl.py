"""What an AUTH exchange tells without its secret.

The tracker hands over the base64 lines of one exchange (RFC 4954 4); a table says how the
client's responses of each mechanism are read. A name is told only from a response that has the
form of its mechanism, since in any other form what looks like a name may be the password. A
secret lives for one call: it is compared, and the answers are kept.
"""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING, Final, TypeAlias

from smtpids.config import Limits
from smtpids.pattern import Pattern
from smtpids.smtp import ntlm
from smtpids.smtp.passwords import is_common
from smtpids.text import readable

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.smtp.events import Fields

#: A SASL mechanism name has 20 octets at most (RFC 4422 3.1); more is shown, but not endlessly.
NAME_CHARS: Final = 64
#: How much of a challenge is looked at for the words of LOGIN.
PROMPT_OCTETS: Final = 64
NOT_BASE64: Final = Pattern(rb"[^A-Za-z0-9+/]+")
PADDING: Final = Pattern(rb"=+")
LINE_BREAKING: Final = Pattern(rb"[\x00\r\n]")


class Exchange:
    """One AUTH exchange, from the command to its final reply. Holds no secret at any time.

    `mechanism` is the word after AUTH in whatever case; `facts` may be asked at any moment.
    """

    __slots__ = ("broken", "limits", "mechanism", "prompt", "responses", "told")

    def __init__(self, mechanism: str, limits: Limits | None = None) -> None:
        self.limits = limits if limits is not None else Limits()
        self.mechanism = mechanism[:NAME_CHARS].upper()
        self.prompt = b""
        """The beginning of the server's last challenge, decoded and as it stands, lower case."""
        self.responses = 0
        """How many responses of the client were read."""
        self.broken = False
        """A response is missing: which one another is can no longer be told."""
        self.told: Fields = {
            "smtp.auth.initial_response": False,
            "smtp.auth.cancelled": False,
            "smtp.auth.base64_valid": True,
            "smtp.auth.base64_unpadded": False,
            "smtp.auth.malformed": False,
            "smtp.auth.length": 0,
        }

    def initial(self, response: bytes) -> None:
        """Take the initial response of the AUTH command; `=` is an empty one (RFC 4954 4)."""
        self.told["smtp.auth.initial_response"] = True
        self._response(b"" if response.strip() == b"=" else response)

    def challenge(self, text: bytes) -> None:
        """Take the text of a 334 reply; some servers write it without base64."""
        octets, _ = decode_base64(text)
        self.prompt = (octets[:PROMPT_OCTETS] + b" " + text[:PROMPT_OCTETS]).lower()
        self.told.update(ntlm.names(octets, ntlm.OF_SERVER, self.limits.text_chars))

    def answer(self, line: bytes) -> None:
        """Take a line of the client after a challenge; `*` cancels (RFC 4954 4)."""
        if line.strip() == b"*":
            self.told["smtp.auth.cancelled"] = True
            return
        self._response(line)

    def facts(self) -> Fields:
        """Return what is known so far, by field name; names that were not seen are absent."""
        return dict(self.told)

    def name(self, field: str, octets: bytes) -> None:
        """Note a name if there is one; NUL, CR and LF in it break every mechanism's grammar."""
        if not octets:
            return
        if LINE_BREAKING.search(octets):
            self.told["smtp.auth.malformed"] = True
        self.told[field] = readable(octets, self.limits.text_chars)

    def secret(self, octets: bytes) -> None:
        """Reduce a password to what may be said of it."""
        user = self.told.get("smtp.auth.user", "")
        shown = readable(octets, self.limits.text_chars).lower()
        is_user = isinstance(user, str) and shown in _user_forms(user.lower())
        self.told["smtp.auth.secret.empty"] = not octets
        self.told["smtp.auth.secret.is_user"] = bool(octets) and is_user
        self.told["smtp.auth.secret.common"] = is_common(octets)

    def malformed(self) -> None:
        """Note that a response has not the form of its mechanism."""
        self.told["smtp.auth.malformed"] = True

    def _response(self, line: bytes) -> None:
        line = line.strip(b" \t\r\n")
        response, valid = decode_base64(line)
        if not valid:
            self.told["smtp.auth.base64_valid"] = False
        if len(line.rstrip(b"=")) % 4 == 3 and not line.endswith(b"="):
            self.told["smtp.auth.base64_unpadded"] = True
        length = self.told["smtp.auth.length"]
        # what is no base64 at all was sent all the same
        octets = len(response) or len(line.strip(b"="))
        if isinstance(length, int) and octets > length:
            self.told["smtp.auth.length"] = octets
        if not self.broken:
            _reader(self.mechanism)(self, response)
        self.responses += 1


def decode_base64(line: bytes) -> tuple[bytes, bool]:
    """Decode one line (RFC 4648 4) and say whether it was valid.

    Of an invalid line comes what a lenient server would take: other characters are dropped,
    every run of `=` ends a part, and parts that lack padding get it.
    """
    line = line.strip(b" \t\r\n")
    try:
        return binascii.a2b_base64(line, strict_mode=True), True
    except binascii.Error:
        pass
    parts: list[bytes] = []
    for part in PADDING.split(line):
        digits = NOT_BASE64.sub(b"", part)
        if len(digits) % 4 == 1:
            digits = digits[:-1]
        parts.append(binascii.a2b_base64(digits + b"=" * (-len(digits) % 4)))
    return b"".join(parts), False


def _user_forms(user: str) -> tuple[str, ...]:
    """Return the user name, its local part, and what follows the domain of Windows."""
    return (user, user.partition("@")[0], user.rpartition("\\")[2]) if user else ()


def _plain(exchange: Exchange, response: bytes) -> None:
    """RFC 4616 2: authzid NUL authcid NUL passwd."""
    authzid, first, rest = response.partition(b"\x00")
    user, second, secret = rest.partition(b"\x00")
    if not first or not second or not user:
        exchange.malformed()
    if not second:
        return
    exchange.name("smtp.auth.authzid", authzid)
    exchange.name("smtp.auth.user", user)
    if b"\x00" in secret:
        exchange.malformed()
    exchange.secret(secret)


def _login(exchange: Exchange, response: bytes) -> None:
    """draft-murchison-sasl-login: user name, then password, each asked for.

    Whatever comes once the user name is known, or when a password is asked for, is a secret.
    """
    user_known = "smtp.auth.user" in exchange.told
    asks_password = b"pass" in exchange.prompt
    asks_user = b"user" in exchange.prompt and not asks_password
    if not user_known and not asks_password and (asks_user or exchange.responses == 0):
        exchange.name("smtp.auth.user", response)
        return
    shown = readable(response, exchange.limits.text_chars)
    if asks_user and shown == exchange.told.get("smtp.auth.user"):
        return
    exchange.secret(response)


CRAM_RESPONSE: Final = Pattern(rb"(.+) [0-9A-Fa-f]{32}", re.DOTALL)


def _cram_md5(exchange: Exchange, response: bytes) -> None:
    """RFC 2195 2: user SP digest, 32 hexadecimal digits; the user name may hold blanks."""
    found = CRAM_RESPONSE.fullmatch(response)
    if found is None:
        exchange.malformed()
        return
    exchange.name("smtp.auth.user", found.group(1))


DIGEST_DIRECTIVE: Final = Pattern(
    rb'(?:^|,)[ \t\r\n]*(username|realm|authzid)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"',
    re.IGNORECASE | re.DOTALL,
)
DIGEST_FIELDS: Final = {
    b"username": "smtp.auth.user",
    b"realm": "smtp.auth.realm",
    b"authzid": "smtp.auth.authzid",
}
QUOTED_PAIR: Final = Pattern(rb"\\(.)", re.DOTALL)


def _digest_md5(exchange: Exchange, response: bytes) -> None:
    """RFC 2831 2.1.2; the answer to rspauth (2.1.3) is empty."""
    if exchange.responses and not response:
        return
    found = {match[1].lower(): match[2] for match in DIGEST_DIRECTIVE.finditer(response)}
    if b"username" not in found:
        exchange.malformed()
    for directive, value in found.items():
        exchange.name(DIGEST_FIELDS[directive], QUOTED_PAIR.sub(rb"\1", value))


def _token(exchange: Exchange, response: bytes) -> None:
    """NTLM, and GSSAPI or SPNEGO tokens that carry it (MS-NLMP 2.2.1)."""
    exchange.told.update(ntlm.names(response, ntlm.OF_CLIENT, exchange.limits.text_chars))


#: The header of RFC 5801 4: channel binding flag and authorisation identity.
GS2_HEADER: Final = Pattern(rb"(?:n|y|p=[A-Za-z0-9.-]*),(?:a=([^,\x01]*))?,")
SCRAM_USER: Final = Pattern(rb"(?:m=[^,]*,)?n=([^,]+),r=")


def _scram(exchange: Exchange, response: bytes) -> None:
    """RFC 5802 7: only the client's first message has names, the second a proof."""
    if "smtp.auth.user" in exchange.told or (exchange.responses and not response):
        return
    header = GS2_HEADER.match(response)
    found = SCRAM_USER.match(response, header.end()) if header else None
    if header is None or found is None:
        if response or exchange.responses:
            exchange.malformed()
        return
    exchange.name("smtp.auth.authzid", _saslname(header.group(1) or b""))
    exchange.name("smtp.auth.user", _saslname(found.group(1)))


def _saslname(octets: bytes) -> bytes:
    """RFC 5802 5.1: comma and equals sign are written =2C and =3D."""
    return octets.replace(b"=2C", b",").replace(b"=3D", b"=")


BEARER: Final = Pattern(rb"(?:^|\x01)auth=(?:Bearer|OAuth)[ \t]+([^\x01]*)", re.IGNORECASE)
XOAUTH2_USER: Final = Pattern(rb"user=([^\x01\r\n]*)\x01")
JWT: Final = Pattern(rb"eyJ[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*){2,4}")


def _xoauth2(exchange: Exchange, response: bytes) -> None:
    """`user=` user ^A `auth=Bearer ` token ^A ^A; the answer to an error is empty."""
    if exchange.responses and not response.strip(b"\x01"):
        return
    found = XOAUTH2_USER.match(response)
    if found is None:
        exchange.malformed()
    else:
        exchange.name("smtp.auth.user", found.group(1))
    _bearer(exchange, response)


def _oauthbearer(exchange: Exchange, response: bytes) -> None:
    """RFC 7628 3.1: GS2 header ^A key=value pairs ^A; the answer to an error is ^A alone."""
    if exchange.responses and not response.strip(b"\x01"):
        return
    header = GS2_HEADER.match(response)
    if header is None or response[header.end() : header.end() + 1] != b"\x01":
        exchange.malformed()
    else:
        exchange.name("smtp.auth.user", _saslname(header.group(1) or b""))
    _bearer(exchange, response)


def _bearer(exchange: Exchange, response: bytes) -> None:
    """RFC 6750 2.1: a token is a JWT (RFC 7519 3) by its form, or opaque."""
    found = BEARER.search(response)
    if found is None:
        exchange.malformed()
        return
    token = found.group(1).rstrip()
    exchange.told["smtp.auth.token_kind"] = "jwt" if JWT.fullmatch(token) else "opaque"


def _external(exchange: Exchange, response: bytes) -> None:
    """RFC 4422 A.1: the authorisation identity, or nothing."""
    exchange.name("smtp.auth.authzid", response)


def _anonymous(exchange: Exchange, response: bytes) -> None:
    """RFC 4505 2: a trace, which says who the client would like to be taken for."""
    exchange.name("smtp.auth.user", response)


def _unread(exchange: Exchange, response: bytes) -> None:
    """Take nothing from a mechanism that is not known."""


Reader: TypeAlias = "Callable[[Exchange, bytes], None]"

#: How the client's responses of a mechanism are read; SCRAM has a name for each hash.
READERS: Final[dict[str, Reader]] = {
    "PLAIN": _plain,
    "LOGIN": _login,
    "CRAM-MD5": _cram_md5,
    "DIGEST-MD5": _digest_md5,
    "NTLM": _token,
    "GSSAPI": _token,
    "GSS-SPNEGO": _token,
    "XOAUTH2": _xoauth2,
    "OAUTHBEARER": _oauthbearer,
    "EXTERNAL": _external,
    "ANONYMOUS": _anonymous,
}


def _reader(mechanism: str) -> Reader:
    if mechanism.startswith("SCRAM-"):
        return _scram
    return READERS.get(mechanism, _unread)
