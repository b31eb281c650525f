"""What Kafka's brokers and librdkafka say went wrong, for the operator: what it is, what to do.

Errors go by the names that both give them, so this module needs no library.
"""

from __future__ import annotations

from typing import Final

#: The labels of failures (UnavailableError.reason).
WRITE, TIMEOUT, REFUSED = "write", "timeout", "refused"

#: What a record or a batch is refused for, which another try does not change.
TOO_LARGE: Final = frozenset({"MSG_SIZE_TOO_LARGE", "RECORD_LIST_TOO_LARGE"})
UNFIT: Final = TOO_LARGE | {"INVALID_RECORD", "_BAD_MSG"}

#: librdkafka does not tell a broker that hangs up, as it wants TLS or a password, from none.
_SILENT: Final = "no broker answers; start one, or set tls or sasl_mechanism if they ask for it"
_CREDENTIALS: Final = "the brokers refuse us; mend username, password_file or sasl_mechanism"
#: Since Kafka 2.8 the first is enough.
_IDEMPOTENT: Final = "we may not write; grant Write on the topic, IdempotentWrite on the cluster"
#: After a loss of their data, say; what is not acknowledged goes again, by a producer that is new.
_FORGOTTEN: Final = (
    "the brokers have lost what they knew of us, records may come twice; see whether they lost data"
)
SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "_ALL_BROKERS_DOWN": (_SILENT, REFUSED),
    "_RESOLVE": ("a broker's name has no address; mend the name or the resolver", REFUSED),
    "_AUTHENTICATION": (_CREDENTIALS, REFUSED),
    "SASL_AUTHENTICATION_FAILED": (_CREDENTIALS, REFUSED),
    "UNSUPPORTED_SASL_MECHANISM": ("the brokers have no such sasl_mechanism; set another", REFUSED),
    "ILLEGAL_SASL_STATE": (_CREDENTIALS, REFUSED),
    "CLUSTER_AUTHORIZATION_FAILED": (_IDEMPOTENT, REFUSED),
    "_FATAL": (_FORGOTTEN, WRITE),
    "UNKNOWN_PRODUCER_ID": (_FORGOTTEN, WRITE),
    "OUT_OF_ORDER_SEQUENCE_NUMBER": (_FORGOTTEN, WRITE),
    "INVALID_PRODUCER_EPOCH": (_FORGOTTEN, WRITE),
    "NOT_ENOUGH_REPLICAS": ("too few replicas are in sync; see to the brokers", WRITE),
    "NOT_ENOUGH_REPLICAS_AFTER_APPEND": ("too few replicas are in sync; see to the brokers", WRITE),
    "KAFKA_STORAGE_ERROR": ("a broker cannot write to its disk", WRITE),
}
"""Name of the error -> what is said, and the label."""
#: The same for a topic, which is named.
TOPICS: Final[dict[str, tuple[str, str]]] = {
    "UNKNOWN_TOPIC_OR_PART": ("there is no such topic; create it", REFUSED),
    "_UNKNOWN_TOPIC": ("there is no such topic; create it", REFUSED),
    "_UNKNOWN_PARTITION": ("there is no such topic; create it", REFUSED),
    "TOPIC_AUTHORIZATION_FAILED": ("we may not write to it; grant Write", REFUSED),
    "TOPIC_EXCEPTION": ("the brokers take no such name; set another topic", REFUSED),
}
_UNTRUSTED: Final = (
    "their certificate is not trusted; set ca_file to its authority, and name the brokers"
    " as it does"
)
#: Part of what OpenSSL says -> what is said of the brokers' TLS.
TLS: Final = (
    ("certificate verify failed", _UNTRUSTED),
    ("certificate required", "they ask for our certificate; set cert_file"),
    ("alert bad certificate", "they do not accept our certificate; set another cert_file"),
    ("alert unknown ca", "they do not know who signed our certificate; set another cert_file"),
    ("wrong version number", "this port is without TLS; name the one with TLS"),
    ("plaintext broker listener", "this port is without TLS; name the one with TLS"),
)
#: What librdkafka adds when it sees that a port is one with TLS.
_SECURE_PORT: Final = ("connecting to a ssl listener", "connecting to a ssl broker listener")


def explained(name: str, said: str, topic: str = "") -> tuple[str, str]:
    """Return what is said of an error, by its name and librdkafka's own words, and the label."""
    if topic and name in TOPICS:
        sentence, reason = TOPICS[name]
        return f"topic {topic}: {sentence}", reason
    if name in SENTENCES:
        return SENTENCES[name]
    words = said.lower()
    if name in {"_SSL", "_TRANSPORT"}:
        return _connection(name, words)
    if "timed_out" in name.lower():
        return "the brokers do not acknowledge in time", TIMEOUT
    return f"the brokers say {name.lstrip('_').replace('_', ' ').lower()}", WRITE


def tells_more(name: str, said: str) -> int:
    """Return how much an error tells: of several in a row, the operator is told the best."""
    if name == "_ALL_BROKERS_DOWN":
        return 0
    return 1 if explained(name, said) == _BROKE else 2


_BROKE: Final = ("the connection to the brokers broke", WRITE)


def _connection(name: str, words: str) -> tuple[str, str]:
    for part, sentence in TLS:
        if part in words:
            return f"TLS with the brokers: {sentence}", REFUSED
    if name == "_SSL":
        return "TLS with the brokers failed; is this their port with TLS?", REFUSED
    if any(part in words for part in _SECURE_PORT):
        return "this is a port with TLS; set tls: true", REFUSED
    if "connection refused" in words:
        return "no broker listens there; start one or mend the addresses", REFUSED
    return _BROKE
