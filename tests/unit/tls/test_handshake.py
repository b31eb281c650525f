from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from smtpids.tls.handshake import READ_OF_CLIENT, READ_OF_SERVER, MessageAssembly


def message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def test_what_nobody_reads_of_a_side_is_passed_over() -> None:
    octets = (
        message(1, b"client") + message(2, b"server") + message(11, b"chain") + message(14, b"")
    )
    of_client, of_server = (
        MessageAssembly(READ_OF_CLIENT, 100),
        MessageAssembly(READ_OF_SERVER, 100),
    )
    assert list(of_client.feed(octets)) == [(1, b"client"), (2, None), (11, None), (14, None)]
    assert list(of_server.feed(octets)) == [(1, None), (2, b"server"), (11, b"chain"), (14, None)]


def test_an_empty_hello_is_still_a_hello() -> None:
    assert list(MessageAssembly(READ_OF_CLIENT, 100).feed(message(1, b""))) == [(1, b"")]


def test_a_message_beyond_the_limit_is_passed_over_and_said() -> None:
    assembly = MessageAssembly(READ_OF_SERVER, 100)
    octets = message(11, bytes(101)) + message(2, bytes(100))
    assert list(assembly.feed(octets)) == [(11, None), (2, bytes(100))]
    assert assembly.exceeded


@given(
    st.lists(
        st.builds(message, st.sampled_from([0, 1, 2, 11, 14]), st.binary(max_size=12)), max_size=6
    ),
    st.integers(1, 9),
)
def test_messages_do_not_depend_on_how_they_were_cut(messages: list[bytes], size: int) -> None:
    octets = b"".join(messages)
    whole, cut = MessageAssembly(READ_OF_SERVER, 8), MessageAssembly(READ_OF_SERVER, 8)
    parts = [octets[i : i + size] for i in range(0, len(octets), size)]
    assert list(whole.feed(octets)) == [pair for part in parts for pair in cut.feed(part)]
    assert whole.exceeded == cut.exceeded
