from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtpids.config import KIB, MIB, SECOND, OutputConfig
from smtpids.document import read_documents
from smtpids.errors import ConfigSetError
from smtpids.faults import Faults
from smtpids.settings.kinds import quoted
from smtpids.settings.loader import load, understood
from smtpids.settings.options import (
    DIALECTS,
    EVENTS,
    FACILITIES,
    LEVELS,
    MACHINE_FORMATS,
    OPTIONS,
    TYPES,
    taken,
)
from smtpids.settings.outputs import (
    EXAMPLES,
    MOST_OUTPUTS,
    OUTPUTS,
    GivenOutput,
    rows_of,
    write_output,
)
from smtpids.settings.written import blank, dumped
from tests.support.broken_outputs import BROKEN

if TYPE_CHECKING:
    from pathlib import Path

#: What stands in the broken files where a secret would.
SECRET = "hunter2"


def read(text: str, path: str = "/etc/smtpids/site.yml") -> tuple[GivenOutput, ...]:
    """Return the outputs of a text that is right."""
    faults = Faults()
    found = understood(text, path, faults)
    assert [str(fault) for fault in faults.errors] == []
    outputs: tuple[GivenOutput, ...] = found["outputs"].value
    return outputs


def one(words: str) -> OutputConfig:
    (output,) = read(f"outputs:\n  - {{{words}}}\n")
    return output.config()


def test_a_file_is_seen_from_the_folder_of_the_configuration() -> None:
    assert one("type: file, path: alerts.json, format: eve, events: [alert], level: medium") == (
        OutputConfig(
            type="file",
            target="/etc/smtpids/alerts.json",
            name="/etc/smtpids/alerts.json",
            format="eve",
            events=frozenset({"alert"}),
            level="medium",
        )
    )
    assert one("type: file, path: /var/log/a.json").target == "/var/log/a.json"


def test_a_record_fits_into_a_message_of_syslog_unless_it_is_said_to_be_larger() -> None:
    assert one("type: syslog, url: 'tcp://h'").record_octets == 7 * KIB
    assert one("type: syslog, url: 'tcp://h', record_size: 32K").record_octets == 32 * KIB
    assert one("type: kafka, brokers: ['h']").record_octets == 32 * KIB


def test_standard_output_needs_no_target() -> None:
    assert one("type: stdout, format: table") == OutputConfig(
        type="stdout", target="-", name="-", format="table"
    )


def test_a_syslog_server_has_its_port_and_a_name_made_of_both() -> None:
    assert one("type: syslog, url: 'TLS://Logs.Example', ca_file: ca.pem, facility: mail") == (
        OutputConfig(
            type="syslog",
            target="tls://logs.example:6514",
            name="syslog logs.example:6514",
            record_octets=7 * KIB,
            ca_file="/etc/smtpids/ca.pem",
            facility="mail",
        )
    )
    assert one("type: syslog, url: 'udp://[2001:DB8::0:1]'").target == "udp://[2001:db8::1]:514"


def test_elastic_is_told_all_that_was_written() -> None:
    assert one(
        "type: http, dialect: elastic, url: 'https://es:9200', index: logs-mail,"
        " token_file: /run/es, spool: /var/spool/es, spool_size: 256M, drain: 5s,"
        " batch_events: 100, gzip: false"
    ) == OutputConfig(
        type="http",
        target="https://es:9200",
        name="elastic es:9200",
        dialect="elastic",
        search_index="logs-mail",
        token_file="/run/es",
        spool="/var/spool/es",
        spool_octets=256 * MIB,
        drain_ns=5 * SECOND,
        batch_events=100,
        gzip=False,
    )


def test_elastic_has_an_index_by_itself_and_others_have_none() -> None:
    assert one("type: http, dialect: elastic, url: 'https://es'").search_index == (
        "logs-smtpids.{kind}-default"
    )
    assert one("type: http, url: 'https://es/a/b'").search_index == ""


def test_brokers_are_one_target() -> None:
    assert one("type: kafka, brokers: ['b1:9093', b2], topic: 'mail.{kind}'") == OutputConfig(
        type="kafka", target="b1:9093,b2:9092", name="kafka b1:9093", topic="mail.{kind}"
    )
    assert one("type: kafka, brokers: b1").target == "b1:9092"


def test_a_certificate_means_tls_to_brokers() -> None:
    assert one("type: kafka, brokers: b1, ca_file: ca.pem").tls
    assert one("type: kafka, brokers: b1, tls: true").tls
    assert not one("type: kafka, brokers: b1").tls


def test_what_an_output_does_not_say_the_run_says() -> None:
    first, second = read(
        "outputs:\n"
        "  - {type: syslog, url: 'tls://a', format: eve, events: all, spool: ''}\n"
        "  - {type: syslog, url: 'tls://b'}\n"
    )
    said: Any = {"form": "ecs", "events": frozenset({"alert", "session"}), "spool": "/var/spool"}
    assert first.config(**said).format == "eve"
    assert first.config(**said).events == frozenset(EVENTS)
    assert first.config(**said).spool == ""
    assert second.config(**said).events == frozenset({"alert", "session"})
    assert second.config(**said).spool == "/var/spool"


def test_a_file_is_never_spooled() -> None:
    (output,) = read("outputs: [{type: file, path: a.json}]\n")
    assert output.config(spool="/var/spool").spool == ""


def test_one_receiver_may_have_two_outputs_that_differ() -> None:
    url = "type: http, dialect: elastic, url: 'https://es'"
    found = read(
        f"outputs:\n  - {{{url}, name: a, index: one}}\n  - {{{url}, name: b, index: two}}\n"
    )
    assert [output.name for output in found] == ["a", "b"]


def test_there_are_not_too_many(tmp_path: Path) -> None:
    path = tmp_path / "site.yml"
    rows = "".join(f"  - {{type: file, path: {n}.json}}\n" for n in range(MOST_OUTPUTS + 1))
    path.write_text(f"outputs:\n{rows}")
    with pytest.raises(ConfigSetError, match="'outputs' has more than 32; remove some"):
        load(str(path), {})


def test_every_field_of_an_output_has_a_key() -> None:
    assert set(OutputConfig._fields) - {"type"} == {option.field for option in OPTIONS.values()}


def test_each_type_and_dialect_is_an_example_that_config_init_shows() -> None:
    outputs = read("outputs:\n" + EXAMPLES)
    assert {output.type for output in outputs} == set(TYPES)
    assert {output.dialect for output in outputs} - {""} == set(DIALECTS)
    page = blank()
    assert [line for line in EXAMPLES.splitlines() if f"#   {line}\n" not in page] == []


@pytest.mark.parametrize(("text", "expected"), BROKEN, ids=[text for text, _ in BROKEN])
def test_a_fault_is_said_with_its_place_and_what_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, expected: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "site.yml").write_text(text)
    with pytest.raises(ConfigSetError) as caught:
        load("site.yml", {})
    told = [str(error) for error in caught.value.errors]
    assert [fault.removeprefix("site.yml:") for fault in told] == expected
    assert SECRET not in "".join(told)


def as_yaml(value: Any) -> str:
    """Return what JSON could hold as YAML; JSON itself has surrogates where YAML has characters."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, dict):
        return f"{{{', '.join(f'{quoted(k)}: {as_yaml(v)}' for k, v in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(as_yaml, value))}]"
    return json.dumps(value)


WORD = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,12}", fullmatch=True)
TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
PATHS = TEXT.filter(lambda text: text[0] != "~" and text != "-" and "\0" not in text)
HOSTS = st.one_of(
    WORD.map(lambda word: f"h{word}.example".replace("-.", "x.").replace("_.", "x.")),
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(lambda address: f"[{address}]"),
)
PORTS = st.integers(1, 65535)
SIZES = st.integers(8 * MIB, 2**40)
SPANS = st.sampled_from(["500ms", "3s", "10m", "1h"])
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "path": PATHS,
    "brokers": st.lists(HOSTS, min_size=1, max_size=3, unique=True),
    "name": WORD,
    "format": st.sampled_from(MACHINE_FORMATS),
    "events": st.lists(st.sampled_from(EVENTS), min_size=1, unique=True),
    "level": st.sampled_from(LEVELS),
    "record_size": st.integers(1024, 4 * MIB),
    "timeout": SPANS,
    "batch_events": st.integers(1, 100_000),
    "batch_size": st.integers(4 * MIB, 8 * MIB),
    "queue_size": SIZES,
    "spool": st.one_of(PATHS, st.just("")),
    "spool_size": SIZES,
    "drain": SPANS,
    "dead_letters": PATHS,
    "facility": st.sampled_from(FACILITIES),
    "index": WORD,
    "labels": st.dictionaries(
        st.from_regex(r"[a-z]\w{0,8}", fullmatch=True).filter(str.isascii),
        TEXT.filter(str.isprintable),
        max_size=3,
    ),
    "gzip": st.booleans(),
    "topic": st.sampled_from(["mail", "mail.{kind}", "{kind}"]),
}
FLAWLESS_TLS = ("ca_file", "cert_file")


@st.composite
def outputs(draw: st.DrawFn) -> dict[str, Any]:
    """Return an output as keys and values, as JSON and thus YAML has them."""
    type_ = draw(st.sampled_from(TYPES))
    found: dict[str, Any] = {"type": type_}
    dialect = draw(st.sampled_from(DIALECTS)) if type_ == "http" else ""
    if dialect:
        found["dialect"] = dialect
    keys = [key for key in taken(type_, dialect) if key in VALUES]
    for key in draw(st.lists(st.sampled_from(keys), unique=True)):
        found[key] = draw(VALUES[key])
    for key in {"path", "brokers"} & set(keys):
        found[key] = draw(VALUES[key])
    if type_ in {"syslog", "http"}:
        scheme = "tls" if type_ == "syslog" else "https"
        found["url"] = f"{scheme}://{draw(HOSTS)}:{draw(PORTS)}"
        if type_ == "http":
            found["url"] += draw(st.sampled_from(["", "/", "/a/b", "/a%20b;c=(d)"]))
    if type_ in {"syslog", "http", "kafka"}:
        for key in draw(st.lists(st.sampled_from(FLAWLESS_TLS), unique=True)):
            found[key] = draw(PATHS)
        if type_ != "kafka" and draw(st.booleans()):
            found["server_name"] = draw(HOSTS)
    if dialect == "splunk_hec":
        found["token_file"] = draw(PATHS)
    elif type_ in {"http", "kafka"} and draw(st.booleans()):
        found["username"] = draw(WORD)
        found["password_file"] = draw(PATHS)
        if type_ == "kafka":
            found["sasl_mechanism"] = "SCRAM-SHA-256"
    return found


@settings(max_examples=300)
@given(outputs())
def test_what_is_written_is_read_as_the_same(keys: dict[str, Any]) -> None:
    (first,) = read(f"outputs: [{as_yaml(keys)}]\n")
    assert set(first.given) == set(keys) - {"type"}
    (again,) = read(f"outputs: [{write_output(first)}]\n", "/elsewhere/site.yml")
    assert again == first
    assert write_output(again) == write_output(first)
    assert again.config() == first.config()
    rows = "".join(f"  {row}\n" for row, _ in rows_of((first,)))
    assert read(f"outputs:\n{rows}", "/elsewhere/site.yml") == (first,)


def test_what_config_dump_prints_is_read_as_the_same(tmp_path: Path) -> None:
    path = tmp_path / "site.yml"
    path.write_text(f"spool: spool\noutputs:\n{EXAMPLES}\n")
    first = load(str(path), {})
    page = dumped(first)
    (tmp_path / "elsewhere").mkdir()
    other = tmp_path / "elsewhere" / "site.yml"
    other.write_text(page)
    again = load(str(other), {})
    assert (again["outputs"], again["spool"]) == (first["outputs"], str(tmp_path / "spool"))
    assert f'spool: "{tmp_path / "spool"}"  # {path}:1' in page.splitlines()


@settings(max_examples=300)
@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(st.sampled_from(["type", *OPTIONS, "token"]), inner, max_size=6),
        ),
        max_leaves=12,
    )
)
def test_whatever_stands_there_is_read_or_said_to_be_wrong(keys: Any) -> None:
    faults = Faults()
    (value,) = read_documents(as_yaml(keys), "site.yml", faults)
    found = OUTPUTS.read(value, "outputs", faults)
    assert (found is None) == bool(faults.errors)
