from __future__ import annotations

import json

import pytest

from smtpids.outputs.http.answer import Answer
from smtpids.outputs.http.splunk import ABOUT_AN_EVENT, ABOUT_US, Splunk
from smtpids.outputs.transport import Report, TooLargeError, UnavailableError
from tests.support.http_server import config_of, entry

BATCH = [entry(1), entry(2), entry(3)]


def splunk(sensor: str = 'mx "1"', index: str = "") -> Splunk:
    return Splunk(config_of("http://h/", "splunk_hec", search_index=index), sensor)


def answer(status: int, body: bytes) -> Answer:
    return Answer("http://h:80", status, {"retry-after": "3"}, body, True, str)


def test_an_envelope_holds_the_record_and_what_splunk_asks_of_it() -> None:
    body = splunk(index="mail").write([entry(1), entry(2, kind="session", ts_ns=1_500_000_000)])
    decoder = json.JSONDecoder()
    first, end = decoder.raw_decode(body.decode())
    second, end = decoder.raw_decode(body.decode(), end)
    assert end == len(body)
    assert first == {
        "time": 1764000001.123,
        "host": 'mx "1"',
        "source": "smtpids",
        "sourcetype": "smtpids:alert",
        "index": "mail",
        "event": {"event": {"id": "id-1"}, "n": 1},
    }
    assert (second["time"], second["sourcetype"]) == (1.5, "smtpids:session")


def test_milliseconds_keep_their_zeros() -> None:
    assert b'"time":5.007,' in splunk().write([entry(ts_ns=5_007_999_999)])


def test_what_is_not_known_is_left_to_the_token() -> None:
    envelope = json.loads(splunk(sensor="").write([entry(ts_ns=0)]))
    assert sorted(envelope) == ["event", "source", "sourcetype"]


def test_code_0_takes_all() -> None:
    assert splunk().read(answer(200, b'{"text":"Success","code":0}'), BATCH) == Report()


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"ok":true}', b'{"code":17}'])
def test_success_in_other_words_is_none(body: bytes) -> None:
    with pytest.raises(UnavailableError, match=r"no answer of a collector; check the target$"):
        splunk().read(answer(200, body), BATCH)


@pytest.mark.parametrize("code", sorted(ABOUT_AN_EVENT))
def test_the_event_that_is_named_is_refused_and_the_others_come_again(code: int) -> None:
    said = b'{"text":"Invalid data format","code":%d,"invalid-event-number":1}' % code
    report = splunk().read(answer(400, said), BATCH)
    assert list(report.refused) == [1]
    assert "400 Bad Request" in report.refused[1]
    assert "Invalid data format" in report.refused[1]
    assert sorted(report.later) == [0, 2]


@pytest.mark.parametrize(
    "number", [b"", b',"invalid-event-number":3', b',"invalid-event-number":-1']
)
def test_an_event_that_is_not_named_is_looked_for_in_halves(number: bytes) -> None:
    said = answer(400, b'{"text":"Invalid data format","code":6%b}' % number)
    with pytest.raises(TooLargeError):
        splunk().read(said, BATCH)
    assert list(splunk().read(said, BATCH[:1]).refused) == [0]


@pytest.mark.parametrize("code", sorted(ABOUT_US))
def test_what_is_about_the_token_costs_no_record(code: int) -> None:
    status = {1: 403, 2: 401, 3: 401, 4: 403}.get(code, 400)
    with pytest.raises(UnavailableError, match=f"; {ABOUT_US[code]}$") as caught:
        splunk().read(answer(status, b'{"text":"no","code":%d}' % code), BATCH[:1])
    assert caught.value.reason == "refused"


@pytest.mark.parametrize(("status", "code"), [(503, 9), (500, 8), (429, 26), (503, 23)])
def test_a_busy_collector_is_tried_again_when_it_says(status: int, code: int) -> None:
    with pytest.raises(UnavailableError) as caught:
        splunk().read(answer(status, b'{"text":"Server is busy","code":%d}' % code), BATCH)
    assert caught.value.after == 3.0
