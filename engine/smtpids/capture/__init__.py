"""Bytes on a wire -> `Segment`: capture files, live interfaces, link and network layers.

A `Source` yields frames (time, link type, octets), a `Decoder` makes TCP segments of them. Files
are read by `pcapfile.py` and its readers, interfaces by `live.py` and its two backends. This layer
is the only one that imports dpkt and cypcap. It knows nothing of connections: a segment is one
packet's worth, repeated, out of order or missing as the wire had it.
"""

from smtpids.capture.counters import DecodeCounters
from smtpids.capture.decode import Decoder
from smtpids.capture.follow import Follower
from smtpids.capture.frames import TICK, Frame, Segment, Source
from smtpids.capture.live import LiveSource, backend_in_use, live_group, live_source
from smtpids.capture.pcapfile import FileSource
from smtpids.capture.sources import file_sources, followed

__all__ = [
    "TICK",
    "DecodeCounters",
    "Decoder",
    "FileSource",
    "Follower",
    "Frame",
    "LiveSource",
    "Segment",
    "Source",
    "backend_in_use",
    "file_sources",
    "followed",
    "live_group",
    "live_source",
]
