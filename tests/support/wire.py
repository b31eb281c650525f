"""Builds TCP conversations as frames of any link type, and capture files of them.

What it builds is valid (lengths, sequence numbers, checksums, Ethernet padding), so that a test
breaks only what it is about. Addresses with a colon make IPv6. Single packets come from
`packets.py` and files from `capture_files.py`; a test may take all it needs from here.
"""

from __future__ import annotations

from typing import Any

from smtpids.trial import conversation
from smtpids.trial.conversation import START_NS, Address
from tests.support.capture_files import (
    pcap_bytes,
    pcapng_block,
    pcapng_bytes,
    write_pcap,
    write_pcapng,
)
from tests.support.packets import (
    LINKS,
    address,
    fragment_ip,
    ip_packet,
    relink,
    tcp_segment,
    unwrap,
    wrap,
)

__all__ = [
    "LINKS",
    "START_NS",
    "Address",
    "Conversation",
    "address",
    "fragment_ip",
    "ip_packet",
    "pcap_bytes",
    "pcapng_block",
    "pcapng_bytes",
    "relink",
    "tcp_segment",
    "unwrap",
    "wrap",
    "write_pcap",
    "write_pcapng",
]


class Conversation(conversation.Conversation):
    """A conversation that is captured from a link of any type, a name of LINKS."""

    def __init__(
        self,
        client: Address = ("192.0.2.1", 50000),
        server: Address = ("198.51.100.2", 25),
        *,
        link: str = "ethernet",
        **settings: Any,
    ) -> None:
        super().__init__(client, server, **settings)
        self.link = link

    def framed(self, packet: bytes) -> tuple[int, bytes]:
        """Return the link type and the frame in which an IP packet is captured."""
        return LINKS[self.link], wrap(packet, self.link)
