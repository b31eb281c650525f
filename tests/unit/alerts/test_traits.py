from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest

from smtpids.alerts.record import Observer, added, leading
from smtpids.alerts.shape import CORRELATION, EVIDENCE, HASHES, OCTETS, PACKET
from smtpids.alerts.template import gap
from smtpids.alerts.traits import ALERT, CORRELATED, HASHED, beside, traits_of
from tests.unit.alerts.samples import event

if TYPE_CHECKING:
    from smtpids.smtp.events import Fields

ENDS: Fields = {"source.ip": "192.0.2.1", "destination.ip": "192.0.2.2"}
MADE = ("network.bytes", "smtpids.pcap.packet", "related.hash")
"""Values of their own, for which there are gaps."""


@pytest.mark.parametrize(
    "fields",
    [
        {},
        ENDS,
        {"source.ip": "2001:db8::1"},
        {"source.ip": "192.0.2.1", "destination.ip": "192.0.2.1"},
        {"source.ip": "", "destination.ip": "192.0.2.1"},
        {"smtp.helo": "mx.example"},
        {"smtp.helo": "[192.0.2.1]", "tls.client.server_name": "mx.example"},
        {"smtp.helo": "mx.example", "tls.client.server_name": "mx.example"},
        {"smtp.helo": "", "tls.client.server_name": ""},
        {"smtp.auth.user": "ann", "smtp.helo": "a", "tls.client.server_name": "b", **ENDS},
        {"network.direction": "inbound"},
        {"network.direction": "inbound", "email.subject": "x"},
        {"network.direction": "unknown", "email.subject": "x"},
        {"source.bytes": 5},
        {"source.bytes": 5, "destination.bytes": 6, "session.packets": 7},
        {"smtpids.pcap.file": "a.pcap"},
        {"smtpids.pcap.file": "-"},
        {"smtpids.pcap.file": ""},
        {"smtp.message.hash.md5": "0" * 32},
    ],
)
@pytest.mark.parametrize("file", ["", "-", "mail.pcap"])
def test_a_record_says_beside_its_fields_what_the_general_way_says(
    fields: Fields, file: str
) -> None:
    seen = event()
    seen.fields.clear()
    seen.fields.update(fields)
    mails = "email.subject" in fields
    traits = traits_of(fields) | (HASHED if "smtp.message.hash.md5" in fields else 0)
    lead, more = beside(traits, dict(fields), file)
    expected = added(seen, Observer(file=file), mails=mails)
    assert lead == leading(fields)
    assert list(more) == list(expected)
    assert {name: one for name, one in more.items() if name not in MADE} == {
        name: one for name, one in expected.items() if name not in MADE
    }


def test_what_an_event_has_of_its_own_has_gaps() -> None:
    traits = traits_of({"source.bytes": 5}) | ALERT | CORRELATED | HASHED
    _, more = beside(traits, {}, "")
    assert [orjson.dumps(more[name]) for name in (*MADE, "smtpids.evidence")] == [
        orjson.dumps(gap(number)) for number in (OCTETS, PACKET, HASHES, EVIDENCE)
    ]
    assert orjson.dumps(more["smtpids.correlation"]) == orjson.dumps(gap(CORRELATION))
    assert "smtpids.evidence" not in beside(0, {}, "")[1]
