from __future__ import annotations

import dpkt
import pytest

from smtpids.capture.frames import FIN, RST
from smtpids.errors import Location
from smtpids.faults import Faults
from smtpids.trial.conversation import Conversation
from smtpids.trial.dialog import MOST_STEPS, OPTIONS, Dialog, play, read_dialog
from tests.support.rules import said


def place(index: int) -> Location:
    return Location("a.test.yml", 10 + index)


def judged(text: str, number: int = 1) -> tuple[Dialog, list[str]]:
    faults = Faults()
    return read_dialog(text, place, faults, number), said(faults)


def dialog(text: str, number: int = 1) -> Dialog:
    found, told = judged(text, number)
    assert told == []
    return found


def packets(text: str, number: int = 1) -> list[tuple[str, bytes]]:
    """Return side and octets of each packet."""
    return [(step.side, step.octets) for step in dialog(text, number).steps]


def payloads(text: str) -> list[bytes]:
    talk = Conversation()
    play(dialog(text), talk)
    return [bytes(dpkt.ethernet.Ethernet(frame[2]).data.data.data) for frame in talk.frames]


def flags(text: str) -> list[int]:
    talk = Conversation()
    play(dialog(text), talk)
    return [dpkt.ethernet.Ethernet(frame[2]).data.data.flags for frame in talk.frames]


def test_lines_of_one_side_in_a_row_are_one_packet() -> None:
    assert packets("S: 250-a\nS: 250 b\nC: QUIT\n") == [
        ("server", b"250-a\r\n250 b\r\n"),
        ("client", b"QUIT\r\n"),
    ]


def test_two_dashes_end_a_packet() -> None:
    assert packets("C: RSET\n--\nC: QUIT\n") == [("client", b"RSET\r\n"), ("client", b"QUIT\r\n")]


def test_octets_are_written_with_escapes() -> None:
    assert packets(r'C| a\x00"\r\n') == [("client", b'a\0"\r\n')]


def test_base64_is_made_of_what_stands_in_braces() -> None:
    assert packets(r"C: AUTH PLAIN {base64:\0alice\0pw}") == [
        ("client", b"AUTH PLAIN AGFsaWNlAHB3\r\n")
    ]


def test_a_comment_and_an_empty_line_are_nothing() -> None:
    assert packets("# who\n\nC: QUIT\n") == [("client", b"QUIT\r\n")]


def test_repeated_lines_know_their_number() -> None:
    assert packets("== repeat 2\nC: RCPT TO:<u{n}@a>\nS: 250 ok\n== end\n") == [
        ("client", b"RCPT TO:<u1@a>\r\n"),
        ("server", b"250 ok\r\n"),
        ("client", b"RCPT TO:<u2@a>\r\n"),
        ("server", b"250 ok\r\n"),
    ]


def test_elsewhere_the_number_is_that_of_the_session() -> None:
    assert packets("C: EHLO host{n}", 7) == [("client", b"EHLO host7\r\n")]


def test_the_port_and_a_late_beginning_are_kept() -> None:
    found = dialog("== port 587\n== midstream\nC: QUIT\n")
    assert (found.port, found.midstream) == (587, True)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("X: QUIT", "a line begins with"),
        ("== wiat 5", "unknown act 'wiat', did you mean 'wait'?"),
        ("== wait", "'== wait' is written '== wait 2.5'"),
        ("== wait long", "'long' is not a number"),
        ("== port 70000", "70000 is not between 1 and 65535"),
        ("== gap left 5", "'left' is not a side: write client or server"),
        ("== resend", "'== resend' has nothing to send again"),
        ("== end", "'== end' ends nothing"),
        ("== repeat many", "write '== repeat 30'"),
        ("== repeat 3", "'== repeat' has no '== end'"),
        ("== tls versoin=1.0", "unknown option 'versoin', did you mean 'version'?"),
        ("== tls version=1.4", "there is no version '1.4'"),
        ("== tls cipher=AES", "'AES' is no cipher suite"),
        ("== tls alert=handshake_failur", "did you mean 'handshake_failure'?"),
        (r"C| \x1", "an escape is not whole"),
        ("C| ü", "only ASCII and escapes"),
    ],
)
def test_a_line_that_means_nothing_is_told_with_its_place(line: str, message: str) -> None:
    (told,) = judged(f"# first\n{line}\n")[1]
    assert told.startswith("a.test.yml:11: error: ")
    assert message in told


def test_repetition_has_a_limit() -> None:
    text = f"== repeat {MOST_STEPS}\nC: NOOP\n--\nC: NOOP\n--\n== end\n"
    assert len(dialog(text).steps) <= MOST_STEPS


def test_a_dialogue_is_played_and_ended_by_both() -> None:
    assert payloads("S: 220 a\nC: QUIT\n") == [
        b"", b"", b"", b"220 a\r\n", b"QUIT\r\n", b"", b"", b"",
    ]  # fmt: skip
    assert [flag & FIN for flag in flags("C: QUIT\n")[-3:]] == [FIN, FIN, 0]


def test_who_ends_alone_ends_alone() -> None:
    assert sum(bool(flag & FIN) for flag in flags("C: QUIT\n== fin server\n")) == 1
    assert sum(bool(flag & FIN) for flag in flags("C: QUIT\n== fin client\n")) == 1


def test_a_reset_is_the_end() -> None:
    told = flags("C: QUIT\n== rst server\n")
    assert (told[-1] & RST, any(flag & FIN for flag in told)) == (RST, False)


def test_waiting_a_gap_and_an_unseen_packet_change_the_packets() -> None:
    talk = Conversation(step_ns=0)
    play(dialog("S: ab\n== unseen\nC: cd\n== wait 3\n== gap client 10\nC: ef\n== resend\n"), talk)
    tcps = [dpkt.ethernet.Ethernet(frame[2]).data.data for frame in talk.frames]
    assert [(tcp.seq, tcp.ack) for tcp in tcps[3:7]] == [
        (5001, 1001),
        (1001, 5001),
        (1015, 5005),
        (1015, 5005),
    ]
    assert talk.frames[5][0] - talk.frames[4][0] == 3 * 10**9


def test_a_capture_within_a_session_has_no_handshake() -> None:
    assert payloads("== midstream\nC: QUIT\n")[0] == b"QUIT\r\n"


def test_a_tls_handshake_is_records_of_both_sides() -> None:
    told = payloads("== tls version=1.3 sni=mx.example data=50\n")
    assert [one[0] for one in told if one] == [22, 22, 20, 23, 23]


def test_every_option_of_tls_is_taken() -> None:
    for name in OPTIONS:
        value = {"version": "1.1", "cipher": "0x2F", "alert": "40", "from": "client", "data": "9"}
        assert judged(f"== tls {name}={value.get(name, 'a')}")[1] == []
