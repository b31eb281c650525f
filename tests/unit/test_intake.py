from __future__ import annotations

from smtpids.config import Config
from smtpids.intake import Intake
from smtpids.tcp.events import CLIENT
from smtpids.tcp.stream import Stream


def test_packets_are_counted_whether_they_arrive_or_are_passed_over() -> None:
    intake = Intake(Config())
    intake.arrived(5, 60)
    bypass = intake.bypass
    bypass.packets, bypass.others, bypass.octets, bypass.last_ns = 3, 1, 200, 9
    for _ in range(2):
        intake.count_passed()
        assert (intake.packet, intake.packets, intake.octets, intake.last_ns) == (4, 4, 260, 9)
    decoder = intake.decoder
    assert (decoder.frames, decoder.not_tcp, decoder.passed) == (4, 1, 2)


def test_mail_on_any_port_is_not_passed_over_by_its_port() -> None:
    assert Intake(Config(any_port=True)).bypass.ports == frozenset()
    assert Intake(Config(ports=frozenset({25}), any_port=False)).bypass.ports == frozenset({25})


def test_who_only_counts_makes_nothing_of_packets() -> None:
    intake = Intake(Config())
    intake.frame(0, 1, b"x")
    intake.segment((0, b"", 0, 0, 0, b"", 0), 0, None)
    intake.hear(Stream(b"", CLIENT), b"", 0, 0)
    intake.passed(0)
    assert (intake.packets, intake.table.opened) == (0, 0)
