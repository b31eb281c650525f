"""Capture files and live interfaces -> frames: reads, filters, counts loss.

A `Source` yields frames (time, link type, octets). Files are read by `pcapfile.py` and its readers,
interfaces by `live.py` and its two backends. This layer is the only one that imports cypcap.
"""

from smtpids.capture.follow import Follower
from smtpids.capture.frames import TICK, Frame, Segment, Source
from smtpids.capture.live import LiveSource, backend_in_use, live_group, live_source
from smtpids.capture.pcapfile import FileSource
from smtpids.capture.sources import file_sources, followed

__all__ = [
    "TICK",
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
