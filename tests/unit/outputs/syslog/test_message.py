from __future__ import annotations

import os
import re

import pytest

from smtpids.errors import OutputError
from smtpids.outputs.entry import Entry
from smtpids.outputs.syslog.message import (
    FACILITIES,
    Writer,
    counted,
    severity,
    terminated,
    timestamp,
    word,
)

#: RFC 5424 6, as far as we make use of it.
MESSAGE = re.compile(
    rb"<(\d{1,3})>1 (-|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) ([!-~]{1,255}) ([!-~]{1,48})"
    rb" ([!-~]{1,128}) ([!-~]{1,32}) - (.*)",
    re.DOTALL,
)
TS_NS = 1_700_000_000_123_456_789


def test_a_record_becomes_a_message_of_rfc_5424() -> None:
    entry = Entry(b'{"a":"\xc3\xbc"}\n', "id", TS_NS, "session", 0)
    assert Writer("local4", "sensor1").write(entry) == (
        b"<166>1 2023-11-14T22:13:20.123456Z sensor1 smtpids %d session - " % os.getpid()
        + b'{"a":"\xc3\xbc"}'
    )


@pytest.mark.parametrize(
    ("level", "number"), [(99, 2), (73, 3), (47, 4), (21, 5), (0, 6), (100, 2), (50, 4), (-1, 6)]
)
def test_a_level_has_its_severity(level: int, number: int) -> None:
    assert severity(level) == number
    written = Writer("mail", "s").write(Entry(b"{}\n", severity=level))
    assert written.startswith(b"<%d>1 " % (2 * 8 + number))


def test_every_facility_of_the_rfc_has_its_number() -> None:
    assert sorted(FACILITIES.values()) == list(range(24))


def test_an_unknown_facility_is_refused_with_those_known() -> None:
    with pytest.raises(OutputError, match='facility "local8" is not known; write one of kern, '):
        Writer("local8", "s")


@pytest.mark.parametrize(
    ("ts_ns", "written"),
    [
        (TS_NS, "2023-11-14T22:13:20.123456Z"),
        (1_700_000_000_000_000_000, "2023-11-14T22:13:20.000000Z"),
        (999, "1970-01-01T00:00:00.000000Z"),
        (0, "-"),
        (-1, "-"),
        (2**63 - 1, "2262-04-11T23:47:16.854775Z"),
        (10**30, "-"),
    ],
)
def test_the_time_is_that_of_the_packet_in_utc(ts_ns: int, written: str) -> None:
    assert timestamp(ts_ns) == written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("sensor1", "sensor1"),
        ("", "-"),
        ("a b\r\nc\x00", "a_b__c_"),
        ("bücher", "b_cher"),
        ("x" * 300, "x" * 255),
    ],
)
def test_a_name_is_printable_ascii(text: str, written: str) -> None:
    assert word(text, 255) == written


@pytest.mark.parametrize("sensor", ["", "a b", "\r\n<0>1 - - - - - -", "x" * 1000, "🐙"])
@pytest.mark.parametrize("kind", ["alert", "", "k" * 99])
def test_a_message_is_well_formed_whatever_the_sensor_is_called(sensor: str, kind: str) -> None:
    written = Writer("local4", sensor).write(Entry(b'{"a":1}\n', kind=kind))
    found = MESSAGE.fullmatch(written)
    assert found is not None
    assert found[7] == b'{"a":1}'


def test_a_message_is_framed_by_its_length_in_octets() -> None:
    assert counted("<1>1 ü".encode()) == b"7 <1>1 \xc3\xbc"


def test_a_message_is_framed_by_a_line_feed_that_is_not_in_it() -> None:
    assert terminated(b"a\nb") == b"a b\n"
