from __future__ import annotations

import pytest

from smtpids.outputs.http.answer import (
    ABOUT_US,
    BUSY,
    MOST_SECONDS,
    QUOTED_CHARS,
    Answer,
    alone,
    judge,
    unavailable,
)
from smtpids.outputs.transport import Report, TooLargeError, UnavailableError

DATE = "Wed, 25 Nov 2026 12:00:00 GMT"


def answer(status: int = 200, body: bytes = b"", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(
        "http://siem:80", status, named, body, True, lambda text: text.replace("tok3n", "***")
    )


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_success_takes_all(status: int) -> None:
    assert judge(answer(status), 3) == Report()


@pytest.mark.parametrize("status", [400, 409, 413, 422, 499])
def test_what_is_about_a_record_is_tried_in_halves(status: int) -> None:
    with pytest.raises(TooLargeError):
        judge(answer(status), 2)


def test_one_record_alone_is_refused_with_what_the_receiver_says() -> None:
    said = judge(answer(422, b"no field severity"), 1)
    assert said == Report(
        {0: "http://siem:80 answered 422 Unprocessable Entity: no field severity"}
    )


def test_one_record_that_is_too_large_is_refused() -> None:
    """Halves of one record would never end."""
    assert list(judge(answer(413), 1).refused) == [0]


@pytest.mark.parametrize("status", [*sorted(BUSY), 500, 502, 503, 504, 507, 599, 103, 700])
@pytest.mark.parametrize("count", [1, 2])
def test_a_busy_receiver_is_tried_again(status: int, count: int) -> None:
    with pytest.raises(UnavailableError) as caught:
        judge(answer(status, retry_after="7"), count)
    assert (caught.value.after, caught.value.reason) == (7.0, "refused")


@pytest.mark.parametrize("status", sorted(ABOUT_US))
def test_what_is_about_us_costs_no_record_and_comes_with_advice(status: int) -> None:
    with pytest.raises(UnavailableError, match=f"answered {status} .*; {ABOUT_US[status]}$"):
        judge(answer(status), 1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_told_without_its_query(status: int) -> None:
    with pytest.raises(UnavailableError) as caught:
        judge(answer(status, location="https://other/in?key=1234"), 1)
    assert "look at https://other/in; redirects are not followed" in str(caught.value)
    assert "1234" not in str(caught.value)


@pytest.mark.parametrize(
    ("said", "date", "seconds"),
    [
        ("0", "", 0.0),
        (" 120 ", "", 120.0),
        ("999999999", "", MOST_SECONDS),
        ("Wed, 25 Nov 2026 12:00:30 GMT", DATE, 30.0),
        ("Wed, 25 Nov 2026 11:00:00 GMT", DATE, 0.0),
        ("Wed, 25 Nov 2099 11:00:00 GMT", DATE, MOST_SECONDS),
        ("Wed, 25 Nov 2026 12:00:30 GMT", "", None),
        ("Wed, 25 Nov 2026 12:00:30 GMT", "now", None),
        ("Wed, 25 Nov 2026 12:00:30 -0000", DATE, None),
        ("-1", DATE, None),
        ("1.5", DATE, None),
        ("1e9", DATE, None),
        ("9" * 400, DATE, None),
        ("\u0663", "", None),
        ("soon", DATE, None),
        ("", DATE, None),
    ],
)
def test_retry_after_is_seconds_or_a_date_by_the_receivers_own_clock(
    said: str, date: str, seconds: float | None
) -> None:
    assert answer(503, retry_after=said, date=date).after == seconds


def test_without_retry_after_nothing_is_asked() -> None:
    assert answer(503).after is None


def test_what_a_receiver_says_is_cut_escaped_and_on_one_line() -> None:
    quoted = answer().quote(b"a\r\nb \x1b[2J \xff" + b"x" * 5000)
    assert quoted.startswith("a b \\x1b[2J \\xff")
    assert len(quoted) == QUOTED_CHARS


def test_a_secret_that_the_receiver_repeats_is_struck_out_before_anything_is_cut() -> None:
    assert answer().quote("x" * (QUOTED_CHARS - 3) + "tok3n").endswith("***")
    assert "tok3n" not in str(unavailable(answer(403, b"invalid token tok3n")))


def test_a_status_without_a_name_is_told_by_its_number() -> None:
    assert answer(599).sentence() == "http://siem:80 answered 599"


def test_alone_means_one() -> None:
    assert alone("why", 1) == Report({0: "why"})
    with pytest.raises(TooLargeError, match="why"):
        alone("why", 2)
