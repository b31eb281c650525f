from __future__ import annotations

import pytest

from smtpids.outputs.http.dialects import DIALECTS
from smtpids.outputs.transport import TooLargeError, UnavailableError
from tests.support.http_server import Reply, config_of, entry, serving

each_dialect = pytest.mark.parametrize("name", DIALECTS)
BATCH = [entry(number) for number in range(3)]


def test_the_names_are_those_of_the_configuration() -> None:
    assert list(DIALECTS) == ["elastic", "splunk_hec", "loki", "webhook"]


@each_dialect
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"<html>",
        b'{"items":5}',
        b'{"items":[1,2,3]}',
        b"\xff",
        b'"x"',
        b'{"items":[{},{},{}]}',
        b'{"code":"x","invalid-event-number":[]}',
        b'{"code":6}',
    ],
)
@pytest.mark.parametrize("status", [200, 204, 302, 400, 401, 413, 429, 503])
def test_whatever_is_answered_ends_in_what_the_contract_says(
    name: str, status: int, body: bytes
) -> None:
    from smtpids.outputs.http.answer import Answer

    dialect = DIALECTS[name](config_of("http://h/", name), "sensor")
    for count in (1, 3):
        answer = Answer("http://h:80", status, {}, body, True, str)
        try:
            report = dialect.read(answer, BATCH[:count])
        except UnavailableError:
            continue
        except TooLargeError:
            assert count > 1
            continue
        assert set(report.refused) | set(report.later) <= set(range(count))
        assert not set(report.refused) & set(report.later)


@each_dialect
def test_each_record_is_in_the_body_once(name: str) -> None:
    body = DIALECTS[name](config_of("http://h/", name), "sensor").write(BATCH)
    for item in BATCH:
        line = item.line.strip()
        assert body.count(line) + body.count(line.replace(b'"', b'\\"')) == 1


@each_dialect
def test_413_is_tried_in_halves(name: str) -> None:
    from smtpids.outputs.http import HttpTransport

    with serving(Reply(413)) as receiver:
        transport = HttpTransport(config_of(receiver.origin, name), "sensor")
        with pytest.raises(TooLargeError):
            transport.deliver(BATCH)
        assert list(transport.deliver(BATCH[:1]).refused) == [0]
        transport.close()
