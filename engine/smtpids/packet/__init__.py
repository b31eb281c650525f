"""Frames -> `Segment`: link and network headers, tunnels, fragments. The only importer of dpkt.

In come frames (time, link type, octets) of any source, out go TCP segments, a packet's worth each,
repeated, out of order or missing as the wire had it; what is no TCP is counted. Open `decode.py`
first: it reads plain headers at fixed offsets and hands all others to `dissector.py`, which takes
one header after another by dpkt.
"""

from smtpids.packet.counters import DecodeCounters
from smtpids.packet.decode import Decoder

__all__ = ["DecodeCounters", "Decoder"]
