"""What every output promises, asked of each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, TypeAlias

import pytest

from smtpids.outputs import Entry, FileOutput, Output, StdoutOutput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Pair: TypeAlias = "tuple[Output, Callable[[], bytes]]"

OUTPUTS: dict[str, Callable[[Path, BinaryIO], Output]] = {
    "file": lambda path, _: FileOutput(path),
    "stdout": lambda _, stream: StdoutOutput(stream),
    "stdout live": lambda _, stream: StdoutOutput(stream, live=True),
}


@pytest.fixture(params=OUTPUTS)
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    path = tmp_path / "out.json"
    with path.open("wb", buffering=0) as stream:
        yield OUTPUTS[request.param](path, stream), path.read_bytes


def test_it_is_an_output(pair: Pair) -> None:
    output, _ = pair
    assert isinstance(output, Output)
    assert output.name
    assert (output.delivered, output.lost, output.errors, output.last_error) == (0, 0, {}, "")


def test_records_arrive_whole_and_in_order(pair: Pair) -> None:
    output, read = pair
    records = [b"%d" % number * number + b"\n" for number in range(200)]
    for record in records:
        output.write(Entry(record))
    output.close()
    assert read() == b"".join(records)
    assert (output.delivered, output.lost) == (200, 0)


def test_flush_hands_over_what_was_held(pair: Pair) -> None:
    output, read = pair
    output.write(Entry(b"1\n"))
    output.flush()
    assert read() == b"1\n"
    assert output.delivered == 1
    output.close()


def test_reopen_loses_nothing(pair: Pair) -> None:
    output, read = pair
    output.write(Entry(b"1\n"))
    output.reopen()
    output.write(Entry(b"2\n"))
    output.close()
    assert read() == b"1\n2\n"


def test_after_close_nothing_arrives_and_all_is_counted_as_lost(pair: Pair) -> None:
    output, read = pair
    output.write(Entry(b"1\n"))
    output.close()
    output.close()
    output.reopen()
    output.write(Entry(b"2\n"))
    output.flush()
    assert read() == b"1\n"
    assert (output.delivered, output.lost) == (1, 1)
