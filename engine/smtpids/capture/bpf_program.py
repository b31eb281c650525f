"""Assembles the default filter for the kernel without libpcap.

The program takes at least what `bpf.filter_text` takes: mail ports, later fragments, IPv6 behind
extension headers, and every frame that still has a VLAN tag. It is for one shape of frame each:
Ethernet as a raw socket gives it, or a bare IP packet with the ethertype beside it. Instructions
are those of classic BPF (linux/filter.h); conditional jumps only ever step over the next
instruction, since their offsets are eight bits wide.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, TypeAlias

from smtpids.capture import linktypes

if TYPE_CHECKING:
    from collections.abc import Iterable

Instruction: TypeAlias = tuple[int, int, int, int]
"""(code, jump if true, jump if false, operand)."""

SNAPLEN = 262_144
_pack = Struct("=HBBI").pack

LOAD_WORD, LOAD_HALF, LOAD_BYTE = 0x20, 0x28, 0x30
LOAD_HALF_AT_X = 0x48
LOAD_X_HEADER_LENGTH = 0xB1  # X = 4 * (octet & 15)
JUMP, JUMP_EQUAL, JUMP_SET = 0x05, 0x15, 0x45
RETURN = 0x06
#: Negative offsets ask the kernel: SKF_AD_OFF + SKF_AD_PROTOCOL is the ethertype.
ETHERTYPE_BESIDE = 0xFFFFF000

ACCEPT: Instruction = (RETURN, 0, 0, SNAPLEN)
REFUSE: Instruction = (RETURN, 0, 0, 0)


def program(
    ports: Iterable[int],
    *,
    ethernet: bool,
    any_port: bool = False,
    tunnels: bool = False,
) -> list[Instruction]:
    """Return the filter for Ethernet frames or, without `ethernet`, for bare IP packets."""
    wanted = None if any_port else sorted(ports)
    ip = 14 if ethernet else 0
    ipv4 = _ipv4(ip, wanted, tunnels=tunnels)
    ipv6 = _ipv6(ip, wanted, tunnels=tunnels)
    code = [(LOAD_HALF, 0, 0, 12)] if ethernet else [(LOAD_WORD, 0, 0, ETHERTYPE_BESIDE)]
    code += _section(linktypes.IPV4, ipv4)
    code += _section(linktypes.IPV6, ipv6)
    for kind in sorted(linktypes.TAGS):
        code += _accept_if(kind)
    if tunnels:
        for kind in sorted(linktypes.MPLS | {linktypes.PPPOE_SESSION}):
            code += _accept_if(kind)
    return [*code, REFUSE]


def packed(code: Iterable[Instruction]) -> bytes:
    """Return a program as the array of `struct sock_filter` that the kernel takes."""
    return b"".join(_pack(*instruction) for instruction in code)


def _section(kind: int, body: list[Instruction]) -> list[Instruction]:
    """Run `body`, which ends in a return, if the accumulator holds `kind`."""
    return [(JUMP_EQUAL, 1, 0, kind), (JUMP, 0, 0, len(body)), *body]


def _accept_if(value: int) -> list[Instruction]:
    return [(JUMP_EQUAL, 0, 1, value), ACCEPT]


def _ipv4(ip: int, ports: list[int] | None, *, tunnels: bool) -> list[Instruction]:
    tcp = [
        (LOAD_HALF, 0, 0, ip + 6),
        (JUMP_SET, 0, 1, 0x1FFF),  # a later fragment has no ports
        ACCEPT,
        (LOAD_X_HEADER_LENGTH, 0, 0, ip),
        *_ports((LOAD_HALF_AT_X, 0, 0, ip), (LOAD_HALF_AT_X, 0, 0, ip + 2), ports),
    ]
    code = [(LOAD_BYTE, 0, 0, ip + 9), *_section(linktypes.TCP, tcp)]
    if tunnels:
        udp = [
            (LOAD_X_HEADER_LENGTH, 0, 0, ip),
            (LOAD_HALF_AT_X, 0, 0, ip + 2),
            *(part for port in sorted(linktypes.TUNNEL_PORTS) for part in _accept_if(port)),
            REFUSE,
        ]
        code += _section(linktypes.UDP, udp)
        for protocol in sorted(linktypes.TUNNELS):
            code += _accept_if(protocol)
    return [*code, REFUSE]


def _ipv6(ip: int, ports: list[int] | None, *, tunnels: bool) -> list[Instruction]:
    tcp = _ports((LOAD_HALF, 0, 0, ip + 40), (LOAD_HALF, 0, 0, ip + 42), ports)
    code = [(LOAD_BYTE, 0, 0, ip + 6), *_section(linktypes.TCP, tcp)]
    for protocol in sorted(linktypes.EXTENSIONS):
        code += _accept_if(protocol)
    if tunnels:
        udp = [
            (LOAD_HALF, 0, 0, ip + 42),
            *(part for port in sorted(linktypes.TUNNEL_PORTS) for part in _accept_if(port)),
            REFUSE,
        ]
        code += _section(linktypes.UDP, udp)
        for protocol in sorted(linktypes.TUNNELS):
            code += _accept_if(protocol)
    return [*code, REFUSE]


def _ports(
    source: Instruction, destination: Instruction, ports: list[int] | None
) -> list[Instruction]:
    """Accept if either port is one of `ports`, or any packet if that is None."""
    if ports is None:
        return [ACCEPT]
    accepting = [part for port in ports for part in _accept_if(port)]
    return [source, *accepting, destination, *accepting, REFUSE]
