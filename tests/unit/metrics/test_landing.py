"""The page for people who open the port in a browser."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from smtpids.metrics.landing import Standing, page, span
from smtpids.version import __version__


def test_each_output_is_told_in_a_line_of_its_own() -> None:
    text = page(Standing(outputs=(("a.json", "5 delivered"), ("syslog <h>", "away"))), "")
    assert re.findall(r"<dt>Output</dt><dd>(.*?)</dd>", text) == [
        "a.json: 5 delivered",
        "syslog &lt;h&gt;: away",
    ]


def facts(text: str) -> dict[str, str]:
    return dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", text))


def test_it_says_what_runs_and_how_it_stands() -> None:
    standing = Standing("listening on lo (ports 25)", 65, rules=1373, packets=10, alerts=2)
    text = page(standing, "")
    assert f"smtpids <small>{__version__}</small>" in text
    assert facts(text) == {
        "State": "ready",
        "Capture": "listening on lo (ports 25)",
        "Up": "1 min 5 s",
        "Rules": "1,373",
        "Packets": "10",
        "Alerts": "2",
    }


def test_lost_packets_and_the_reason_why_not_are_told() -> None:
    told = facts(page(Standing(packets=10, lost=3), "no rule is loaded"))
    assert (told["Packets"], told["State"]) == ("10, 3 lost", "not ready: no rule is loaded")
    assert {"Up", "Capture"}.isdisjoint(told)


def test_a_name_cannot_write_the_page() -> None:
    assert "<script>" not in page(Standing("listening on <script>"), "<script>")


def test_every_element_is_closed() -> None:
    stack: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, _: object) -> None:
            if tag != "meta":
                stack.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert stack.pop() == tag

    Reader().feed(page(Standing(), ""))
    assert stack == []


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.4, "0 s"),
        (59, "59 s"),
        (60, "1 min 0 s"),
        (3661, "1 h 1 min"),
        (86400 * 3 + 7200, "3 d 2 h"),
    ],
)
def test_a_time_is_told_in_two_units(seconds: float, expected: str) -> None:
    assert span(seconds) == expected
