"""What Kafka's brokers and librdkafka say went wrong, for the operator: what it is, what to do.

Errors go by the names that both give them, so this module needs no library.
"""

from __future__ import annotations

from typing import Final

#: The labels of failures (UnavailableError.reason).
WRITE, TIMEOUT, REFUSED = "write", "timeout", "refused"

#: What a record or a batch is refused for, which another try does not change.
TOO_LARGE: Final = frozenset({"MSG_SIZE_TOO_LARGE", "_MSG_SIZE_TOO_LARGE", "RECORD_LIST_TOO_LARGE"})
UNFIT: Final = TOO_LARGE | {"INVALID_RECORD", "_BAD_MSG"}

_CREDENTIALS: Final = "the brokers refuse us; mend username, password_file or sasl_mechanism"
#: Since Kafka 2.8 the first is enough.
_IDEMPOTENT: Final = "we may not write; grant Write on the topic, IdempotentWrite on the cluster"
SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "_ALL_BROKERS_DOWN": ("no broker answers; start one or mend the addresses", REFUSED),
    "_RESOLVE": ("a broker's name has no address; mend the name or the resolver", REFUSED),
    "_AUTHENTICATION": (_CREDENTIALS, REFUSED),
    "SASL_AUTHENTICATION_FAILED": (_CREDENTIALS, REFUSED),
    "UNSUPPORTED_SASL_MECHANISM": ("the brokers have no such sasl_mechanism; set another", REFUSED),
    "ILLEGAL_SASL_STATE": (_CREDENTIALS, REFUSED),
    "CLUSTER_AUTHORIZATION_FAILED": (_IDEMPOTENT, REFUSED),
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
    "_TOPIC_AUTHORIZATION_FAILED": ("we may not write to it; grant Write", REFUSED),
    "INVALID_TOPIC_EXCEPTION": ("the brokers take no such name; set another topic", REFUSED),
}
#: Part of what OpenSSL says -> what is said of the brokers' TLS.
TLS: Final = (
    ("unable to get local issuer", "their certificate is signed by nobody we trust; set ca_file"),
    ("self-signed", "their certificate is signed by nobody we trust; set ca_file"),
    ("self signed", "their certificate is signed by nobody we trust; set ca_file"),
    ("mismatch", "their certificate is not for the name they are asked by; mend brokers"),
    ("has expired", "their certificate has expired; renew it"),
    ("certificate required", "they ask for our certificate; set cert_file"),
    ("wrong version number", "this port is without TLS; name the port with TLS"),
    ("certificate verify failed", "their certificate is signed by nobody we trust; set ca_file"),
)
#: What librdkafka adds to an error that tells something else than the brokers do.
_PLAIN_PORT: Final = ("disconnected while requesting apiversion", "connecting to a ssl listener")


def explained(name: str, said: str, topic: str = "") -> tuple[str, str]:
    """Return what is said of an error, by its name and librdkafka's own words, and the label."""
    if topic and name in TOPICS:
        sentence, reason = TOPICS[name]
        return f"topic {topic}: {sentence}", reason
    if name in SENTENCES:
        return SENTENCES[name]
    words = said.lower()
    if name == "_SSL":
        for part, sentence in TLS:
            if part in words:
                return f"TLS with the brokers: {sentence}", REFUSED
        return "TLS with the brokers failed; is this their port with TLS?", REFUSED
    if name == "_TRANSPORT":
        if any(part in words for part in _PLAIN_PORT):
            return "the brokers hang up; if this is a port with TLS, set tls: true", REFUSED
        if "refused" in words:
            return "no broker listens there; start one or mend the addresses", REFUSED
        return "the connection to the brokers broke", WRITE
    if "timed_out" in name.lower():
        return "the brokers do not acknowledge in time", TIMEOUT
    return f"the brokers say {name.lstrip('_').replace('_', ' ').lower()}", WRITE
