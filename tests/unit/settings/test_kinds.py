from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.config import MailServer
from smtpids.document import read_documents
from smtpids.faults import Faults
from smtpids.settings import kinds

if TYPE_CHECKING:
    from smtpids.settings.kinds import Kind


def read(kind: Kind, text: str) -> Any:
    faults = Faults()
    (value,) = read_documents(text, "site.yml", faults)
    found = kind.read(value, "key", faults)
    assert [str(fault) for fault in faults.errors] == []
    return found


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (kinds.FLAG, "true", True),
        (kinds.FLAG_OR_AUTO, "auto", "auto"),
        (kinds.FLAG_OR_AUTO, "false", False),
        (kinds.TEXT, "'7'", "7"),
        (kinds.FILE, "/etc/web.yml", "/etc/web.yml"),
        (kinds.FILE, "''", ""),
        (kinds.LISTEN, "off", "off"),
        (kinds.LISTEN, "auto", "auto"),
        (kinds.LISTEN, "10825", "127.0.0.1:10825"),
        (kinds.LISTEN, "'[::]:9'", "[::]:9"),
        (kinds.SIZE, "50000", 50000),
        (kinds.SIZE, "64M", 64 << 20),
        (kinds.SIZE, "64 MiB".replace(" ", ""), 64 << 20),
        (kinds.SIZE, "1g", 1 << 30),
        (kinds.SPAN, "500ms", 500_000_000),
        (kinds.SPAN, "10m", 600_000_000_000),
        (kinds.NETWORKS, "[192.0.2.7, '::1']", ("192.0.2.7/32", "::1/128")),
        (kinds.NETWORKS, "[]", ()),
        (kinds.DOMAINS, "[A.Example.]", ("a.example",)),
        (kinds.PORTS, "[25, 30-32]", frozenset({25, 30, 31, 32})),
        (kinds.PLACEHOLDERS, "{a: [1, b]}", {"a": ("1", "b")}),
    ],
)
def test_a_value_is_read_as_its_kind(kind: Kind, text: str, value: object) -> None:
    assert read(kind, text) == value


ports = st.frozensets(st.integers(1, 65535), min_size=1, max_size=5)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufeff"), max_size=20)
networks = st.sampled_from(["192.0.2.0/24", "0.0.0.0/0", "2001:db8::/32", "::1/128"])


@given(texts)
def test_every_text_is_read_as_it_was_written(text: str) -> None:
    assert read(kinds.TEXT, kinds.TEXT.write(text)) == text


@given(st.integers(1, 10**14))
def test_sizes_and_times_are_read_as_they_were_written(number: int) -> None:
    assert read(kinds.SIZE, kinds.SIZE.write(number)) == number
    span = number % 86_400_000 * 1_000_000 + 1_000_000
    assert read(kinds.SPAN, kinds.SPAN.write(span)) == span


@given(ports, st.lists(networks, max_size=4))
def test_lists_are_read_as_they_were_written(numbers: frozenset[int], nets: list[str]) -> None:
    assert read(kinds.PORTS, kinds.PORTS.write(numbers)) == numbers
    assert read(kinds.NETWORKS, kinds.NETWORKS.write(tuple(nets))) == tuple(nets)


@given(
    st.lists(
        st.builds(
            MailServer, networks, st.sampled_from(["mx", "relay"]), st.just(frozenset()) | ports
        ),
        max_size=4,
    )
)
def test_mail_servers_are_read_as_they_were_written(servers: list[MailServer]) -> None:
    text = kinds.MAIL_SERVERS.write(tuple(servers))
    assert read(kinds.MAIL_SERVERS, text) == tuple(servers)


names = st.text("abcz_09", min_size=1, max_size=5)


@given(st.dictionaries(names, st.lists(texts, min_size=1, max_size=3), max_size=3))
def test_placeholders_are_read_as_they_were_written(found: dict[str, list[str]]) -> None:
    values = {name: tuple(words) for name, words in found.items()}
    assert read(kinds.PLACEHOLDERS, kinds.PLACEHOLDERS.write(values)) == values


def test_a_file_is_seen_from_the_folder_of_the_configuration() -> None:
    faults = Faults()
    (value,) = read_documents("tls/web.yml", "/etc/smtpids/site.yml", faults)
    assert kinds.FILE.read(value, "key", faults) == "/etc/smtpids/tls/web.yml"


def test_an_address_that_makes_no_sense_is_told_at_its_place() -> None:
    faults = Faults()
    (value,) = read_documents("mail.example:9", "site.yml", faults)
    assert kinds.LISTEN.read(value, "listen", faults) is None
    assert [str(fault) for fault in faults.errors] == [
        "site.yml:1:1: error: 'listen': 'mail.example' is no IP address; names are not looked up"
    ]
