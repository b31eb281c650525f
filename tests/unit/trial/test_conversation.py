from __future__ import annotations

import dpkt

from smtpids.capture.frames import ACK, FIN, PSH, RST, SYN, URG
from smtpids.trial.conversation import START_NS, Conversation
from smtpids.trial.packets import ETHERNET


def seen(talk: Conversation) -> list[tuple[int, int, int, int, bytes]]:
    """Return port, flags, numbers and payload of each packet."""
    told = []
    for _, link, data in talk.frames:
        assert link == ETHERNET
        tcp = dpkt.ethernet.Ethernet(data).data.data
        told.append((tcp.sport, tcp.flags, tcp.seq, tcp.ack, tcp.data))
    return told


def test_a_connection_opens_speaks_and_closes() -> None:
    talk = Conversation().open().server(b"220 a\r\n").client(b"QUIT\r\n").close()
    assert seen(talk) == [
        (50000, SYN, 1000, 0, b""),
        (25, SYN | ACK, 5000, 1001, b""),
        (50000, ACK, 1001, 5001, b""),
        (25, PSH | ACK, 5001, 1001, b"220 a\r\n"),
        (50000, PSH | ACK, 1001, 5008, b"QUIT\r\n"),
        (50000, FIN | ACK, 1007, 5008, b""),
        (25, FIN | ACK, 5008, 1008, b""),
        (50000, ACK, 1008, 5009, b""),
    ]


def test_what_is_longer_than_a_segment_is_cut() -> None:
    assert [one[4] for one in seen(Conversation(mss=2).client(b"abc"))] == [b"ab", b"c"]


def test_each_packet_is_a_step_later_and_waiting_adds_to_it() -> None:
    talk = Conversation(step_ns=10).ack_client().wait(1.0).ack_server()
    assert [frame[0] - START_NS for frame in talk.frames] == [0, 1_000_000_010]


def test_octets_that_the_capture_misses_are_counted() -> None:
    talk = Conversation().skip("client", 5).client(b"a")
    assert seen(talk)[0][2] == 1005


def test_a_packet_comes_again_as_it_was_or_with_other_octets() -> None:
    talk = Conversation().client(b"ab").resend().resend(b"xy")
    assert [(one[2], one[4]) for one in seen(talk)] == [(1000, b"ab"), (1000, b"ab"), (1000, b"xy")]


def test_sequence_numbers_wrap() -> None:
    talk = Conversation(client_isn=2**32 - 1).client(b"ab").client(b"c")
    assert [one[2] for one in seen(talk)] == [2**32 - 1, 1]


def test_a_reset_and_urgent_data_have_their_flags() -> None:
    talk = Conversation().urgent("server", b"a", 1).rst("client")
    assert [one[1] for one in seen(talk)] == [PSH | ACK | URG, RST | ACK]
