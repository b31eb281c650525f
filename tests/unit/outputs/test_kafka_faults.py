from __future__ import annotations

import pytest

from smtpids.outputs.kafka_faults import SENTENCES, TOPICS, UNFIT, explained, tells_more

VERIFY = (
    "ssl://192.0.2.1:9093/bootstrap: SSL handshake failed: error:0A000086:SSL"
    " routines::certificate verify failed: broker certificate could not be verified"
)
UNTRUSTED = (
    "TLS with the brokers: their certificate is not trusted; set ca_file to its authority,"
    " and name the brokers as it does"
)
REQUIRED = "Receive failed: error:0A00045C:SSL routines::tlsv13 alert certificate required"
PLAIN = "SSL handshake failed: Disconnected: connecting to a PLAINTEXT broker listener?"
REFUSED = "192.0.2.1:9092/bootstrap: Connect to ipv4#192.0.2.1:9092 failed: Connection refused"


@pytest.mark.parametrize(
    ("name", "said", "sentence", "reason"),
    [
        (
            "_SSL",
            VERIFY,
            UNTRUSTED,
            "refused",
        ),
        (
            "_TRANSPORT",
            REQUIRED,
            "TLS with the brokers: they ask for our certificate; set cert_file",
            "refused",
        ),
        (
            "_TRANSPORT",
            PLAIN,
            "TLS with the brokers: this port is without TLS; name the one with TLS",
            "refused",
        ),
        ("_SSL", "?", "TLS with the brokers failed; is this their port with TLS?", "refused"),
        (
            "_TRANSPORT",
            REFUSED,
            "no broker listens there; start one or mend the addresses",
            "refused",
        ),
        (
            "_TRANSPORT",
            "Disconnected: connecting to a SSL listener?",
            "this is a port with TLS; set tls: true",
            "refused",
        ),
        ("_TRANSPORT", "Disconnected", "the connection to the brokers broke", "write"),
        (
            "_AUTHENTICATION",
            "SASL authentication error: broker responded with unknown-user",
            "the brokers refuse us; mend username, password_file or sasl_mechanism",
            "refused",
        ),
        ("_MSG_TIMED_OUT", "", "the brokers do not acknowledge in time", "timeout"),
        ("REQUEST_TIMED_OUT", "", "the brokers do not acknowledge in time", "timeout"),
        ("INVALID_REQUIRED_ACKS", "", "the brokers say invalid required acks", "write"),
    ],
)
def test_an_error_is_told_with_what_to_do(name: str, said: str, sentence: str, reason: str) -> None:
    assert explained(name, said) == (sentence, reason)


def test_a_topic_is_named() -> None:
    assert explained("UNKNOWN_TOPIC_OR_PART", "", "smtpids.alert") == (
        "topic smtpids.alert: there is no such topic; create it",
        "refused",
    )
    assert explained("_ALL_BROKERS_DOWN", "", "smtpids.alert") == SENTENCES["_ALL_BROKERS_DOWN"]


def test_of_several_errors_the_one_that_tells_most_counts() -> None:
    assert [
        tells_more("_ALL_BROKERS_DOWN", "1/1 brokers are down"),
        tells_more("_TRANSPORT", "Disconnected"),
        tells_more("_TRANSPORT", REFUSED),
        tells_more("_SSL", VERIFY),
    ] == [0, 1, 2, 2]


def test_every_name_is_one_that_librdkafka_knows() -> None:
    error = pytest.importorskip("confluent_kafka").KafkaError
    known = {*SENTENCES, *TOPICS, *UNFIT}
    assert {name for name in known if not hasattr(error, name)} == set()
