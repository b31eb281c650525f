"""What must not be written in clear: addresses, user names and subjects, masked or hashed.

Rules see what was sent; here it is rewritten for whoever reads the records. It happens to the event
before any format is made of it, so that no format can forget a place and no cut can leave half an
address. `event.id` is made of what was sent, and is the same with and without a veil.

A name is known by where it stands (the envelope, a field of the header), by what it looks like
(`local@domain`, the path of a command), and, where a server repeats it, by having stood in the same
session before. Of an address the domain stays readable.
"""

from __future__ import annotations

import hmac
import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from smtpids.alerts.text import escape
from smtpids.fields import FIELDS, Type
from smtpids.rules.rule import Match
from smtpids.smtp.events import Event, Evidence, Line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smtpids.rules.correlation import Correlated


class Mode(StrEnum):
    """What becomes of a name or a subject."""

    NONE = "none"
    MASK = "mask"
    HASH = "hash"


ADDRESSES: Final = frozenset(
    [
        "email.bcc.address",
        "email.cc.address",
        "email.from.address",
        "email.from.name",
        "email.message_id",
        "email.reply_to.address",
        "email.sender.address",
        "email.to.address",
        "smtp.auth.authzid",
        "smtp.auth.user",
        "smtp.command.local_part",
        "smtp.end_of_data.mail_from",
        "smtp.end_of_data.rcpt_to",
        "smtp.mail_from",
        "smtp.rcpt_to",
    ]
)
"""Fields that are an address or a name, or lists of them."""
#: Those whose words nobody repeats and that are like other words.
_NO_NAMES: Final = frozenset(["email.from.name", "email.message_id"])
SUBJECTS: Final = frozenset(["email.subject"])
KEPT: Final = ("session.", "network.", "source.", "destination.", "smtpids.", "history.", "event.")
"""Beginnings of fields in which nobody can write a name."""
URLS: Final = frozenset(["email.urls"])
STARS: Final = "***"
HASH_DIGITS: Final = 16
"""64 bits: two of a million names are alike once in forty million sites."""
#: Lines of a session that are looked through for names; it keeps fewer.
_ALL: Final = 1 << 30
#: Shorter words of a name that has several would hide ordinary ones.
_LEAST_WORD: Final = 3

#: Verbs whose argument is a path or a name.
_PATH_VERBS: Final = frozenset(["MAIL", "RCPT", "SEND", "SOML", "SAML", "VRFY", "EXPN", "USER"])
#: Those to which a server answers with the names of people.
_ASKING: Final = frozenset(["VRFY", "EXPN"])
_COMMAND: Final = re.compile(r"(\s*([A-Za-z]+))(?=[\s:]|$)(.*)", re.DOTALL)
_LEAD: Final = re.compile(r"\s*(?:(?:FROM|TO)\b)?\s*:?\s*", re.IGNORECASE)
_IN_BRACKETS: Final = re.compile(r"<(.*?)(>(?:\s+[A-Za-z0-9-]+(?:=\S*)?)*\s*)", re.DOTALL)
_BARE: Final = re.compile(r"(.*?)((?:\s+[A-Za-z0-9-]+=\S*)*\s*)", re.DOTALL)
_PARAMETER: Final = re.compile(r"\b((?:LOGIN|AUTH|ORCPT)=(?:[\w-]*;)?)([^\s<>]+)", re.IGNORECASE)
_SUBJECT: Final = re.compile(r"\b(subject:\s*)(\S.*)", re.IGNORECASE | re.DOTALL)
_CODE: Final = re.compile(r"\d{3}[ -]")
#: What stands before an address in a line of the answer to VRFY: behind the codes, a name. What was
#: taken is not given back (`*+`): of a thousand blanks there are too many ways to share them.
_PHRASE: Final = re.compile(
    r"((?:^|/)\s*+(?:\d{3}[ -])?+(?:\d\.\d{1,3}\.\d{1,3}\s)?+)\s*+[^<>/]*[^<>/\s]"
    r"(?=\s*+<[^<>@]*+@[^<>]*+>)"
)
#: What stands before an address and is none of it, though an address might hold it.
_BEFORE: Final = (
    r"(?:(?:smtp\.mailfrom|smtp\.rcptto|smtp\.auth|header\.\w+|mailfrom|envelope-from|auth|login"
    r"|email|user|rcpt|to|from|for)=)?+"
)
_CHAR: Final = r"[^\s<>()\[\],;:\"@]"
_ADDRESS: Final = re.compile(
    rf'(?<!{_CHAR})({_BEFORE})({_CHAR}++|"(?:[^"\\]|\\.)*+")(?=@)', re.IGNORECASE
)
#: The same within a URL, where the at sign may be written as %40.
_IN_URL: Final = re.compile(r"([^\s<>()\[\],;:\"@/?&=#%]++)(?=@|%40)", re.IGNORECASE)
_WORD: Final = re.compile(r"[^\s<>()\[\],;:\"'`/=?@|]+")


class Veil:
    """Rewrites events and matches; `key` is for hashes and may be empty without them."""

    def __init__(self, addresses: Mode, subjects: Mode, key: bytes = b"") -> None:
        self._addresses = addresses
        self._subjects = subjects
        self._key = key

    def match(self, match: Match) -> Match:
        """Return the match as it may be written."""
        names = self._names(match.event)
        correlated = match.correlated
        if correlated is not None:
            correlated = self._correlated(correlated, names)
        event = self._event(match.event, names)
        return Match(match.rule, event, match.suppressed, correlated)

    def event(self, event: Event) -> Event:
        """Return the event as it may be written."""
        return self._event(event, self._names(event))

    def name(self, text: str) -> str:
        """Return an address or a name; the domain of an address stays."""
        if self._addresses is Mode.NONE or not text:
            return text
        before, at, domain = text.rpartition("@")
        local = before if at else text
        route = ""
        if local.startswith("@"):  # a source route, RFC 5321 appendix C
            route, colon, local = local.rpartition(":")
            route += colon
        if not local:
            return text
        return f"{route}{self._veiled(self._addresses, local)}{at}{domain if at else ''}"

    def subject(self, text: str) -> str:
        """Return a subject."""
        if self._subjects is Mode.NONE or not text:
            return text
        if self._subjects is Mode.MASK:
            return f"{STARS} ({len(text)} characters)"
        return self._hashed(text)

    # -- events ------------------------------------------------------------------------------------

    def _event(self, event: Event, names: frozenset[str]) -> Event:
        fields = event.fields
        verb = str(fields.get("smtp.command.verb") or fields.get("smtp.reply.verb") or "")
        veiled = {
            name: self._value(name, value, names, verb.upper()) for name, value in fields.items()
        }
        lines = event.evidence.lines(_ALL)
        asking = any(_verb(line) in _ASKING for line in lines)
        shown = [
            Line(
                line.number,
                line.side,
                self._line(line, names, asking=asking),
                line.packet,
                line.ts_ns,
            )
            for line in lines
        ]
        evidence = Evidence(shown, shown[-1].number if shown else 0)
        return Event(event.action, event.ts_ns, event.packet, veiled, evidence)

    def _value(self, name: str, value: Any, names: frozenset[str], verb: str = "") -> Any:
        """Return the value of a field, or of all that a list or an object holds."""
        if isinstance(value, list):
            return [self._value(name, one, names, verb) for one in value]
        if isinstance(value, dict):
            return {
                inner: self._value(f"{name}.{inner}", one, names) for inner, one in value.items()
            }
        if not isinstance(value, str) or name.startswith(KEPT):
            return value
        return self._text(name, value, names, verb)

    def _text(self, name: str, value: str, names: frozenset[str], verb: str) -> str:
        if name in ADDRESSES:
            return self.name(value)
        if name in SUBJECTS:
            return self.subject(value)
        if name == "smtp.command.line":
            return self._command(value, names)
        if name == "smtp.command.argument" and verb in {*_PATH_VERBS, ""}:
            return self._argument(value, names)
        if name == "smtp.reply.text":
            return self._said(value, names, asking=verb in _ASKING)
        if name in URLS:
            return self._known(self._within(value, _IN_URL), names)
        field = FIELDS.get(name)
        words = names if field is None or field.type is Type.TEXT else frozenset()
        return self._known(self._within(value), words)

    def _correlated(self, correlated: Correlated, names: frozenset[str]) -> Correlated:
        group = tuple(
            (name, self._text(_meant(correlated, name), value, names, ""))
            for name, value in correlated.group
        )
        counted = correlated.value_field
        values = tuple(self._text(counted, value, names, "") for value in correlated.values)
        return correlated._replace(group=group, values=values)

    # -- the dialogue ------------------------------------------------------------------------------

    def _line(self, line: Line, names: frozenset[str], *, asking: bool) -> str:
        if line.side == "client":
            return self._command(line.text, names)
        code = _CODE.match(line.text)
        begin = code.end() if code else 0
        return line.text[:begin] + self._said(line.text[begin:], names, asking=asking)

    def _command(self, text: str, names: frozenset[str]) -> str:
        """Return a line of the client."""
        found = _COMMAND.fullmatch(text)
        if found and found[2].upper() in _PATH_VERBS:
            return found[1] + self._argument(found[3], names)
        text = _SUBJECT.sub(lambda part: part[1] + self.subject(part[2]), text)
        return self._known(self._within(self._parameters(text)), names)

    def _argument(self, text: str, names: frozenset[str]) -> str:
        """Return the argument of a command that takes a path or a name."""
        if self._addresses is Mode.NONE:
            return text
        lead = _LEAD.match(text)
        begin = lead.end() if lead else 0
        rest = text[begin:]
        found = _IN_BRACKETS.fullmatch(rest)
        if found:
            path, after = f"<{self.name(found[1])}", found[2]
        elif rest.startswith("<"):
            path, after = f"<{self.name(rest[1:].rstrip('>'))}>", ""
        else:
            bare = _BARE.fullmatch(rest)
            path, after = (self.name(bare[1]), bare[2]) if bare else (self.name(rest), "")
        return text[:begin] + path + self._known(self._within(self._parameters(after)), names)

    def _parameters(self, text: str) -> str:
        """Return a text without the names in parameters that hold one."""
        return _PARAMETER.sub(lambda found: found[1] + self.name(found[2]), text)

    def _said(self, text: str, names: frozenset[str], *, asking: bool) -> str:
        """Return the text of a reply; asked for names, a server tells those of people."""
        if asking and "@" in text and self._addresses is not Mode.NONE:
            text = _PHRASE.sub(rf"\1{STARS}", text)
        return self._known(self._within(text), names)

    # -- names within texts ------------------------------------------------------------------------

    def _within(self, text: str, pattern: re.Pattern[str] = _ADDRESS) -> str:
        """Return a text whose addresses are veiled."""
        if self._addresses is Mode.NONE or ("@" not in text and "%40" not in text):
            return text
        mode, last = self._addresses, pattern.groups
        return pattern.sub(
            lambda found: (found[1] if last > 1 else "") + self._veiled(mode, found[last]), text
        )

    def _known(self, text: str, names: frozenset[str]) -> str:
        """Return a text in which names of the session are veiled where they stand alone."""
        if not names:
            return text

        def veiled(found: re.Match[str]) -> str:
            word = found[0].rstrip(".!")
            if word.casefold() not in names:
                return found[0]
            return self._veiled(self._addresses, word) + found[0][len(word) :]

        return _WORD.sub(veiled, text)

    def _names(self, event: Event) -> frozenset[str]:
        """Return the names of the session, to know them where they are repeated."""
        if self._addresses is Mode.NONE:
            return frozenset()
        found: set[str] = set()
        for text in _paths(event):
            local = (text.rpartition("@")[0] or text).strip('"').casefold()
            found |= {local, escape(local), local.rpartition(":")[2]}
            if _WORD.fullmatch(local) is None:
                found |= {word for word in _WORD.findall(local) if len(word) >= _LEAST_WORD}
        return frozenset(found - {""})

    def _veiled(self, mode: Mode, text: str) -> str:
        bare = text.strip('"') or text
        return self._hashed(bare) if mode is Mode.HASH else bare[:1] + STARS

    def _hashed(self, text: str) -> str:
        octets = text.casefold().encode("utf-8", "backslashreplace")
        return hmac.digest(self._key, octets, "sha256").hex()[:HASH_DIGITS]


def _meant(correlated: Correlated, name: str) -> str:
    """Return the field that a name of the group stands for: of several, one that is private."""
    fields = correlated.meaning.get(name, (name,))
    return next((one for one in fields if one in ADDRESSES | SUBJECTS), fields[0])


def _verb(line: Line) -> str:
    """Return the verb of a client's line in upper case."""
    found = _COMMAND.fullmatch(line.text) if line.side == "client" else None
    return found[2].upper() if found else ""


def _paths(event: Event) -> Iterator[str]:
    """Yield each address and name that an event and the dialogue before it hold."""
    for name in event.fields.keys() & (ADDRESSES - _NO_NAMES):
        value = event.fields[name]
        yield from (str(one) for one in (value if isinstance(value, list) else [value]) if one)
    for line in event.evidence.lines(_ALL):
        if _verb(line) in _PATH_VERBS:
            found = _COMMAND.fullmatch(line.text)
            yield from _bare(found[3] if found else "")


def _bare(argument: str) -> Iterator[str]:
    """Yield the path or the name in an argument, without its brackets."""
    lead = _LEAD.match(argument)
    rest = argument[lead.end() if lead else 0 :]
    found = _IN_BRACKETS.fullmatch(rest) or _BARE.fullmatch(rest)
    if found and found[1].strip("<>"):
        yield found[1].strip("<>")
