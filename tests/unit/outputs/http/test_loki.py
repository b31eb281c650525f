from __future__ import annotations

import json

import pytest

from smtpids.errors import OutputError
from smtpids.outputs.http.answer import Answer
from smtpids.outputs.http.loki import Loki
from smtpids.outputs.transport import Report, TooLargeError, UnavailableError
from tests.support.http_server import config_of, entry

BEHIND = (
    b"entry with timestamp 2026-11-23 10:00:00 +0000 UTC ignored, reason: 'entry too far behind, "
    b"entry timestamp is: 2026-11-23T10:00:00Z, oldest acceptable timestamp is: "
    b"2026-11-25T10:00:00Z',\nuser 'fake', total ignored: 1 out of 2 for stream: {job=\"smtpids\"}"
)
OLD = b"entry for stream '{job=\"smtpids\"}' has timestamp too old: 2019-10-11T00:00:00Z"


def loki(**labels: str) -> Loki:
    return Loki(config_of("http://h/", "loki", labels=labels), "mx1")


def answer(status: int, body: bytes = b"") -> Answer:
    return Answer("http://h:80", status, {"retry-after": "2"}, body, True, str)


def test_records_lie_in_streams_by_few_labels_and_in_order_of_time() -> None:
    batch = [entry(3), entry(1), entry(2, severity=0, kind="session"), entry(4, severity=99)]
    streams = json.loads(loki(site="north").write(batch))["streams"]
    common = {"job": "smtpids", "host": "mx1", "site": "north"}
    assert [stream["stream"] for stream in streams] == [
        {**common, "severity": "high", "dataset": "smtpids.alert"},
        {**common, "severity": "info", "dataset": "smtpids.session"},
        {**common, "severity": "critical", "dataset": "smtpids.alert"},
    ]
    assert streams[0]["values"] == [
        ["1764000001123456789", batch[1].line.decode().rstrip()],
        ["1764000003123456789", batch[0].line.decode().rstrip()],
    ]


@pytest.mark.parametrize(
    ("severity", "word"),
    [(0, "info"), (21, "low"), (47, "medium"), (73, "high"), (99, "critical"), (50, "info")],
)
def test_a_severity_is_a_word(severity: int, word: str) -> None:
    (stream,) = json.loads(loki().write([entry(severity=severity)]))["streams"]
    assert stream["stream"]["severity"] == word


def test_the_configuration_may_name_the_job() -> None:
    (stream,) = json.loads(loki(job="mail", host="h").write([entry()]))["streams"]
    assert (stream["stream"]["job"], stream["stream"]["host"]) == ("mail", "h")


@pytest.mark.parametrize("name", ["severity", "dataset", "a-b", "1a", "", "ä", "a b"])
def test_a_label_that_cannot_be_one_is_told_at_once(name: str) -> None:
    with pytest.raises(OutputError, match=f"^output siem: label '{name}' cannot be set; rename"):
        loki(**{name: "x"})


def test_octets_that_are_no_text_do_not_lose_the_others() -> None:
    (stream,) = json.loads(loki().write([entry(line=b'"\xff"\n')]))["streams"]
    assert stream["values"][0][1] == '"\\xff"'


def test_204_takes_all() -> None:
    assert loki().read(answer(204), [entry()]) == Report()


@pytest.mark.parametrize("said", [BEHIND, OLD])
def test_what_is_too_old_is_found_in_halves_and_refused_alone(said: bytes) -> None:
    with pytest.raises(TooLargeError):
        loki().read(answer(400, said), [entry(1), entry(2)])
    (why,) = loki().read(answer(400, said), [entry(1)]).refused.values()
    assert "too far behind" in why or "too old" in why


def test_too_much_at_a_time_is_tried_again_when_loki_says() -> None:
    with pytest.raises(UnavailableError, match="rate limit") as caught:
        loki().read(answer(429, b"ingestion rate limit exceeded"), [entry()])
    assert caught.value.after == 2.0
