from __future__ import annotations

import pytest

from smtpids.outputs.http.answer import Answer
from smtpids.outputs.http.webhook import Webhook
from smtpids.outputs.transport import Report, TooLargeError
from tests.support.http_server import config_of, entry

WEBHOOK = Webhook(config_of("http://h/hook"), "sensor")


def test_records_go_as_they_are() -> None:
    assert WEBHOOK.write([entry(1), entry(2)]) == entry(1).line + entry(2).line


def test_it_is_taken_or_not_as_a_whole() -> None:
    batch = [entry(1), entry(2)]
    assert WEBHOOK.read(Answer("", 202, {}, b"", True, str), batch) == Report()
    with pytest.raises(TooLargeError):
        WEBHOOK.read(Answer("", 400, {}, b"", True, str), batch)
