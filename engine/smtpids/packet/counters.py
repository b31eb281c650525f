"""What the decoder has seen, as plain integers that a metrics collector may read at any time.

One object is shared by `decode.py`, `dissector.py` and `fragments.py`, so that a packet is
counted the same whichever way it goes.
"""

from __future__ import annotations

#: Link types of a file are a handful; a hostile pcapng file may name 65 536.
MOST_UNKNOWN_LINKS = 16


class DecodeCounters:
    """Counts of one decoder. Those of `frames` that are nowhere else gave a segment."""

    __slots__ = (
        "bad_checksum",
        "fragment_limit",
        "fragment_overlaps",
        "fragment_timeouts",
        "fragments",
        "frames",
        "malformed_ip",
        "malformed_link",
        "malformed_tcp",
        "not_ip",
        "not_tcp",
        "overlapped",
        "passed",
        "reassembled",
        "slow",
        "unknown_link",
        "unknown_links",
    )

    def __init__(self) -> None:
        self.frames = 0
        """Frames given to the decoder."""
        self.unknown_link = 0
        """Frames of a link type that the decoder does not know."""
        self.unknown_links: set[int] = set()
        """The LINKTYPE_ values of these, the first 16."""
        self.malformed_link = 0
        """Frames too short for their link header, or with too many tags."""
        self.not_ip = 0
        """Frames that carry no IP: ARP, LLDP, spanning tree."""
        self.malformed_ip = 0
        """IP packets whose header contradicts itself or is not wholly captured."""
        self.not_tcp = 0
        """IP packets that carry no TCP."""
        self.malformed_tcp = 0
        """TCP segments whose header is shorter than 20 octets or longer than the packet."""
        self.bad_checksum = 0
        """Packets dropped for a wrong IPv4 or TCP checksum, if these are verified."""
        self.fragments = 0
        """IP fragments of wanted protocols."""
        self.reassembled = 0
        """Datagrams put together from fragments."""
        self.fragment_overlaps = 0
        """Fragments that contradict or cut into another of their datagram; the first stands."""
        self.overlapped = False
        """The last datagram put together had such fragments; who reads it sets it back."""
        self.fragment_timeouts = 0
        """Datagrams given up because a fragment did not come in time."""
        self.fragment_limit = 0
        """Datagrams given up because `limits.fragments_octets` was met."""
        self.passed = 0
        """TCP packets that were passed over because nobody wants their connection."""
        self.slow = 0
        """Frames, tunnelled ones included, that dpkt decoded."""

    @property
    def malformed(self) -> int:
        """Packets that are malformed in any layer."""
        return self.malformed_link + self.malformed_ip + self.malformed_tcp
