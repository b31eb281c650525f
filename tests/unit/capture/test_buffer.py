from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from smtpids.capture.buffer import Buffer

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_a_window_grows_until_there_is_enough() -> None:
    buffer = Buffer(iter([b"ab", b"cd", b"ef"]))
    assert buffer.fill(3)
    assert (buffer.data, buffer.left, buffer.offset) == (b"abcd", 4, 0)


def test_what_was_used_leaves_the_window() -> None:
    buffer = Buffer(iter([b"abcd", b"ef"]))
    buffer.fill(1)
    buffer.pos = 3
    assert buffer.fill(3)
    assert (buffer.data, buffer.pos, buffer.offset) == (b"def", 0, 3)


def test_the_end_is_said_and_the_rest_is_kept() -> None:
    buffer = Buffer(iter([b"abcd"]))
    buffer.fill(1)
    buffer.pos = 3
    assert not buffer.fill(2)
    assert (buffer.data, buffer.left, buffer.offset) == (b"d", 1, 3)


def test_an_error_of_the_input_loses_no_octets() -> None:
    def failing() -> Iterator[bytes]:
        yield b"ab"
        yield b"cd"
        raise ValueError("broken")

    buffer = Buffer(failing())
    with pytest.raises(ValueError, match="broken"):
        buffer.fill(10)
    assert buffer.data == b"abcd"


def test_what_is_not_used_is_read_again_where_that_can_be() -> None:
    octets = b"abcdefgh"
    buffer = Buffer(iter([]))
    buffer.read_at = lambda offset, count: octets[offset : offset + max(count, 3)]
    assert buffer.fill(1)
    assert (buffer.data, buffer.offset) == (b"abc", 0)
    buffer.pos = 2
    assert buffer.fill(4)
    assert (buffer.data, buffer.pos, buffer.offset) == (b"cdef", 0, 2)
    buffer.pos = 3
    assert not buffer.fill(4)
    assert (buffer.data, buffer.left, buffer.offset) == (b"fgh", 3, 5)


def test_a_stream_that_gives_less_than_before_takes_nothing_away() -> None:
    buffer = Buffer(iter([b"abcd"]))
    buffer.fill(4)
    buffer.read_at = lambda _offset, _count: b""
    assert not buffer.fill(5)
    assert (buffer.data, buffer.left) == (b"abcd", 4)
