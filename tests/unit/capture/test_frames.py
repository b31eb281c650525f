from __future__ import annotations

from smtpids.capture import frames
from smtpids.capture.live import LiveSource
from smtpids.capture.pcapfile import FileSource


def test_the_flags_are_six_bits_of_one_octet() -> None:
    flags = [frames.FIN, frames.SYN, frames.RST, frames.PSH, frames.ACK, frames.URG]
    assert [1 << place for place in range(6)] == flags


def test_a_tick_is_no_link_type_of_the_registry() -> None:
    assert frames.TICK < 0


def test_files_and_interfaces_are_sources() -> None:
    sources: list[frames.Source] = [FileSource("-"), LiveSource([], "none")]
    assert [(source.received, source.dropped) for source in sources] == [(0, 0), (0, 0)]
    for source in sources:
        source.close()
