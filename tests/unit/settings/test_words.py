from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from smtpids.document import read_documents
from smtpids.faults import Faults
from smtpids.settings import words

if TYPE_CHECKING:
    from smtpids.settings.kinds import Kind

EVENTS = words.events(("alert", "session"))
LEVEL = words.choice("level", ("low", "high"))


def read(kind: Kind, text: str) -> object:
    faults = Faults()
    (value,) = read_documents(text, "site.yml", faults)
    found = kind.read(value, "key", faults)
    assert (found is None) == bool(faults.errors)
    return found


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (EVENTS, "all", frozenset({"alert", "session"})),
        (EVENTS, "[all]", frozenset({"alert", "session"})),
        (EVENTS, "session", frozenset({"session"})),
        (EVENTS, "[session, alert, alert]", frozenset({"alert", "session"})),
        (LEVEL, "high", "high"),
        (words.NAME, "syslog [2001:db8::1]:6514", "syslog [2001:db8::1]:6514"),
        (words.USERNAME, "smtpids@example", "smtpids@example"),
        (words.INDEX, "logs-smtpids.alert-default", "logs-smtpids.alert-default"),
        (words.INDEX, "'logs-{kind}-a'", "logs-{kind}-a"),
        (words.TOPIC, "'{kind}'", "{kind}"),
        (words.LABELS, "{site: 7, _a: é}", {"site": "7", "_a": "é"}),
        (words.COUNT, "100000", 100000),
    ],
)
def test_what_is_right_is_read_and_what_is_written_read_as_the_same(
    kind: Kind, text: str, value: object
) -> None:
    assert read(kind, text) == value
    assert read(kind, kind.write(value)) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (EVENTS, "[alert, all]"),
        (LEVEL, "''"),
        (words.NAME, "..\n"),
        (words.NAME, "'a '"),
        (words.NAME, "a" * 129),
        (words.NAME, "7"),
        (words.USERNAME, r'"a\nb"'),
        (words.INDEX, "-a"),
        (words.INDEX, "a" * 256),
        (words.TOPIC, "'..'"),
        (words.TOPIC, "'{kind'"),
        (words.LABELS, "{__name__: a}"),
        (words.LABELS, "{a: [b]}"),
        (words.LABELS, "{" + ", ".join(f"a{n}: b" for n in range(16)) + "}"),
        (words.COUNT, "100001"),
        (words.COUNT, "-1"),
        (words.COUNT, "[1]"),
    ],
)
def test_what_is_wrong_is_refused(kind: Kind, text: str) -> None:
    assert read(kind, text) is None
