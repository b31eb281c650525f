"""Reads pcap, the format of tcpdump: both byte orders, microseconds and nanoseconds.

https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-05.html. dpkt reads it too, but builds an
object for each record header, gives times as floats, and takes a record that the file's end cut
for a whole one; it is the oracle of the tests.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

from smtpids.capture.buffer import IDLE
from smtpids.capture.frames import PASSED
from smtpids.capture.passing import LINKS, Passer
from smtpids.errors import CaptureError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smtpids.capture.buffer import Buffer
    from smtpids.capture.bypass import Bypass
    from smtpids.capture.fast import Fast
    from smtpids.capture.frames import Frame

HEADER = 24
#: libpcap's MAXIMUM_SNAPLEN; a length beyond it (and beyond what the file announces) is damage.
MOST_OCTETS = 262_144
#: What a file may announce itself; 0 and 2**31 are common and mean nothing.
MOST_ANNOUNCED = 8 * 1024 * 1024

#: Magic -> byte order and nanoseconds of one unit of the time's fraction.
VARIANTS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}


def frames(
    name: str, buffer: Buffer, bypass: Bypass | None = None, fast: Fast | None = None
) -> Iterator[Frame]:
    """Yield the frames of a pcap file; raise CaptureError where it is cut or damaged.

    With `bypass`, those that nobody wants are passed over; `fast` takes all that it can.
    """
    while not buffer.fill(HEADER):
        if buffer.growing:
            yield IDLE
            continue
        raise CaptureError(name, f"the pcap header is cut: {buffer.left} of {HEADER} octets")
    order, unit = VARIANTS[buffer.data[:4]]
    *_, announced, network = Struct(f"{order}HHiIII").unpack_from(buffer.data, 4)
    linktype = network & 0x03FFFFFF  # above are the length of the frame check sequence and flags
    limit = max(MOST_OCTETS, announced if announced <= MOST_ANNOUNCED else 0)
    unpack = Struct(f"{order}IIII").unpack_from
    passer = run = None
    if bypass is not None and linktype in LINKS:
        passer = Passer(bypass, linktype, order, unit, limit)
        if fast is not None and fast.begin(linktype):
            fast.begin_file(order, unit, limit, passer)
            run = fast.run
    buffer.pos = HEADER
    data, pos, size, count = buffer.data, HEADER, len(buffer.data), 0
    try:
        while True:
            if run is not None and fast is not None:
                pos = run(data, pos)
                count += fast.count
            elif bypass is not None and passer is not None and bypass.is_asked():
                pos = passer.run(data, pos)
                count += passer.count
                if passer.due:
                    yield bypass.last_ns, PASSED, b""
                    continue
            start = pos + 16
            length = 0
            if start <= size:
                seconds, fraction, length, _ = unpack(data, pos)
                end = start + length
                if length <= limit and end <= size:
                    pos = end
                    count += 1
                    if bypass is not None and bypass.packets:
                        yield bypass.last_ns, PASSED, b""
                    yield seconds * 1_000_000_000 + fraction * unit, linktype, data[start:end]
                    continue
            buffer.pos, buffer.records = pos, count
            if length > limit:
                raise _damaged(name, buffer, length, limit)
            if not buffer.fill(16 + length):
                if not buffer.growing:
                    if buffer.left == 0 or buffer.stopped:
                        return
                    raise _cut(name, buffer, length)
                yield IDLE
            data, pos, size = buffer.data, buffer.pos, len(buffer.data)
    finally:
        buffer.records = count


def _cut(name: str, buffer: Buffer, length: int) -> CaptureError:
    number, left = buffer.records + 1, buffer.left
    inside, needed = (
        (f"the header of packet {number}", "16") if left < 16 else (f"packet {number}", "")
    )
    wanted = needed or str(16 + length)
    return CaptureError(
        name,
        f"the file ends inside {inside} (record needs {wanted} octets, {left} are there); "
        f"{number - 1} packets before it were read",
        offset=buffer.offset,
    )


def _damaged(name: str, buffer: Buffer, length: int, limit: int) -> CaptureError:
    number = buffer.records + 1
    return CaptureError(
        name,
        f"packet {number} claims {length} octets (the most is {limit}): the file is damaged here; "
        f"{number - 1} packets before it were read",
        offset=buffer.offset,
    )
