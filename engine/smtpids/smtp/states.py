"""The SMTP session as data: which command is in order where, and where its reply leads.

A server that meets an illegal command refuses it; a monitor may not, because what matters is what
the two ends do next. So legality and effect are two tables:

* `VERBS` says in which states a command is in order. Out of order is an anomaly and nothing else:
  it never changes what follows.
* `OUTCOMES` says where a reply leads, from the verb and the reply's first digit alone. A digit that
  is not listed changes nothing. A wrong guess heals at the next reply.

`CONNECT`, `END_OF_DATA` and `AUTH_ANSWER` are no commands, yet the server replies to them; with
them every reply answers something.

Clients send commands before the replies to earlier ones (RFC 2920). Whether such a command is in
order is judged against the state the client believes in: the confirmed state with every command
that waits for its reply assumed to succeed (`assumed`). A client whose first command is refused is
thus not blamed for the rest.

`waits` marks the commands whose reply decides how the client's next octets are to be read: as
commands, as a message, as SASL answers or as TLS. What the client sends meanwhile is held.
`ends_group` marks those that must be the last of a pipelined group (RFC 2920 3.1). 421 closes the
session from anywhere; it is the one effect outside the tables.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where a session stands (`session.state`)."""

    CONNECTED = "connected"
    GREETED = "greeted"
    READY = "ready"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    MESSAGE = "message"
    TLS = "tls"
    CLOSED = "closed"
    LOST = "lost"
    """After a gap or in mid-stream: everything is in order, any reply leads out."""


#: Each state as plain text.
STATE_NAMES: Final[dict[State, str]] = {state: state.value for state in State}


class Verb:
    """A command of SMTP, or what else the server replies to."""

    __slots__ = (
        "allowed",
        "anomaly",
        "drops",
        "ends_group",
        "hoped",
        "keyword",
        "leads",
        "most_octets",
        "name",
        "spec",
        "waits",
    )

    def __init__(
        self,
        name: str,
        spec: str,
        allowed: frozenset[State],
        anomaly: str = "",
        *,
        keyword: bytes = b"",
        drops: bool = False,
        waits: bool = False,
        ends_group: bool = False,
        most_octets: int = 512,
    ) -> None:
        self.name = name
        self.spec = spec
        """Where it is defined."""
        self.allowed = allowed
        """States in which it is in order; LOST always is."""
        self.anomaly = anomaly
        """The anomaly raised where it is not; empty if nobody is helped by one."""
        self.keyword = keyword
        """What stands before its path, if it has one."""
        self.drops = drops
        """Whether it drops the envelope if it succeeds."""
        self.waits = waits
        self.ends_group = ends_group
        self.most_octets = most_octets
        """Its longest line with CRLF: RFC 5321 4.5.3.1.4 and what extensions add to it."""
        self.leads: list[State | None] = []
        """Its row of `OUTCOMES`, by the digit."""
        self.hoped: State | None = None
        """Where it leads if it succeeds; None if nowhere."""


_S = State
_ANY: Final = frozenset(State)
_OPEN: Final = frozenset({_S.GREETED, _S.READY, _S.LOST})
_GREETED: Final = _OPEN | {_S.MAIL, _S.RCPT}

VERBS: Final[dict[str, Verb]] = {
    verb.name: verb
    for verb in (
        Verb("EHLO", "RFC 5321 4.1.1.1", _GREETED, drops=True, ends_group=True),
        Verb("HELO", "RFC 5321 4.1.1.1", _GREETED, drops=True, ends_group=True),
        Verb("LHLO", "RFC 2033 4.1", _GREETED, drops=True, ends_group=True),
        # SIZE adds 26 (RFC 1870), BODY 17 (6152), AUTH 500 (4954), RET and ENVID 106 (3461),
        # SMTPUTF8 10 (6531), REQUIRETLS 11 (8689)
        Verb("MAIL", "RFC 5321 4.1.1.2", _OPEN, "nested_mail", keyword=b"FROM", most_octets=1182),
        # ORCPT and NOTIFY add 528 (RFC 3461 4)
        Verb(
            "RCPT",
            "RFC 5321 4.1.1.3",
            frozenset({_S.MAIL, _S.RCPT, _S.LOST}),
            "rcpt_before_mail",
            keyword=b"TO",
            most_octets=1040,
        ),
        Verb(
            "DATA",
            "RFC 5321 4.1.1.4",
            frozenset({_S.RCPT, _S.LOST}),
            "data_without_envelope",
            waits=True,
            ends_group=True,
        ),
        # not `waits`: RFC 3030 2 lets the client send on without the reply
        Verb(
            "BDAT",
            "RFC 3030 2",
            frozenset({_S.RCPT, _S.MESSAGE, _S.LOST}),
            "bdat_without_envelope",
        ),
        Verb("RSET", "RFC 5321 4.1.1.5", _ANY, drops=True),
        Verb("NOOP", "RFC 5321 4.1.1.9", _ANY, ends_group=True),
        Verb("QUIT", "RFC 5321 4.1.1.10", _ANY, ends_group=True),
        Verb("VRFY", "RFC 5321 4.1.1.6", _ANY, ends_group=True),
        Verb("EXPN", "RFC 5321 4.1.1.7", _ANY, ends_group=True),
        Verb("HELP", "RFC 5321 4.1.1.8", _ANY),
        Verb("STARTTLS", "RFC 3207 4", _ANY, waits=True, ends_group=True),
        Verb("AUTH", "RFC 4954 4", _ANY, waits=True, most_octets=12288),
        Verb("ETRN", "RFC 1985", _ANY),
        Verb("ATRN", "RFC 2645", _ANY),
        Verb("TURN", "RFC 5321 F.1", _ANY, ends_group=True),
        Verb("SEND", "RFC 5321 F.6", _OPEN, "nested_mail", keyword=b"FROM"),
        Verb("SOML", "RFC 5321 F.6", _OPEN, "nested_mail", keyword=b"FROM"),
        Verb("SAML", "RFC 5321 F.6", _OPEN, "nested_mail", keyword=b"FROM"),
        Verb("BURL", "RFC 4468 3", _ANY, most_octets=8192),
        Verb("XCLIENT", "Postfix XCLIENT_README", _ANY, ends_group=True),
        Verb("XFORWARD", "Postfix XFORWARD_README", _ANY),
    )
}

CONNECT: Final = "CONNECT"
END_OF_DATA: Final = "END_OF_DATA"
AUTH_ANSWER: Final = "AUTH_ANSWER"
UNKNOWN: Final = "UNKNOWN"
#: What changes nothing: in a flood it is counted and awaits its reply, and that is all.
COUNTED: Final = frozenset({UNKNOWN, "NOOP", "HELP", "VRFY", "EXPN"})

#: verb -> {first digit of the reply: state}
OUTCOMES: Final[dict[str, dict[int, State]]] = {
    CONNECT: {2: _S.GREETED, 4: _S.GREETED, 5: _S.GREETED},
    "EHLO": {2: _S.READY},
    "HELO": {2: _S.READY},
    "LHLO": {2: _S.READY},
    "MAIL": {2: _S.MAIL},
    "RCPT": {2: _S.RCPT},
    "DATA": {3: _S.MESSAGE},
    "BDAT": {2: _S.MESSAGE},
    END_OF_DATA: {2: _S.READY, 4: _S.READY, 5: _S.READY},
    "RSET": {2: _S.READY},
    "QUIT": {2: _S.CLOSED},
    "STARTTLS": {2: _S.TLS},
    "AUTH": {3: _S.AUTH, 2: _S.READY, 4: _S.READY, 5: _S.READY},
    AUTH_ANSWER: {3: _S.AUTH, 2: _S.READY, 4: _S.READY, 5: _S.READY},
    "XCLIENT": {2: _S.GREETED},
    "NOOP": {},
    "VRFY": {},
    "EXPN": {},
    "HELP": {},
    "ETRN": {},
    "ATRN": {},
    "TURN": {},
    "SEND": {2: _S.MAIL},
    "SOML": {2: _S.MAIL},
    "SAML": {2: _S.MAIL},
    "BURL": {},
    "XFORWARD": {},
    UNKNOWN: {},
}

#: the digit that means success, where it is not 2
_HOPED: Final[dict[str, int]] = {"DATA": 3}
#: All that is replied to, by its name; what is no command is in order everywhere.
ROWS: Final[dict[str, Verb]] = {
    name: VERBS[name] if name in VERBS else Verb(name, "", _ANY) for name in OUTCOMES
}
for _name, _outcomes in OUTCOMES.items():
    ROWS[_name].leads = [_outcomes.get(digit) for digit in range(10)]
    ROWS[_name].hoped = _outcomes.get(_HOPED.get(_name, 2))
_LOST: Final[State] = State.LOST
_READY: Final[State] = State.READY


def outcome(verb: Verb, digit: int, state: State) -> State:
    """Return where a reply that begins with `digit` leads from `state`."""
    after = verb.leads[digit]
    if after is None:
        return _READY if state is _LOST and 2 <= digit <= 3 else state
    return after


def assumed(verb: Verb, state: State) -> State:
    """Return where `verb` leads from `state` if it succeeds: what a pipelining client believes."""
    after = verb.hoped
    return state if after is None else after


def is_in_order(verb: Verb, state: State) -> bool:
    """Tell whether a command is in order in a state (`VERBS`)."""
    return state is _LOST or state in verb.allowed
