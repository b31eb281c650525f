"""Dialogues about commands: order, parameters, groups, refusals, and ways to leave."""

from __future__ import annotations

from pcaps.record.accounts import BOB, CAROL, NOBODY, OUTSIDER
from tests.support.talk.letters import HEADER, SHORT
from tests.support.talk.steps import (
    CHUNKING,
    EVERY,
    HELLO,
    HELO,
    Close,
    Cut,
    Dialogue,
    Group,
    Letter,
    Say,
    Step,
    envelope,
    letter,
    mail,
    rcpt,
    say,
)

SENT = letter(SHORT)
DSN = frozenset({"Postfix", "OpenSMTPD"})
"""The servers that offer it."""


def _commands(name: str, *lines: str, odd: tuple[str, ...] = (), port: int = 25) -> Dialogue:
    """Return a dialogue of commands that are not about an address, behind EHLO."""
    return Dialogue(name, port, (HELLO, *map(say, lines)), odd=odd)


def _group(name: str, *more: Say, letter_follows: bool = True) -> Dialogue:
    """Return an envelope with these recipients and DATA in one write, then the message."""
    group = Group((mail(f"{name}.1@example.net"), *more, say("DATA")))
    last = (letter(SHORT, asked=False),) if letter_follows else ()
    return Dialogue(name, 25, (HELLO, group, *last), servers=CHUNKING)


ORDER = (
    Dialogue("quit-only", 25, ()),
    Dialogue("left-without-a-word", 25, (), Close.FIN),
    Dialogue("hello-only", 587, (HELLO,)),
    Dialogue("helo-letter", 25, (HELO, *envelope("helo-letter"), SENT)),
    Dialogue("helo-then-ehlo", 25, (HELO, HELLO, *envelope("helo-then-ehlo"), SENT)),
    Dialogue("ehlo-drops-envelope", 2525, (HELLO, *envelope("gone"), HELLO, say("DATA")),
             odd=("data_without_envelope",), servers=CHUNKING),
    Dialogue("ehlo-refused", 2525, (HELLO, *envelope("ehlo-refused"), HELLO, SENT),
             servers=frozenset({"OpenSMTPD"})),
    Dialogue("mail-without-hello", 25, (*envelope("mail-without-hello"), SENT),
             servers=frozenset({"Postfix"})),
    Dialogue("mail-too-early", 25, (mail("mail-too-early@example.net"), HELLO,
                                    *envelope("mail-too-early"), SENT),
             servers=frozenset({"Exim", "OpenSMTPD"})),
    Dialogue("nested-mail", 25, (HELLO, *envelope("nested-mail"),
                                 *envelope("nested-mail", CAROL, number=2), SENT),
             odd=("nested_mail",)),
    Dialogue("rcpt-before-mail", 25, (HELLO, rcpt(BOB), *envelope("rcpt-before-mail"), SENT),
             odd=("rcpt_before_mail",)),
    Dialogue("data-without-recipient", 25, (HELLO, mail("a@example.net"), say("DATA"), say("RSET")),
             odd=("data_without_envelope",)),
    Dialogue("data-first", 25, (HELLO, say("DATA")), odd=("data_without_envelope",)),
    _commands("small-talk", "NOOP", "RSET", "NOOP with words", "VRFY bob", "HELP", "RSET"),
    _commands("unknown-commands", "XYZZY", "FOO bar baz", odd=("unknown_command",) * 2),
    _commands("blank-line", "", odd=("unknown_command",)),
    _commands("obsolete", "EXPN staff", "TURN", "ETRN example.org"),
    _commands("trusted-only", "XCLIENT NAME=client.example.net", "XFORWARD NAME=spike.example"),
    _commands("eight-bit-command", "GR\u00dc\u00dfE", odd=("unknown_command",)),
    _commands("lower-case", "noop", "rSeT", "vrfy bob"),
    _commands("data-with-words", "DATA now", odd=("data_without_envelope",)),
    _commands("long-command", "NOOP " + "x" * 700, odd=("line_too_long",)),
    Dialogue("bare-lf-command", 25, (HELLO, Say(b"NOOP", "NOOP", end=b"\n")), odd=("bare_lf",)),
    Dialogue("address-literal", 25, (say("EHLO [192.0.2.10]"), *envelope("address-literal"), SENT)),
)  # fmt: skip

ADDRESSES = (
    Dialogue("null-sender", 25, (HELLO, mail(""), rcpt(BOB), SENT)),
    Dialogue("spaces", 25, (HELLO, mail("spaces.1@example.net", line="MAIL FROM: <{}>{}"),
                            rcpt(BOB, line="RCPT TO: <{}>{}"), SENT)),
    Dialogue("small-words", 25, (say("ehlo client.example.net"),
                                 mail("small-words.1@example.net", line="mail from:<{}>{}"),
                                 rcpt(BOB, line="Rcpt To:<{}>{}"), SENT)),
    Dialogue("quoted-sender", 25, (HELLO, mail('"quoted sender"@example.net'), rcpt(BOB), SENT),
             servers=CHUNKING),
    Dialogue("capital-domain", 25, (HELLO, mail("Capital.1@EXAMPLE.net"), rcpt("bob@EXAMPLE.ORG"),
                                    SENT)),
    Dialogue("some-refused", 25, (HELLO, *envelope("some-refused", NOBODY, BOB, OUTSIDER, CAROL),
                                  SENT)),
    Dialogue("all-refused", 25, (HELLO, *envelope("all-refused", NOBODY, OUTSIDER), say("DATA"),
                                 say("RSET"), *envelope("all-refused", number=2), SENT),
             odd=("data_without_envelope",)),
    Dialogue("bad-sender", 25, (HELLO, mail("bad-sender", line="MAIL FROM:<{}@@example..net>{}"),
                                *envelope("bad-sender"), SENT)),
    Dialogue("no-path", 25, (HELLO, say("MAIL"), say("MAIL FROM:"), *envelope("no-path"), SENT)),
    Dialogue("same-twice", 25, (HELLO, *envelope("same-twice", BOB, BOB), SENT)),
    Dialogue("many-recipients", 25, (HELLO, *envelope("many-recipients", *[BOB, CAROL] * 12),
                                     SENT)),
)  # fmt: skip


def _parameters(
    name: str, sent: str, received: str = "", servers: frozenset[str] = EVERY
) -> Dialogue:
    commands = (mail(f"{name}.1@example.net", sent), rcpt(BOB, received))
    return Dialogue(name, 25, (HELLO, *commands, SENT), servers=servers)


PARAMETERS = (
    _parameters("size", f" SIZE={len(SHORT)}"),
    _parameters("body-7bit", " BODY=7BIT"),
    _parameters("body-8bit", " BODY=8BITMIME SIZE=1000"),
    _parameters("dsn", " RET=HDRS ENVID=QQ314159",
                " NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;bob@example.org", DSN),
    _parameters("dsn-never", " RET=FULL", " NOTIFY=NEVER", DSN),
    Dialogue("too-large", 25, (HELLO, *envelope("too-large", parameters=" SIZE=99999999999"),
                               say("RSET"), *envelope("too-large", number=2), SENT),
             odd=("rcpt_before_mail",), servers=CHUNKING),
    Dialogue("odd-parameter", 25, (HELLO, mail("odd-parameter.1@example.net", " FOO=BAR"),
                                   say("RSET"), *envelope("odd-parameter", number=2), SENT)),
    Dialogue("utf8-sender", 25, (HELLO, mail("gr\u00fcn.1@example.net", " SMTPUTF8"),
                                 rcpt(BOB), SENT), servers=CHUNKING),
)  # fmt: skip

GROUPS = (
    _group("group", rcpt(BOB)),
    _group("group-of-four", rcpt(BOB), rcpt(CAROL), rcpt(NOBODY)),
    _group("group-all-refused", rcpt(NOBODY), rcpt(OUTSIDER)),
    Dialogue("group-by-octets", 25, (HELLO, Group((*envelope("group-by-octets"), say("DATA"))),
                                     letter(SHORT, asked=False)),
             cut=Cut.OCTETS, servers=CHUNKING),
    Dialogue("group-with-reset", 25, (
        HELLO, Group((say("RSET"), *envelope("group-with-reset"), say("DATA"))),
        letter(SHORT, asked=False),
        Group((say("RSET"), *envelope("group-with-reset", CAROL, number=2), say("QUIT"))),
    ), Close.WAIT, servers=CHUNKING),
    Dialogue("message-and-next", 25, (
        HELLO, *envelope("message-and-next"), SENT, say("RSET"),
        Group((*envelope("message-and-next", number=2), say("RSET"), say("NOOP"))),
    ), servers=CHUNKING),
    Dialogue("past-the-sync-point", 25, (HELLO, Group((say("NOOP"), say("RSET"), say("NOOP"),
                                                       say("RSET")))),
             odd=("pipelined_past_sync_point",), servers=frozenset({"Postfix"})),
    Dialogue("group-not-offered", 25, (HELO, Group((*envelope("group-not-offered"), say("RSET")))),
             servers=frozenset({"Postfix"})),
    Dialogue("group-to-opensmtpd", 25, (HELLO, Group((*envelope("group-to-opensmtpd"),
                                                      say("RSET")))),
             servers=frozenset({"OpenSMTPD"})),
)  # fmt: skip


def _half(wire: bytes, content: bytes) -> Letter:
    """Return a message of which the end is missing."""
    return Letter(HEADER + b"\r\n" + wire, HEADER + b"\r\n" + content, broken_off=True)


def _letters(name: str, count: int) -> list[Step]:
    """Return so many messages, each longer than the one before."""
    steps: list[Step] = []
    for number in range(1, count + 1):
        steps += [*envelope(name, number=number), letter(SHORT * number)]
    return steps


LEAVING = (
    Dialogue("left-after-letter", 25, (HELLO, *envelope("left-after-letter"), SENT), Close.FIN),
    Dialogue("left-in-envelope", 25, (HELLO, *envelope("left-in-envelope")), Close.FIN),
    Dialogue("reset-after-letter", 25, (HELLO, *envelope("reset-after-letter"), SENT), Close.RESET),
    Dialogue("reset-in-envelope", 25, (HELLO, *envelope("reset-in-envelope")), Close.RESET),
    Dialogue("reset-in-message", 25, (
        HELLO, *envelope("reset-in-message"),
        _half(b"..A line\r\nHalf a l", b".A line\r\nHalf a l"),
    ), Close.RESET),
    Dialogue("left-in-message", 25, (
        HELLO, *envelope("left-in-message"),
        _half(b"The end is missing\r\n.", b"The end is missing\r\n."),
    ), Close.FIN),
    Dialogue("two-letters", 25, (HELLO, *envelope("two-letters"), SENT,
                                 *envelope("two-letters", CAROL, number=2), SENT)),
    Dialogue("five-letters", 587, (HELLO, *_letters("five-letters", 5))),
    Dialogue("reset-between", 25, (
        HELLO, *envelope("reset-between"), SENT, *envelope("dropped", CAROL), say("RSET"),
        *envelope("reset-between", CAROL, number=2), SENT, say("RSET"),
    )),
)  # fmt: skip

DIALOGUES = (*ORDER, *ADDRESSES, *PARAMETERS, *GROUPS, *LEAVING)
