"""Messages in chunks: what a server refuses or drops in the middle is told once, and as it was."""

from __future__ import annotations

from hashlib import sha256

import pytest

from smtpids.config import Config
from smtpids.smtp import Ends, Event, Tracker
from smtpids.tcp.events import CLIENT, SERVER

ENDS = Ends("id", "1:x", "192.0.2.1", 50000, "198.51.100.2", 25, 0)


class Talk:
    """Feeds a tracker packet by packet, from behind an accepted envelope on."""

    def __init__(self) -> None:
        self.tracker = Tracker(ENDS, Config(strict=True))
        self.events: list[Event] = []
        self.sent = [0, 0]
        self.server("220 mx")
        self.client(b"EHLO c\r\n")
        self.server("250-mx", "250-CHUNKING", "250 PIPELINING")
        self.client(b"MAIL FROM:<a@c>\r\nRCPT TO:<b@mx>\r\n")
        self.server("250 Ok", "250 Ok")

    def client(self, octets: bytes) -> None:
        self._say(CLIENT, octets)

    def server(self, *lines: str) -> None:
        self._say(SERVER, "".join(f"{line}\r\n" for line in lines).encode())

    def _say(self, side: int, octets: bytes) -> None:
        self.events += self.tracker.octets(side, octets, 0, 0, self.sent[1 - side])
        self.sent[side] += len(octets)

    def close(self) -> None:
        self.events += self.tracker.closed("fin", 0, 0)

    def messages(self) -> list[tuple[object, ...]]:
        """Return sender, size, hash, whether it is whole, and the code, of each message."""
        return [
            (
                event.fields.get("smtp.mail_from"),
                event.fields["smtp.message.size"],
                event.fields["smtp.message.hash.sha256"],
                event.fields["smtp.message.complete"],
                event.fields.get("smtp.reply.code"),
            )
            for event in self.events
            if event.action == "message"
        ]

    def anomalies(self) -> list[object]:
        return [
            event.fields["smtp.anomaly.kind"] for event in self.events if event.action == "anomaly"
        ]


def message(sender: str | None, octets: bytes, *, complete: bool, code: int | None) -> object:
    return (sender, len(octets), sha256(octets).hexdigest(), complete, code)


def test_chunks_make_one_message() -> None:
    talk = Talk()
    talk.client(b"BDAT 3\r\nabcBDAT 0\r\nBDAT 2 LAST\r\nde")
    talk.server("250 Ok", "250 Ok", "250 Ok")
    assert talk.messages() == [message("a@c", b"abcde", complete=True, code=250)]
    assert talk.anomalies() == []


@pytest.mark.parametrize("verb", ["RSET", "EHLO c"])
def test_a_chunk_behind_a_dropped_envelope_is_of_another_message(verb: str) -> None:
    talk = Talk()
    talk.client(b"BDAT 3\r\nabc")
    talk.server("250 Ok")
    talk.client(f"{verb}\r\n".encode())
    talk.server("250 Ok")
    talk.client(b"MAIL FROM:<x@c>\r\n")
    talk.server("250 Ok")
    talk.client(b"RCPT TO:<b@mx>\r\n")
    talk.server("250 Ok")
    talk.client(b"BDAT 2 LAST\r\nde")
    talk.server("250 Ok")
    assert talk.messages() == [
        message("a@c", b"abc", complete=False, code=None),
        message("x@c", b"de", complete=True, code=250),
    ]


def test_the_same_where_the_client_waits_for_no_reply() -> None:
    talk = Talk()
    talk.client(
        b"BDAT 3\r\nabcRSET\r\nMAIL FROM:<x@c>\r\nRCPT TO:<b@mx>\r\nBDAT 2 LAST\r\ndeQUIT\r\n"
    )
    talk.server("250 Ok", "250 Ok", "250 Ok", "250 Ok", "250 Ok", "221 bye")
    assert talk.messages() == [
        message("a@c", b"abc", complete=False, code=None),
        message("x@c", b"de", complete=True, code=250),
    ]
    assert talk.anomalies() == []


def test_a_message_goes_on_behind_a_refused_hello() -> None:
    talk = Talk()
    talk.client(b"BDAT 3\r\nabc")
    talk.server("250 Ok")
    talk.client(b"EHLO c\r\n")
    talk.server("503 not now")
    talk.client(b"BDAT 2 LAST\r\nde")
    talk.server("250 Ok")
    assert talk.messages() == [message("a@c", b"abcde", complete=True, code=250)]


def test_a_message_whose_reset_is_never_answered_is_told_at_the_end() -> None:
    talk = Talk()
    talk.client(b"BDAT 3\r\nabc")
    talk.server("250 Ok")
    talk.client(b"RSET\r\n")
    talk.close()
    assert talk.messages() == [message("a@c", b"abc", complete=False, code=None)]


def test_a_refused_chunk_ends_the_message_and_the_later_ones_are_no_other() -> None:
    talk = Talk()
    talk.client(b"BDAT 3\r\nabc")
    talk.server("452 full")
    for chunk in (b"BDAT 2\r\nde", b"BDAT 1 LAST\r\nf"):
        talk.client(chunk)
        talk.server("503 refused before")
    assert talk.messages() == [message("a@c", b"abc", complete=False, code=452)]


def test_a_chunk_that_is_refused_while_the_next_is_on_its_way_is_told_once() -> None:
    talk = Talk()
    talk.client(b"BDAT 3\r\nabcBDAT 4 LAST\r\nde")
    talk.server("452 full")
    talk.client(b"fgRSET\r\n")
    talk.server("503 refused before", "250 Ok")
    assert talk.messages() == [message("a@c", b"abcde", complete=False, code=452)]
    assert talk.anomalies() == []


@pytest.mark.parametrize("between", [b"RSET\r\n", b""])
def test_after_a_refused_message_the_next_one_is_read(between: bytes) -> None:
    talk = Talk()
    talk.client(b"BDAT 3\r\nabc")
    talk.server("452 full")
    # either the envelope is dropped, or the last chunk of the refused message comes
    talk.client(between or b"BDAT 1 LAST\r\nd")
    talk.server("250 Ok" if between else "503 refused before")
    talk.client(b"MAIL FROM:<x@c>\r\nRCPT TO:<b@mx>\r\nBDAT 2 LAST\r\nde")
    talk.server("250 Ok", "250 Ok", "250 Ok")
    assert talk.messages() == [
        message("a@c", b"abc", complete=False, code=452),
        message("x@c", b"de", complete=True, code=250),
    ]


def test_data_in_the_middle_of_chunks_ends_one_message_and_begins_another() -> None:
    talk = Talk()
    talk.client(b"BDAT 3\r\nabc")
    talk.server("250 3 octets")
    talk.client(b"DATA\r\n")
    talk.server("354 go on")
    talk.client(b"de\r\n.\r\n")
    talk.server("250 Ok")
    assert talk.messages() == [
        message("a@c", b"abc", complete=False, code=None),
        message("a@c", b"de\r\n", complete=True, code=250),
    ]
    # it is out of order, but not for want of an envelope
    assert talk.anomalies() == []


def test_empty_chunks_and_what_did_not_come_are_counted() -> None:
    tracker = Tracker(ENDS, Config())
    talk = b"HELO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nBDAT 0\r\nBDAT 0\r\nBDAT 10\r\nabc"
    tracker.octets(SERVER, b"220 mx\r\n", 1, 1, -1)
    tracker.octets(CLIENT, talk, 2, 2, -1)
    tracker.octets(SERVER, b"250 ok\r\n" * 5, 3, 3, -1)
    (message,) = (e.fields for e in tracker.closed("fin", 4, 4) if e.action == "message")
    names = ("chunks", "empty_chunks", "chunk_missing", "complete")
    assert [message[f"smtp.message.{name}"] for name in names] == [3, 2, 7, False]
