"""What is done for hostile traffic grows no faster than the traffic.

Time proves nothing on a shared machine, so calls are counted, of functions in Python and in C:
twice the capture may cost little more than twice the calls. `python -m tests.bench.hostile`
measures the time of the same captures at 1 MB. A few of each kind are tried here;
SMTPIDS_HOSTILE=all tries every one, which takes ten minutes.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import pytest

from tests.support.hostile.captures import captures
from tests.support.hostile.work import Run, calls

if TYPE_CHECKING:
    from pathlib import Path

#: Octets of the smaller capture. The larger has twice as many.
OCTETS: Final = 12_000
#: Limits that are met on the way bend the line a little; a square is 4.
MOST: Final = 2.4
#: Those that once grew faster than they should, or are dear.
CHOSEN: Final = (
    "file: empty records",
    "file: empty blocks",
    "lines: unanswered: BDAT last",
    "lines: unanswered: BDAT of nothing",
    "lines: unanswered: DATA and a dot",
    "lines: unanswered: STARTTLS",
    "lines: acknowledged: AUTH refused",
    "lines: acknowledged: bare LF",
    "lines: accepted: whole letters",
    "lines: accepted late: EHLO",
    "lines: refused late: RCPT",
    "lines: refused late: envelopes",
    "lines: go ahead: empty lines",
    "lines: go ahead: one letter",
    "lines: not asked for: a line of a reply",
    "lines: not asked for: bare CR",
    "lines: greeting: dots",
    "lines: hello: keywords",
    "lines: one line of the client",
    "lines: one line of the server",
    "lines: both at once",
    "mail: fields: short",
    "mail: Subject: encoded words",
    "mail: From again: NUL",
    "mail: To: addresses",
    "mail: From apart: blanks",
    "mail: Content-Type: quoted backslashes",
    "mail: text/html 7bit: links",
    "mail: text/plain quoted-printable: quoted-printable soft",
    "mail: text/plain base64: http",
    "mail: attached again: rar",
    "mail: multiparts in each other",
    "mail: messages in each other",
    "mail: parts without anything",
    "mail: lines near a boundary",
    "mail: a zip directory",
    "mail: links, each another",
    "mail: chunks of 1",
    "mail: messages with an attachment",
    "mail: recipients",
    "packets: segments of an octet",
    "packets: dialogue in octets",
    "packets: the last first, 1",
    "packets: the last first, both",
    "packets: gaps behind 1",
    "packets: gaps of both",
    "packets: gaps that are filled late",
    "packets: overlaps of 1 behind a hole",
    "packets: holes, then covers",
    "packets: a window again",
    "packets: resets",
    "packets: a port again",
    "packets: SYN",
    "packets: SYN of one packet",
    "packets: greetings of one packet",
    "packets: undecided commands",
    "packets: fragments of 8",
    "packets: fragments that overlap",
    "packets: tunnels in each other",
    "packets: hellos of extensions",
    "packets: certificates of names",
)
TRIED: Final = captures() if os.environ.get("SMTPIDS_HOSTILE") == "all" else CHOSEN


@pytest.mark.slow
@pytest.mark.parametrize("name", TRIED)
def test_twice_the_traffic_is_at_most_twice_the_work(name: str, tmp_path: Path) -> None:
    make = captures()[name]
    least, most = tmp_path / "least.pcap", tmp_path / "most.pcap"
    least.write_bytes(make(OCTETS))
    most.write_bytes(make(2 * OCTETS))
    Run().read(least)  # what is made once is there, and what is remembered is known
    runs = Run(), Run()
    once = calls(lambda: runs[0].read(least))
    twice = calls(lambda: runs[1].read(most))
    growth = most.stat().st_size / least.stat().st_size
    assert twice <= once * growth / 2 * MOST, f"{once} calls, then {twice}"
