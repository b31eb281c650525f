"""Dialogues about messages: every kind of text by DATA, chunks, and how the writes are cut."""

from __future__ import annotations

from pcaps.record.accounts import BOB, CAROL, NOBODY
from tests.support.talk.letters import HEADER, LETTERS, SHORT
from tests.support.talk.steps import (
    CHUNKING,
    HELLO,
    Close,
    Cut,
    Dialogue,
    Group,
    Letter,
    chunks,
    envelope,
    letter,
    mail,
    rcpt,
    say,
)


def _by_data(key: str, content: bytes) -> Dialogue:
    name = "data-" + key.lower().replace(" ", "-")
    return Dialogue(name, 25, (HELLO, *envelope(name), letter(content)))


def _by_cut(cut: Cut, key: str) -> Dialogue:
    name = f"{cut.replace(' ', '-')}-{key.replace(' ', '-')}"
    return Dialogue(name, 25, (HELLO, *envelope(name, BOB, CAROL), letter(LETTERS[key])), cut=cut)


def _by_bdat(name: str, content: bytes, *sizes: int, closing: bool = False) -> Dialogue:
    parts = chunks(content, *sizes, closing=closing)
    return Dialogue(name, 25, (HELLO, *envelope(name), *parts), servers=CHUNKING)


def _odd(name: str, wire: bytes, content: bytes, *odd: str) -> Dialogue:
    """Return a dialogue of which the message is not as it should be on the wire."""
    sent = Letter(HEADER + b"\r\n" + wire + b".\r\n", HEADER + b"\r\n" + content)
    return Dialogue(name, 25, (HELLO, *envelope(name), sent), odd=odd)


TEXTS = tuple(_by_data(key, content) for key, content in LETTERS.items())

CUTS = (
    *(_by_cut(Cut.OCTETS, key) for key in ("short", "empty", "dots")),
    *(_by_cut(Cut.LINE_ENDS, key) for key in ("short", "dots", "one line end", "folded")),
    *(_by_cut(Cut.BLOCKS, key) for key in ("hundred kilobytes", "attachment", "longest lines")),
)

ODD = (
    _odd("too-long-line", b"x" * 3000 + b"\r\n", b"x" * 3000 + b"\r\n", "line_too_long"),
    _odd("single-dot", b".not doubled\r\n", b"not doubled\r\n", "dot_stuffing_violation"),
    _odd("bare-lf", b"one\ntwo\nthree\r\n", b"one\ntwo\nthree\r\n", "bare_lf"),
    _odd("bare-cr", b"one\rtwo\r\n", b"one\rtwo\r\n", "bare_cr"),
    _odd("nul", b"one\0two\r\n", b"one\0two\r\n", "nul_in_line"),
)

CHUNKS = (
    _by_bdat("bdat", SHORT),
    _by_bdat("bdat-closing", SHORT, len(SHORT), closing=True),
    _by_bdat("bdat-three", SHORT, 10, 100),
    _by_bdat("bdat-single-octets", b"\r\nab\r\n", 1, 1, 1, 1, 1),
    _by_bdat("bdat-in-line-end", SHORT, SHORT.index(b"\r") + 1, 5),
    # Postfix refuses an empty chunk that is not the last, and takes what follows for chunks still;
    # Exim 4.96 takes it for commands
    Dialogue("bdat-empty-between", 25, (HELLO, *envelope("bdat-empty-between"),
                                        *chunks(SHORT, 50, 0, 50)),
             servers=frozenset({"Postfix"})),
    _by_bdat("bdat-empty", b""),
    _by_bdat("bdat-dots", LETTERS["dots"]),
    _by_bdat("bdat-large", LETTERS["hundred kilobytes"], 30_000, 1, 40_000),
    _by_bdat("bdat-looks-like-commands", b"\r\n.\r\nQUIT\r\nMAIL FROM:<x@example.net>\r\n.\r\n", 7),
    Dialogue("bdat-group", 25, (
        HELLO, Group((*envelope("bdat-group"), *chunks(SHORT, 20, 30))),
    ), servers=CHUNKING),
    Dialogue("bdat-group-by-octets", 25, (
        HELLO, Group((*envelope("bdat-group-by-octets"), *chunks(SHORT, 20))),
    ), cut=Cut.OCTETS, servers=CHUNKING),
    Dialogue("bdat-group-refused", 25, (
        HELLO, Group((*envelope("bdat-group-refused", NOBODY), *chunks(SHORT, 20))), say("RSET"),
    ), servers=CHUNKING),
    Dialogue("bdat-without-envelope", 25, (HELLO, *chunks(SHORT), say("NOOP")),
             odd=("bdat_without_envelope",), servers=CHUNKING),
    Dialogue("bdat-twice", 25, (
        HELLO, *envelope("bdat-twice"), *chunks(SHORT), *envelope("bdat-twice", number=2),
        *chunks(LETTERS["dots"], 33),
    ), servers=CHUNKING),
    Dialogue("bdat-then-data", 25, (
        HELLO, *envelope("bdat-then-data"), *chunks(SHORT, 9),
        *envelope("bdat-then-data", number=2), letter(SHORT),
    ), servers=CHUNKING),
    Dialogue("bdat-dropped", 25, (
        HELLO, *envelope("bdat-dropped"), chunks(SHORT, 40)[0], say("RSET"),
        *envelope("bdat-dropped", number=2), *chunks(SHORT),
    ), servers=CHUNKING),
    Dialogue("bdat-bad-size", 25, (HELLO, *envelope("bdat-bad-size"), say("BDAT many"),
                                   say("RSET")),
             odd=("bad_bdat_size",), servers=CHUNKING),
    Dialogue("bdat-body-8bit", 25, (
        HELLO, mail("bdat-body-8bit.1@example.net", " BODY=8BITMIME"), rcpt(BOB),
        *chunks(LETTERS["eight bits"], 99),
    ), servers=CHUNKING),
    Dialogue("bdat-left", 25, (HELLO, *envelope("bdat-left"), chunks(SHORT, 40)[0]), Close.FIN,
             servers=CHUNKING),
)  # fmt: skip

DIALOGUES = (*TEXTS, *CUTS, *ODD, *CHUNKS)
