"""An interface through libpcap, by cypcap 0.6.

What the binding has to be kept from: a filter given without a netmask prints on standard output
and fails on an interface without an address; nanosecond stamps come out wrong, so microseconds it
is; an expired read gives (None, None); an unclosed handle warns.
"""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING, Any

import cypcap

from smtpids.capture.bpf import filter_text
from smtpids.capture.interfaces import ANY
from smtpids.capture.linktypes import ETHERNET, SLL2
from smtpids.capture.live import BLOCK_NS, BUFFER, NO_PERMISSION
from smtpids.errors import CaptureError, UsageError

if TYPE_CHECKING:
    from smtpids.capture.bpf_program import Instruction
    from smtpids.capture.frames import Frame

#: With offloading, frames are much longer than the MTU.
SNAPLEN = 262_144
#: libpcap takes an int of C.
MOST_OCTETS = (1 << 31) - 1


class PcapHandle:
    """A `live.Handle` on libpcap."""

    def __init__(
        self,
        name: str,
        ports: frozenset[int],
        user_filter: str | None,
        *,
        any_port: bool,
        tunnels: bool,
        octets: int = BUFFER,
    ) -> None:
        self.name = name
        self._pcap: Any = cypcap.create(name)
        try:
            self._activate(min(octets, MOST_OCTETS))
            self._linktype = self._choose_linktype()
            text = user_filter
            if text is None:
                text = filter_text(ports, self._linktype, any_port=any_port, tunnels=tunnels)
            self._set_filter(text, is_ours=user_filter is None)
            self._pcap.setnonblock(True)
            self._fd = int(self._pcap.get_selectable_fd())
        except BaseException:
            self._pcap.close()
            raise
        self._lost = 0
        self._last_drop = 0

    def _activate(self, octets: int) -> None:
        self._pcap.set_pre_config(
            snaplen=SNAPLEN, promisc=self.name != ANY, timeout=BLOCK_NS / 1e9, buffer_size=octets
        )
        try:
            self._pcap.activate()
        except cypcap.Error as error:
            denied = (cypcap.ErrorCode.PERM_DENIED, cypcap.ErrorCode.PROMISC_PERM_DENIED)
            if error.code in denied:
                raise CaptureError(self.name, NO_PERMISSION) from error
            raise CaptureError(self.name, f"cannot capture: {_reason(error)}") from error

    def _choose_linktype(self) -> int:
        if self.name == ANY:
            try:
                self._pcap.set_datalink(SLL2)
            except cypcap.Error:
                return int(self._pcap.datalink())
        return int(self._pcap.datalink())

    def _set_filter(self, text: str, *, is_ours: bool) -> None:
        try:
            self._pcap.setfilter(text, netmask=cypcap.NETMASK_UNKNOWN)
        except cypcap.Error as error:
            if is_ours:
                raise CaptureError(self.name, f"the filter: {_reason(error)}") from error
            raise UsageError(f"filter {text!r} on {self.name}: {_reason(error)}") from error

    def program(self, text: str) -> list[Instruction]:
        """Return a filter as the kernel takes it, for frames with an Ethernet header."""
        if self._linktype != ETHERNET:
            raise UsageError(
                f"filter {text!r} on {self.name}: several workers take one for Ethernet only; "
                "leave -j out"
            )
        return [tuple(step) for step in self._pcap.compile(text, True, cypcap.NETMASK_UNKNOWN)]

    def fileno(self) -> int:
        """Return libpcap's selectable descriptor."""
        return self._fd

    def read(self, most: int) -> list[Frame]:
        """Return up to `most` frames that wait."""
        frames: list[Frame] = []
        linktype = self._linktype

        def keep(header: Any, data: bytes) -> None:
            # A float of seconds holds microseconds exactly enough, and no more.
            frames.append((round(header.ts * 1_000_000) * 1000, linktype, data))

        try:
            self._pcap.dispatch(most, keep)
        except cypcap.Error as error:
            raise CaptureError(self.name, f"the interface failed: {_reason(error)}") from error
        return frames

    def dropped(self) -> int:
        """Return the drops that libpcap knows of; its counter has 32 bits."""
        try:
            drop = int(self._pcap.stats().drop)
        except cypcap.Error:
            return self._lost
        self._lost += (drop - self._last_drop) & 0xFFFFFFFF
        self._last_drop = drop
        return self._lost

    def close(self) -> None:
        """Close the handle."""
        self._pcap.close()


def version() -> str:
    """Return the versions of cypcap and of the libpcap in it."""
    library = str(cypcap.lib_version()).removeprefix("libpcap version ").split(" ")[0]
    return f"libpcap {library} (cypcap {metadata.version('cypcap')})"


def _reason(error: Any) -> str:
    return str(getattr(error, "msg", "") or error)
