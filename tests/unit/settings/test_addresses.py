from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.document import Scalar
from smtpids.errors import Location
from smtpids.faults import Faults
from smtpids.settings.addresses import (
    Url,
    beside,
    read_folder,
    read_host,
    read_path,
    read_url,
    shown,
    write_path,
)

PLACE = Location("conf/site.yml", 1, 1)


def scalar(text: str, place: Location = PLACE) -> Scalar:
    return Scalar(text, place, text)


@pytest.mark.parametrize(
    ("text", "path"),
    [("a.json", "conf/a.json"), ("./a", "conf/./a"), ("/a", "/a"), ("../a", "conf/../a")],
)
def test_a_path_lies_beside_the_file_that_names_it(text: str, path: str) -> None:
    assert read_path(scalar(text), "path", Faults()) == path


def test_a_path_of_the_command_line_is_as_it_was_typed() -> None:
    assert beside(scalar("./a.json", Location("-o")), "path", Faults()) == "./a.json"
    assert beside(scalar("a.json", Location("$SMTPIDS_SPOOL")), "spool", Faults()) == "a.json"


def test_only_a_folder_may_be_empty() -> None:
    assert read_folder(scalar(""), "spool", Faults()) == ""
    assert read_path(scalar(""), "path", Faults()) is None
    assert write_path("") == '""'
    assert write_path("/a/../b/") == '"/a/../b/"'


@pytest.mark.parametrize(
    ("type_", "text", "url"),
    [
        ("syslog", "tls://h", Url("tls", "h", 6514, "")),
        ("syslog", "udp://H.Example/", Url("udp", "h.example", 514, "")),
        ("syslog", "unix:///dev/log", Url("unix", "", 0, "/dev/log")),
        ("syslog", "tcp://h", Url("tcp", "h", 601, "")),
        ("syslog", "TCP://192.0.2.7:1", Url("tcp", "192.0.2.7", 1, "")),
        ("http", "https://[2001:DB8:0::1]:9200/a", Url("https", "[2001:db8::1]", 9200, "/a")),
        ("http", "http://a_b-c.d/%20;x=1/", Url("http", "a_b-c.d", 80, "/%20;x=1/")),
    ],
)
def test_a_url_has_one_form(type_: str, text: str, url: Url) -> None:
    assert read_url(scalar(text), type_, Faults()) == url
    assert read_url(scalar(str(url)), type_, Faults()) == url


@pytest.mark.parametrize("host", ["", "-a", "a-", "a..b", "a b", "é", "[::1", "[fe80::1%1]", "1.2"])
def test_what_is_no_host_is_none(host: str) -> None:
    assert read_host(host) is None


@given(st.text(max_size=40), st.sampled_from(["syslog", "http"]))
def test_a_url_is_read_or_said_to_be_wrong(text: str, type_: str) -> None:
    for whole in (text, f"https://{text}", f"tls://{text}"):
        faults = Faults()
        found = read_url(scalar(whole), type_, faults)
        assert (found is None) == bool(faults.errors)


@given(st.text(max_size=200))
def test_a_message_repeats_nothing_that_a_terminal_obeys(text: str) -> None:
    told = shown(text)
    assert told.isprintable()
    assert len(told) <= 63
