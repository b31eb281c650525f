"""Where packets come in: what they are given to first, their numbers, and the count of them.

The pipeline is an intake. The lane (`lane.py`) knows no more of it than what stands here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpids.capture.skim import COMPILED
from smtpids.packet import Decoder
from smtpids.tcp.table import ConnectionTable

if TYPE_CHECKING:
    from mypy_extensions import i64

    from smtpids.capture import Segment
    from smtpids.config import Config
    from smtpids.tcp.stream import Stream


class Intake:
    """Counts packets on their way to the connections; what becomes of them, who is more says."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.table = ConnectionTable(config.limits, config.ports)
        self.bypass = self.table.ledger.bypass
        if not config.any_port:
            self.bypass.ports = config.ports
        self.decoder = Decoder(config, self.bypass)
        self.passes = config.fast_lane
        """Readers of files may pass over what nobody wants."""
        self.hastens = COMPILED
        """Plain packets may take the lane."""
        self.packets: i64 = 0
        self.packet: i64 = 0
        """The number of the packet at hand in its file."""
        self.octets: i64 = 0
        self.last_ns = 0

    def arrived(self, ts_ns: int, size: int) -> None:
        """Count a packet of `size` octets that the decoder is spared."""
        self.packet += 1
        self.packets += 1
        self.octets += size
        self.last_ns = ts_ns
        self.decoder.frames += 1

    def count_passed(self) -> None:
        """Count the packets that the source passed over."""
        bypass, decoder = self.bypass, self.decoder
        if not bypass.packets:
            return
        self.packet += bypass.packets
        self.packets += bypass.packets
        self.octets += bypass.octets
        self.last_ns = bypass.last_ns
        decoder.frames += bypass.packets
        decoder.not_tcp += bypass.others
        decoder.passed += bypass.packets - bypass.others
        bypass.packets = bypass.octets = bypass.others = 0

    def frame(self, ts_ns: int, linktype: int, data: bytes) -> None:
        """Take one packet."""

    def segment(self, segment: Segment, size: int, stream: Stream | None) -> None:
        """Take a segment in a packet of `size` octets that the decoder is spared.

        If its stream is known, it is counted there, not the plain next one, and no time must pass.
        """

    def hear(self, stream: Stream, data: bytes, ts_ns: int, seen: int) -> None:
        """Take the next octets of a stream, of the packet that arrived last."""

    def passed(self, ts_ns: int) -> None:
        """Take the packets that the source passed over; the last of them is of this time."""
