from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from smtpids.errors import Location
from smtpids.faults import Faults
from smtpids.settings.loader import understood
from smtpids.settings.outputfiles import check_files, check_folder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, mode in (("ca.pem", 0o644), ("key", 0o600), ("open", 0o644), ("empty", 0o600)):
        path = tmp_path / name
        path.write_text("" if name == "empty" else "x")
        path.chmod(mode)
    (tmp_path / "dir").mkdir()
    return tmp_path


def told(words: str) -> list[str]:
    faults = Faults()
    given = understood(f"outputs:\n  - {{{words}}}\n", "site.yml", faults)
    assert faults.errors == []
    check_files(given["outputs"].value, faults)
    return [str(fault).removeprefix("site.yml:") for fault in (*faults.errors, *faults.warnings)]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "words",
    [
        "type: stdout",
        "type: file, path: a.json",
        "type: file, path: dir/a.json",
        "type: syslog, url: 'tls://h', ca_file: ca.pem, cert_file: ca.pem, key_file: key",
        "type: http, url: 'https://h', token_file: key, spool: dir, dead_letters: dead.json",
        "type: http, url: 'https://h', token_file: key, spool: new",
        "type: kafka, brokers: b, username: me, password_file: key, sasl_mechanism: SCRAM-SHA-256",
    ],
)
def test_what_is_there_is_not_spoken_of(words: str) -> None:
    assert told(words) == []


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (
            "type: syslog, url: 'tls://h', ca_file: no.pem",
            "2:36: error: 'ca_file': no.pem cannot be read: no such file or directory",
        ),
        (
            "type: syslog, url: 'tls://h', ca_file: dir",
            "2:36: error: 'ca_file': dir is a folder; name a file",
        ),
        (
            "type: http, url: 'https://h', token_file: empty",
            "2:36: error: 'token_file': empty is empty",
        ),
        (
            "type: http, url: 'https://h', token_file: open",
            "2:36: warning: 'token_file': everybody may read open; chmod o-r it",
        ),
        (
            "type: http, url: 'http://h', token_file: key",
            "2:35: warning: what is in 'token_file' goes over the network in clear; write https://",
        ),
        (
            "type: kafka, brokers: b, username: me, password_file: key, sasl_mechanism: PLAIN",
            (
                "2:45: warning: what is in 'password_file' goes over the network in clear; write"
                " tls: true"
            ),
        ),
        (
            "type: file, path: no/a.json",
            "2:18: error: 'path': there is no folder no; create it",
        ),
        ("type: file, path: dir", "2:18: error: 'path': dir is a folder; name a file"),
        (
            "type: syslog, url: 'tls://h', dead_letters: no/a",
            "2:36: error: 'dead_letters': there is no folder no; create it",
        ),
        (
            "type: syslog, url: 'tls://h', spool: key",
            "2:36: error: 'spool': key is no folder; name one",
        ),
    ],
)
def test_what_is_not_as_it_should_be_is_said_with_its_place(words: str, fault: str) -> None:
    assert told(words) == [fault]


def test_the_folder_above_a_spool_must_be_there(folder: Path) -> None:
    faults = Faults()
    check_folder(str(folder / "no" / "spool"), Location("site.yml", 1, 1), faults)
    (fault,) = faults.errors
    assert "'spool': there is no folder " in fault.message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")
def test_what_we_may_not_use_is_said(folder: Path) -> None:
    (folder / "key").chmod(0)
    (folder / "dir").chmod(0o500)
    assert told("type: http, url: 'https://h', token_file: key") == [
        "2:36: error: 'token_file': no right to read key"
    ]
    assert told("type: file, path: dir/a.json") == [
        "2:18: error: 'path': no right to write dir/a.json"
    ]
    assert told("type: syslog, url: 'tls://h', spool: dir") == [
        "2:36: error: 'spool': no right to write in dir"
    ]
