from __future__ import annotations

import pytest

from smtpids.capture.interfaces import (
    Interface,
    choose_default,
    default_interface,
    find_interface,
    list_interfaces,
)
from smtpids.errors import UsageError
from tests.support import loopback

LO = Interface("lo", up=True, loopback=True, hardware=772)
ETH0 = Interface("eth0", up=True, loopback=False, hardware=1)
ETH1 = Interface("eth1", up=False, loopback=False, hardware=1)
HEAD = "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n"
IPV4 = (
    HEAD + "eth0 000200C0 00000000 0001 0 0 0 00FFFFFF 0 0 0\n"
    "eth1 00000000 010200C0 0003 0 0 100 00000000 0 0 0\n"
    "eth0 00000000 010200C0 0003 0 0 200 00000000 0 0 0\n"
)
NULL = "0" * 32
IPV6 = (
    f"fd000000000000000000000000000000 40 {NULL} 00 {NULL} 00000100 1 0 00000001 eth1\n"
    f"{NULL} 00 {NULL} 00 fe800000000000000000000000000001 00000400 1 0 00000003 eth0\n"
    f"{NULL} 00 {NULL} 00 {NULL} ffffffff 1 0 00200200 lo\n"
)


def test_interfaces_are_listed_with_loopback_last() -> None:
    loopback.need_permission()
    with loopback.cable() as ends:
        shown = [each for each in list_interfaces() if each.name in {*ends, "lo"}]
        assert [(each.name, each.up, each.loopback, each.hardware) for each in shown] == [
            (ends[0], True, False, 1),
            (ends[1], True, False, 1),
            ("lo", True, True, 772),
        ]


def test_an_interface_that_is_gone_since_it_was_listed_is_left_out() -> None:
    listed = "titles\nmore titles\n  gone9: 0 0 0\n    lo:1 2 3\n"
    assert [each.name for each in list_interfaces(listed)] == ["lo"]


def test_a_machine_without_the_list_has_none() -> None:
    assert list_interfaces("") == []


def test_the_interfaces_are_those_of_the_network_of_this_process() -> None:
    loopback.need_permission()
    with loopback.cable() as outside:
        assert set(outside) <= {each.name for each in list_interfaces()}
        with loopback.alone() as own:
            if not own:
                pytest.skip("to make a network needs CAP_SYS_ADMIN")
            assert set(outside).isdisjoint(each.name for each in list_interfaces())


def test_this_machine_has_a_loopback_with_its_address() -> None:
    loops = [interface for interface in list_interfaces() if interface.loopback]
    if not loops:
        pytest.skip("no loopback interface is visible here")
    assert "127.0.0.1" in loops[0].addresses


@pytest.mark.parametrize(
    ("ipv4", "ipv6", "name"),
    [
        (IPV4, IPV6, "eth1"),
        (HEAD, IPV6, "eth0"),
        ("", "", "eth0"),
        (IPV4.replace("eth1", "gone"), "", "eth0"),
        (IPV4.replace("0003 0 0 100", "0203 0 0 100"), "", "eth0"),
        ("rubbish\nmore\n", "rubbish\n", "eth0"),
    ],
    ids=["least metric", "only ipv6", "no route", "unknown interface", "rejecting", "rubbish"],
)
def test_the_default_route_names_the_interface(ipv4: str, ipv6: str, name: str) -> None:
    assert name == choose_default([ETH1, ETH0, LO], ipv4, ipv6)


def test_no_interface_is_told_with_what_there_is() -> None:
    with pytest.raises(UsageError) as raised:
        choose_default([ETH1, LO], "", "")
    assert str(raised.value) == (
        "no interface to capture on: there is no default route, and none is up but loopback "
        "(eth1 down, lo up); name one with -i"
    )


def test_an_unknown_interface_is_told_with_a_near_one() -> None:
    assert find_interface("eth0", [ETH1, ETH0]) == ETH0
    with pytest.raises(UsageError, match=r"^ehto: no such interface; did you mean eth0\?"):
        find_interface("ehto", [ETH0])
    with pytest.raises(UsageError, match=r"^wlan7: no such interface \(there are: none\)$"):
        find_interface("wlan7", [])


def test_the_default_interface_is_one_of_the_list() -> None:
    try:
        name = default_interface()
    except UsageError:
        pytest.skip("this machine has only loopback")
    assert name in {interface.name for interface in list_interfaces()}
