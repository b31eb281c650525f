"""Whatever a receiver answers over HTTP, a delivery ends as its contract says and in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtpids.config import SECOND
from smtpids.outputs.http import HttpTransport
from smtpids.outputs.http.dialects import DIALECTS
from smtpids.outputs.transport import TooLargeError, UnavailableError
from tests.support.http_server import config_of, entry, saying, serving

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

BATCH = [entry(1), entry(2)]
DATE = b"Date: Wed, 25 Nov 2026 12:00:00 GMT"
BULK = b'{"errors":true,"items":[{"create":{"status":201}},{"create":{"status":400}}]}'
EVENT = b'{"text":"Invalid data format","code":6,"invalid-event-number":1}'
CHUNKS = b'14\r\n{"text":"ok","code":0\r\n1\r\n}\r\n0\r\nTrailer: x\r\n\r\n'


def plain(status: bytes, body: bytes = b"", *fields: bytes) -> bytes:
    """Return a whole answer."""
    length = b"Content-Length: %d" % len(body)
    return b"\r\n".join([b"HTTP/1.1 " + status, length, *fields, b"", body])


GOOD = (
    plain(b"200 OK", BULK, DATE),
    plain(b"400 Bad Request", EVENT),
    plain(b"429 Too Many", b"", DATE, b"Retry-After: Wed, 25 Nov 2026 12:00:09 GMT"),
    plain(b"302 Found", b"", b"Location: https://other/x?y"),
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS,
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
)


@st.composite
def answers(draw: DrawFn) -> bytes:
    """Make an answer of a good one: octets replaced, put in, taken away, and cut."""
    octets = bytearray(draw(st.sampled_from(GOOD)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(octets)))
        gone = draw(st.integers(0, 6))
        octets[at : at + gone] = draw(st.binary(max_size=6))
    return bytes(octets[: draw(st.integers(0, len(octets)))] if draw(st.booleans()) else octets)


@pytest.mark.slow
@pytest.mark.parametrize("dialect", DIALECTS)
@settings(max_examples=30)
@given(octets=answers())
def test_every_answer_ends_in_a_report_or_an_error_of_the_contract(
    dialect: str, octets: bytes
) -> None:
    with serving(saying(octets)) as receiver:
        config = config_of(receiver.origin, dialect, timeout_ns=2 * SECOND)
        transport = HttpTransport(config, "mx1")
        told: list[str] = []
        after = None
        try:
            report = transport.deliver(BATCH)
        except UnavailableError as error:
            told, after = [str(error)], error.after
        except TooLargeError as error:
            told = [str(error)]
        else:
            assert set(report.refused) | set(report.later) <= {0, 1}
            told = [*report.refused.values(), *report.later.values()]
        finally:
            transport.close()
        assert all(text.isprintable() for text in told)
        assert after is None or 0 <= after <= 3600
