"""Ordinary sessions of every make, combined from tables.

Each table turns like a wheel, one row further with each dialogue; the wheels have no size in
common, so that over the dialogues each row meets the rows of every other table. Nothing is drawn by
lot, and everything in here is legal: no anomaly may be told of it.
"""

from __future__ import annotations

from pcaps.record.accounts import ALICE, ALICE_PASSWORD, BOB, BOB_PASSWORD, CAROL, NOBODY
from tests.support.talk.letters import LETTERS
from tests.support.talk.steps import (
    CHUNKING,
    Close,
    Cut,
    Dialogue,
    Group,
    Login,
    Say,
    Secure,
    Step,
    chunks,
    letter,
    mail,
    rcpt,
    say,
    sender,
)

COMBINED = 45
"""Dialogues for each server."""

# port, STARTTLS, implicit TLS
PATHS = (
    (25, "", ""),
    (587, "1.3", ""),
    (2525, "", ""),
    (465, "", "1.3"),
    (587, "", ""),
    (25, "1.2", ""),
    (465, "", "1.2"),
)
LOGINS: tuple[tuple[Login, ...], ...] = (
    (),
    (Login("PLAIN", ALICE, ALICE_PASSWORD),),
    (Login("LOGIN", BOB, BOB_PASSWORD, initial=False),),
    (),
    (Login("PLAIN", BOB, BOB_PASSWORD, initial=False),),
)
HELLOS = ("EHLO client.example.net", "EHLO [192.0.2.10]", "ehlo client")
# parameters of MAIL, parameters of RCPT, recipients
ENVELOPES = (
    ("", "", (BOB,)),
    (" SIZE=4000", "", (BOB, CAROL)),
    (" BODY=8BITMIME", "", (NOBODY, CAROL)),
    (" SIZE=99999 BODY=7BIT", "", (CAROL,)),
)
FRAMINGS = (
    *("DATA", "group", "BDAT", "chunks", "BDAT group", "DATA", "closing"),
    *("DATA", "DATA", "DATA", "group"),
)
BETWEEN: tuple[tuple[Say, ...], ...] = (
    (),
    (say("RSET"),),
    (say("NOOP"),),
    (say("VRFY bob"),),
    (say("RSET"), say("NOOP")),
    (),
    (say("HELP"),),
    (),
    (say("RSET"),),
    (),
    (),
    (say("NOOP"),),
    (),
)
CUTS = (
    *(
        Cut.WHOLE,
        Cut.OCTETS,
        Cut.WHOLE,
        Cut.LINE_ENDS,
        Cut.WHOLE,
        Cut.BLOCKS,
        Cut.WHOLE,
        Cut.OCTETS,
    ),
    *(Cut.WHOLE, Cut.BLOCKS, Cut.WHOLE, Cut.WHOLE, Cut.LINE_ENDS, Cut.WHOLE, Cut.OCTETS),
    *(Cut.WHOLE, Cut.WHOLE),
)
CLOSES = (*[Close.QUIT] * 17, Close.FIN, Close.RESET)
TEXTS = tuple(LETTERS)


def combined(title: str) -> list[Dialogue]:
    """Return the combined dialogues for a server."""
    return [_dialogue(title, turn) for turn in range(COMBINED)]


def _dialogue(title: str, turn: int) -> Dialogue:
    name = f"combined-{turn:02}"
    able = title in CHUNKING
    paths = PATHS if able else tuple(path for path in PATHS if path[1:] == ("", ""))
    port, starttls, implicit = paths[turn % len(paths)]
    hello = say(HELLOS[turn % len(HELLOS)])
    steps: list[Step] = [hello]
    if starttls:
        steps += [Secure(starttls), hello]
    if able:
        steps += LOGINS[turn % len(LOGINS)]
    for number in range(1, 2 + turn % 3 // 2):
        steps += BETWEEN[turn % len(BETWEEN)]
        steps += _transaction(name, number, turn, able=able)
    close, cut = CLOSES[turn % len(CLOSES)], CUTS[turn % len(CUTS)]
    return Dialogue(name, port, tuple(steps), close, cut, implicit)


def _transaction(name: str, number: int, turn: int, *, able: bool) -> list[Step]:
    for_mail, for_rcpt, recipients = ENVELOPES[turn % len(ENVELOPES)]
    commands = [
        mail(sender(name, number), for_mail),
        *(rcpt(recipient, for_rcpt) for recipient in recipients),
    ]
    # 23: as the other wheels, without a common divisor
    content = LETTERS[TEXTS[(turn + 23 * number) % len(TEXTS)]]
    framing = FRAMINGS[turn % len(FRAMINGS)] if able else "DATA"
    third = max(len(content) // 3, 1)
    match framing:
        case "group":
            return [Group((*commands, say("DATA"))), letter(content, asked=False)]
        case "BDAT":
            return [*commands, *chunks(content)]
        case "chunks":
            return [*commands, *chunks(content, third, third)]
        case "closing":
            return [*commands, *chunks(content, third, len(content) - third, closing=True)]
        case "BDAT group":
            return [Group((*commands, *chunks(content, third)))]
        case _:
            return [*commands, letter(content)]
