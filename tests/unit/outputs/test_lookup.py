from __future__ import annotations

import socket
from contextlib import suppress

import pytest

from smtpids.outputs.lookup import Lookup


def test_an_address_is_its_own_answer() -> None:
    (found,) = Lookup("127.0.0.1", 514, socket.SOCK_STREAM).addresses(10)
    assert (found.family, found.address) == (socket.AF_INET, ("127.0.0.1", 514))
    (found,) = Lookup("::1", 514, socket.SOCK_DGRAM).addresses(10)
    assert (found.family, found.address[:2]) == (socket.AF_INET6, ("::1", 514))


def test_a_name_may_have_several_addresses() -> None:
    lookup = Lookup("localhost", 601, socket.SOCK_STREAM)
    assert ("127.0.0.1", 601) in {each.address for each in lookup.addresses(10)}
    assert lookup.addresses(10)


@pytest.mark.parametrize("host", ["a..b", "x" * 64 + ".example"])
def test_what_cannot_be_a_name_has_no_address(host: str) -> None:
    with pytest.raises(socket.gaierror):
        Lookup(host, 514, socket.SOCK_STREAM).addresses(10)


def test_a_resolver_that_is_slow_is_waited_for_again() -> None:
    lookup = Lookup("localhost", 601, socket.SOCK_STREAM)
    with suppress(TimeoutError):
        lookup.addresses(0)
    assert lookup.addresses(10)
