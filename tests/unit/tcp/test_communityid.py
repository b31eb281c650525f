"""Community ID against values published with the specification."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha1

import pytest

from smtpids.tcp.communityid import community_id
from tests.support.segments import make_key

PUBLISHED = [
    ("128.232.110.120", 34855, "66.35.250.204", 80, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
    (
        "2001:470:e5bf:dead:4957:2174:e82c:4887",
        63943,
        "2607:f8b0:400c:c03::1a",
        25,
        "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=",
    ),
]


@pytest.mark.parametrize(("source", "source_port", "target", "target_port", "expected"), PUBLISHED)
def test_the_published_values_come_out_in_both_directions(
    source: str, source_port: int, target: str, target_port: int, expected: str
) -> None:
    there = make_key(source, source_port, target, target_port)
    back = make_key(target, target_port, source, source_port)
    assert expected == community_id(there, back) == community_id(back, there)


def test_between_two_ports_of_one_host_the_lower_port_comes_first() -> None:
    low = make_key("192.0.2.1", 9, "192.0.2.1", 40_000)
    high = make_key("192.0.2.1", 40_000, "192.0.2.1", 9)
    digest = sha1(b"\x00\x00" + low[:-4] + b"\x06\x00" + low[-4:], usedforsecurity=False).digest()
    assert community_id(high, low) == "1:" + b64encode(digest).decode()
