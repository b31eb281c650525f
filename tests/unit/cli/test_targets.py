from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smtpids.cli import main
from smtpids.cli.targets import MOST_CHARS, parse, read, read_all, said_by_run
from smtpids.config import KIB, MIB, SECOND, OutputConfig
from smtpids.errors import ExitCode
from smtpids.settings.loader import load
from smtpids.settings.options import DIALECTS, OPTIONS, TYPES

if TYPE_CHECKING:
    from pathlib import Path


def fault(word: str) -> str:
    with pytest.raises(click.BadParameter) as caught:
        read(word)
    assert caught.value.exit_code == ExitCode.USAGE
    return str(caught.value.message)


@pytest.mark.parametrize(
    ("word", "path"),
    [
        ("alerts.json", "alerts.json"),
        ("./alerts.json", "./alerts.json"),
        ("/var/log/a,b.json", "/var/log/a,b.json"),
        ("/var/log/10:30.json", "/var/log/10:30.json"),
        ("backup:alerts.json", "backup:alerts.json"),
        ("./sylog:a", "./sylog:a"),
        (r"a\,b", r"a\,b"),
        ("file", "file"),
        ("syslog", "syslog"),
        ("file:a:b", "a:b"),
        (r"file:a\,b\\c\d,format=eve", r"a,b\c\d"),
        ("file:syslog:x", "syslog:x"),
        ("file:a=b+c", "a=b+c"),
    ],
)
def test_a_path_is_a_path_whatever_it_holds(word: str, path: str) -> None:
    output = parse(word)
    assert (output.type, output.target, output.name) == ("file", path, path)


def test_a_name_can_be_a_label_whatever_a_path_holds() -> None:
    output = parse("a\nb\udce9.json")
    assert (output.target, output.name) == ("a\nb\udce9.json", "a?b?.json")


@pytest.mark.parametrize("word", ["-", "stdout:", "stdout:-"])
def test_standard_output_has_three_spellings(word: str) -> None:
    assert parse(word) == OutputConfig(type="stdout", target="-", name="-")


def test_a_file_takes_keys() -> None:
    assert parse("file:alerts.json,format=eve,events=alert+message,level=high") == OutputConfig(
        type="file",
        target="alerts.json",
        name="alerts.json",
        format="eve",
        events=frozenset({"alert", "message"}),
        level="high",
    )


def test_a_syslog_server_takes_keys() -> None:
    assert parse("syslog:tls://siem.example:6514,ca_file=ca.pem,timeout=3s") == OutputConfig(
        type="syslog",
        target="tls://siem.example:6514",
        name="syslog siem.example:6514",
        record_octets=7 * KIB,
        ca_file="ca.pem",
        timeout_ns=3 * SECOND,
    )


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_dialect_is_a_type_of_its_own(dialect: str) -> None:
    short = parse(f"{dialect}:https://es:9200,token_file=/run/es,gzip=false")
    assert short == parse(f"http:https://es:9200,dialect={dialect},token_file=/run/es,gzip=false")
    assert (short.type, short.dialect, short.gzip) == ("http", dialect, False)


def test_labels_are_names_and_texts() -> None:
    word = r"loki:https://loki:3100,labels=site=berlin+note=a\+b=c\,d"
    assert parse(word).labels == {"site": "berlin", "note": "a+b=c,d"}


def test_brokers_are_joined_by_plus() -> None:
    output = parse("kafka:b1:9092+b2:9093,topic=mail.{kind},batch_size=1M,tls=true")
    assert (output.target, output.topic) == ("b1:9092,b2:9093", "mail.{kind}")
    assert (output.batch_octets, output.tls) == (MIB, True)


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("", "is empty; write - for standard output, or a path"),
        ("a\0b", "is too long or holds a zero octet; write a path or TYPE:TARGET"),
        ("a" * (MOST_CHARS + 1), "is too long or holds a zero octet; write a path or TYPE:TARGET"),
        ("sylog:tls://h", "unknown type 'sylog', did you mean 'syslog'?"),
        ("Syslog:tls://h", "unknown type 'Syslog', did you mean 'syslog'?"),
        ("elasic:https://h", "unknown type 'elasic', did you mean 'elastic'?"),
        ("fil:a.json", "unknown type 'fil', did you mean 'file'?; for a path, write ./ before it"),
        ("tls://h", "a URL has its type before it; write syslog:tls://HOST:PORT"),
        ("unix:///dev/log", "a URL has its type before it; write syslog:unix:///dev/log"),
        ("https://h/a", "a URL has its type before it; write http:https://HOST:PORT"),
        ("ftp://h", "a URL has its type before it; write syslog:tls://logs.example:6514"),
        (
            "a.json,format=eve",
            (
                r"'format' needs a type before the path; write file:a.json,format=VALUE, or \, for"
                " a comma in its name"
            ),
        ),
        ("-,format=table", "options of standard output need its type; write stdout:,KEY=VALUE"),
        ("stdout:a", "stdout: takes no target; write stdout:,format=table"),
        ("file:", "file: needs a path; write file:alerts.json"),
        ("file:-", "'-' is standard output; write -"),
        ("file:~/a", "'path' begins with '~'; write the whole path, or ./~"),
        ("syslog:", "syslog: needs a URL; write syslog:tls://logs.example:6514"),
        ("kafka:", "kafka: needs a list of host:port; write kafka:b1.example:9092+b2.example:9092"),
        ("kafka:+", "'brokers' is empty; write b1:9092+b2:9092"),
        (
            "file:a,b",
            r"a comma is followed by key=value; write \, for one that is meant as such",
        ),
        (
            "file:a,",
            r"a comma is followed by key=value; write \, for one that is meant as such",
        ),
        ("file:a,=b", r"a comma is followed by key=value; write \, for one that is meant as such"),
        ("file:a,level=low,level=low", "duplicate key 'level': it is there already; keep one"),
        ("file:a,path=b", "duplicate key 'path': it is there already; keep one"),
        ("file:a,type=file", "duplicate key 'type': it is there already; keep one"),
        ("loki:https://h,dialect=loki", "duplicate key 'dialect': 'loki:' says it; keep one"),
        ("file:a,levle=low", "unknown key of an output 'levle', did you mean 'level'?"),
        ("file:a,index=b", "'index' is for type http, dialect elastic or splunk_hec; remove it"),
        ("file:a,events=", "'events' is empty; write alert+session or all"),
        ("file:a,format=", "'format' is one word; one of ecs, eve, table"),
        (
            "file:a,level=x,format=y",
            (
                "unknown level 'x'; one of low, medium, high, critical; unknown format 'y'; one of"
                " ecs, eve, table"
            ),
        ),
        ("loki:https://h,labels=a", "the label 'a' takes a text; write site=berlin"),
        ("loki:https://h,labels=a=b+a=c", "the label 'a' is there twice; keep one"),
        ("http:https://h,gzip=maybe", "'gzip' is true or false"),
        ("syslog:tls://h,format=table", "format table is for people; write ecs or eve"),
        (
            "http:https://me:hunter2@h",
            "the URL holds a user; put it in 'username' and 'password_file'",
        ),
        (
            "webhook:https://h,token=hunter2",
            "a secret is not written here ('token'); write token_file, a path",
        ),
    ],
)
def test_a_mistake_is_said_with_what_to_write(word: str, message: str) -> None:
    assert fault(word) == message


def test_a_mistake_is_one_line_and_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["run", "-r", "-"], ["run", "-T"]):
        assert main([*command, "-o", "sylog:tls://h"]) == ExitCode.USAGE
        assert capsys.readouterr().err == (
            "smtpids: invalid value for '-o': unknown type 'sylog', did you mean 'syslog'?:"
            " see 'smtpids run --help'\n"
        )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-", "stdout:,format=table"), "output - is named twice: name it once"),
        (("a.json", "file:./a.json,level=high"), "output ./a.json is named twice: name it once"),
        (
            ("http:https://h/a", "http:https://h/b"),
            "two outputs have the name 'webhook h:443'; give this one another 'name'",
        ),
    ],
)
def test_an_output_is_named_once(words: tuple[str, ...], message: str) -> None:
    with pytest.raises(click.BadParameter) as caught:
        read_all(words)
    assert caught.value.message == message


def test_what_a_word_does_not_say_the_run_says() -> None:
    words = ("-", "file:a.json,format=ecs,events=alert")
    first, second = said_by_run(
        read_all(words), form="table", records=frozenset({"session_end"}), spool=""
    )
    assert (first.format, first.events) == ("table", frozenset({"alert", "session"}))
    assert (second.format, second.events) == ("ecs", frozenset({"alert"}))


def test_a_table_goes_to_people_only() -> None:
    with pytest.raises(click.UsageError, match="give 'syslog h:6514' a format of its own"):
        said_by_run(read_all(["syslog:tls://h"]), form="table", records=frozenset(), spool="")


@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("file:a,format=eve,events=all", "{type: file, path: a, format: eve, events: all}"),
        ("kafka:b1+b2:1,topic=a", "{type: kafka, brokers: [b1, 'b2:1'], topic: a}"),
        (
            "elastic:https://es/p,index=i,drain=1m",
            "{type: http, dialect: elastic, url: 'https://es/p', index: i, drain: 1m}",
        ),
        ("loki:http://l,labels=a=b", "{type: http, dialect: loki, url: http://l, labels: {a: b}}"),
    ],
)
def test_a_word_is_what_the_configuration_would_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str, written: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "site.yml").write_text(f"outputs: [{written}]\n")
    assert (read(word),) == load("site.yml", {})["outputs"]


PIECES = st.sampled_from(
    [
        *TYPES,
        *DIALECTS,
        *OPTIONS,
        *("tls", "udp", "sylog", "token", "all", "alert", "ecs", "table", "true", "1M", "5s"),
        *(":", "://", "//", ",", "=", "+", "\\", "@", "?", "#", "[", "]", "-", "~", "/", ".", "%"),
        *("h", "h:9092", "[::1]", "192.0.2.7", "65536", "é", "\0", "\n", "{kind}", "\udce9"),
    ]
)


@settings(max_examples=2000)
@example("file:\\")
@example("loki:http://h,labels==")
@example("kafka:[")
@example("STUT://")
@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(PIECES, max_size=14).map("".join),
        st.tuples(
            st.sampled_from(["file:a", "kafka:b", "loki:http://h", "syslog:udp://h"]),
            st.lists(st.tuples(st.sampled_from(list(OPTIONS)), st.lists(PIECES).map("".join))),
        ).map(lambda pair: pair[0] + "".join(f",{key}={value}" for key, value in pair[1])),
    )
)
def test_a_word_is_read_or_refused_as_a_wrong_argument(word: str) -> None:
    told, target = "", ""
    try:
        target = read(word).config().target
    except click.BadParameter as error:
        told = error.message
    assert bool(told) != bool(target)
    assert told.isprintable()
