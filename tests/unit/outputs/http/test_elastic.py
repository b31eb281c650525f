from __future__ import annotations

import json
from typing import Any

import pytest

from smtpids.outputs.http.answer import Answer
from smtpids.outputs.http.elastic import Elastic
from smtpids.outputs.transport import Report, TooLargeError, UnavailableError
from tests.support.http_server import config_of, entry

BATCH = [entry(1), entry(2, kind="session"), entry(3)]
MAPPING = {
    "type": "document_parsing_exception",
    "reason": "[1:9] failed to parse field [source.ip]",
    "caused_by": {"type": "illegal_argument_exception", "reason": "'x' is not an IP\n\x1b[31m"},
}


def elastic(index: str = "") -> Elastic:
    return Elastic(config_of("http://h/", "elastic", search_index=index), "sensor")


def answer(*items: Any, status: int = 200, whole: bool = True) -> Answer:
    said = {"took": 1, "errors": True, "items": [{"create": item} for item in items]}
    return Answer("http://h:80", status, {}, json.dumps(said).encode(), whole, str)


def test_each_kind_has_its_data_stream() -> None:
    assert elastic().path == "/_bulk"
    assert elastic().write(BATCH[:2]) == (
        b'{"create":{"_index":"logs-smtpids.alert-default","_id":"id-1"}}\n'
        + BATCH[0].line
        + b'{"create":{"_index":"logs-smtpids.session-default","_id":"id-2"}}\n'
        + BATCH[1].line
    )


def test_a_fixed_index_stands_in_the_path_alone() -> None:
    assert elastic("mail").path == "/mail/_bulk"
    assert elastic("mail").write(BATCH[:1]) == b'{"create":{"_id":"id-1"}}\n' + BATCH[0].line


def test_a_record_without_an_id_is_given_one_by_the_receiver() -> None:
    assert elastic("mail").write([entry(id="")]).startswith(b'{"create":{}}\n')


def test_a_record_without_an_end_of_line_is_given_one() -> None:
    assert elastic("mail").write([entry(line=b"{}")]).endswith(b"\n{}\n")


def test_what_is_made_or_there_already_is_taken() -> None:
    there = {"status": 409, "error": {"type": "version_conflict_engine_exception"}}
    assert elastic().read(answer({"status": 201}, there, {"status": 200}), BATCH) == Report()


def test_each_record_is_judged_by_itself() -> None:
    report = elastic().read(
        answer({"status": 400, "error": MAPPING}, {"status": 201}, {"status": 429}), BATCH
    )
    assert report == Report(
        {
            0: "400 document_parsing_exception: [1:9] failed to parse field [source.ip]: "
            "illegal_argument_exception: 'x' is not an IP \\x1b[31m"
        },
        {2: "429"},
    )


@pytest.mark.parametrize("status", [401, 403, 404, 408, 429, 500, 503, 0, None, "201"])
def test_what_is_about_us_or_its_own_state_is_tried_again(status: object) -> None:
    report = elastic().read(answer({"status": status}, {"status": 201}, {"status": 201}), BATCH)
    assert (list(report.refused), list(report.later)) == ([], [0])


def test_an_answer_about_other_records_is_none() -> None:
    with pytest.raises(UnavailableError, match="no answer of _bulk; check the target"):
        elastic().read(answer({"status": 201}), BATCH)


def test_an_answer_too_long_to_be_read_is_asked_for_in_halves() -> None:
    with pytest.raises(TooLargeError):
        elastic().read(answer(whole=False), BATCH)
    with pytest.raises(UnavailableError):
        elastic().read(answer(whole=False), BATCH[:1])


def test_causes_without_end_have_an_end() -> None:
    error: dict[str, Any] = {"reason": "last"}
    for _ in range(100):
        error = {"type": "t", "reason": "r", "caused_by": error}
    report = elastic().read(answer({"status": 400, "error": error}), BATCH[:1])
    assert report.refused == {0: "400 t: r: t: r: t: r"}


def test_an_error_may_be_a_plain_word() -> None:
    report = elastic().read(answer({"status": 400, "error": "no"}), BATCH[:1])
    assert report.refused == {0: "400 no"}


def test_400_for_the_whole_is_tried_in_halves() -> None:
    with pytest.raises(TooLargeError):
        elastic().read(answer(status=400), BATCH)
