from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtpids.capture import bpf_program
from smtpids.capture.bpf import filter_text
from smtpids.capture.linktypes import ETHERNET
from tests.support.filters import CASES, TUNNELLED, assembled, compiled

PORTS = frozenset({25, 587})
#: The kernel's bound (linux/bpf_common.h).
BPF_MAXINSNS = 4096


@pytest.mark.parametrize(("frame", "is_mail"), CASES.values(), ids=list(CASES))
def test_the_program_takes_mail_and_every_tag(frame: bytes, is_mail: bool) -> None:
    is_tagged = frame[12:14] in {b"\x81\0", b"\x88\xa8"}
    takes = assembled(bpf_program.program(PORTS, ethernet=True))
    assert (is_mail or is_tagged) == takes(frame)


@pytest.mark.parametrize("frame", TUNNELLED.values(), ids=list(TUNNELLED))
def test_tunnels_are_taken_if_asked(frame: bytes) -> None:
    assert not assembled(bpf_program.program(PORTS, ethernet=True))(frame)
    assert assembled(bpf_program.program(PORTS, ethernet=True, tunnels=True))(frame)


def test_any_port_takes_all_tcp_and_no_udp() -> None:
    takes = assembled(bpf_program.program(PORTS, ethernet=True, any_port=True))
    assert takes(CASES["https"][0])
    assert takes(CASES["https ipv6"][0])
    assert not takes(CASES["dns"][0])


@pytest.mark.parametrize("any_port", [True, False])
@pytest.mark.parametrize("tunnels", [True, False])
@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([*(frame for frame, _ in CASES.values()), *TUNNELLED.values()]),
    st.lists(st.tuples(st.integers(12, 59), st.integers(0, 255)), max_size=3),
)
def test_the_program_takes_at_least_what_the_expression_takes(
    any_port: bool, tunnels: bool, frame: bytes, changes: list[tuple[int, int]]
) -> None:
    changed = bytearray(frame)
    for place, value in changes:
        changed[place] = value
    text = filter_text(PORTS, ETHERNET, any_port=any_port, tunnels=tunnels)
    code = bpf_program.program(PORTS, ethernet=True, any_port=any_port, tunnels=tunnels)
    octets = bytes(changed)
    assert assembled(code)(octets) >= compiled(text, ETHERNET)(octets)


def test_many_ports_fit() -> None:
    ports = frozenset(range(1, 501))
    code = bpf_program.program(ports, ethernet=True)
    assert len(code) < BPF_MAXINSNS
    takes = assembled(code)
    assert takes(CASES["plain"][0])
    assert not takes(CASES["submission"][0])


def test_a_program_is_packed_as_the_kernel_takes_it() -> None:
    assert struct.pack("=HBBI", 0x15, 1, 2, 0xFFFFF000) == bpf_program.packed(
        [(0x15, 1, 2, 0xFFFFF000)]
    )
