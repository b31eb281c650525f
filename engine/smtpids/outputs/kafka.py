"""Records to Kafka, each acknowledged by all replicas in sync before it counts as delivered.

librdkafka does the work, in threads of its own: it is given a batch, and gives a report for each
record. It may not keep anything behind our back, so a batch that is not acknowledged in time is
taken out of its hands before the sender hears of it. Idempotence keeps its own retries from
doubling records; what the sender delivers again after a failure may be there twice, with the same
`event.id`.

This is an extra (`pip install "smtpids[kafka]"`), and imported where the first batch is delivered.
"""

from __future__ import annotations

import logging
import re
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from smtpids.config import SECOND
from smtpids.errors import OutputError
from smtpids.outputs.kafka_faults import REFUSED, TIMEOUT, TOO_LARGE, UNFIT, explained, tells_more
from smtpids.outputs.transport import Report, TooLargeError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from confluent_kafka import KafkaError, Producer

    from smtpids.config import OutputConfig
    from smtpids.outputs.entry import Entry

_LOG: Final = logging.getLogger(__name__)

#: What the brokers accept as a topic (org.apache.kafka.common.internals.Topic).
_TOPIC: Final = re.compile(r"[A-Za-z0-9._-]{1,249}")
_BROKER: Final = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[^\s,@/:\[\]]+)(?::[0-9]{1,5})?")
_KINDS: Final = ("alert", "session", "message", "anomaly", "stats")
_MECHANISMS: Final = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
_PURGE_SECONDS: Final = 1.0
"""How long it may take until librdkafka has given back what it is asked for."""


class KafkaTransport:
    """Produces to the brokers that `config.target` lists; OutputError if that cannot be."""

    def __init__(self, config: OutputConfig) -> None:
        try:
            import confluent_kafka as library
        except ImportError as error:
            raise OutputError('Kafka needs an extra: pip install "smtpids[kafka]"') from error
        self._library = library
        # An error that ends a producer is raised out of whatever waits for callbacks; where these
        # were called with it pending, Python makes a SystemError of it.
        self._fatal = library.KafkaException, SystemError
        self._config = config
        self._brokers = brokers_of(config.target)
        self._target = f"kafka {self._brokers}"
        self._topics = {kind: topic_of(config.topic, kind) for kind in _KINDS}
        self._seconds = config.timeout_ns / SECOND
        self._producer: Producer | None = None
        self._trouble: KafkaError | None = None  # the latest that librdkafka told by itself
        if config.server_name:
            raise OutputError(
                "kafka: brokers are checked by their own names; leave out server_name"
            )
        if config.sasl_mechanism and config.sasl_mechanism not in _MECHANISMS:
            known = ", ".join(_MECHANISMS)
            raise OutputError(f"kafka: sasl_mechanism is not known; write one of {known}")
        self._connect()  # a setting or file that cannot be used is told at once
        self.close()

    def deliver(self, batch: Sequence[Entry]) -> Report:
        """Produce a batch and wait for its acknowledgements."""
        deadline = time.monotonic() + self._seconds
        try:
            producer = self._producer or self._connect()
        except OutputError as fault:  # a file of the configuration that was there at first
            raise UnavailableError(str(fault), reason=REFUSED) from fault
        outcome: dict[int, KafkaError | None] = {}
        refused: dict[int, str] = {}
        try:
            for position, entry in enumerate(batch):
                error = self._produce(producer, entry, partial(_note, outcome, position), deadline)
                if error is not None and error.name() in TOO_LARGE:
                    refused[position] = self._too_large(entry)
                elif error is not None:
                    outcome[position] = error
            producer.flush(max(deadline - time.monotonic(), 0.0))
            if len(outcome) + len(refused) < len(batch):
                producer.purge()
                producer.flush(_PURGE_SECONDS)
        except self._fatal as fatal:
            self.close()
            said, reason = explained("_FATAL", "")
            raise UnavailableError(f"{self._target}: {said}", reason=reason) from fatal
        return self._report(batch, outcome, refused)

    @property
    def unconfirmed(self) -> int:
        """0: what was delivered is acknowledged."""
        return 0

    def confirm(self, seconds: float) -> None:
        """Do nothing: what was delivered is acknowledged."""

    def close(self) -> None:
        """Let go of the brokers; doing it twice is harmless."""
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(*self._fatal):
                producer.purge()
                producer.flush(_PURGE_SECONDS)

    # -- what becomes of a batch -------------------------------------------------------------------

    def _produce(
        self, producer: Producer, entry: Entry, note: Any, deadline: float
    ) -> KafkaError | None:
        """Give librdkafka a record; return why it does not take it.

        If it has no room in time, there is no report for this one, as for any that waits too long.
        """
        while True:
            try:
                producer.produce(
                    self._topics[entry.kind],
                    entry.line.removesuffix(b"\n"),
                    key=entry.key.encode() or None,
                    headers=[
                        ("event.id", entry.id.encode()),
                        ("severity", b"%d" % entry.severity),
                    ],
                    timestamp=max(entry.ts_ns, 0) // 1_000_000,
                    on_delivery=note,
                )
            except BufferError:
                left = deadline - time.monotonic()
                if left <= 0:
                    return None
                producer.poll(min(left, 0.1))
                continue
            except self._library.KafkaException as error:
                found: KafkaError = error.args[0]
                return found
            producer.poll(0)
            return None

    def _report(
        self,
        batch: Sequence[Entry],
        outcome: dict[int, KafkaError | None],
        refused: dict[int, str],
    ) -> Report:
        """Say what became of a batch, as each record's report tells."""
        later: dict[int, str] = {}
        reason = TIMEOUT
        for position, entry in enumerate(batch):
            error = outcome.get(position)
            if position in refused or (error is None and position in outcome):
                continue
            if error is not None and error.name() in UNFIT:
                if len(batch) > 1:  # it may be the batch that is too large, not the record
                    raise TooLargeError(self._too_large(entry))
                refused[position] = self._too_large(entry)
                continue
            later[position], reason = self._said(error, self._topics[entry.kind])
        if len(later) + len(refused) < len(batch):
            self._trouble = None
        elif later:
            self.close()
            raise UnavailableError(next(iter(later.values())), reason=reason)
        return Report(refused, later)

    def _said(self, error: KafkaError | None, topic: str) -> tuple[str, str]:
        """Return the sentence for a record that was not acknowledged, and the label.

        A record that was waited for in vain says nothing; what was wrong meanwhile does.
        """
        is_mute = error is None or error.name() in {
            "_MSG_TIMED_OUT",
            "_PURGE_QUEUE",
            "_PURGE_INFLIGHT",
        }
        found = self._trouble if is_mute and self._trouble is not None else error
        if found is None or (is_mute and self._trouble is None):
            said, reason = explained("_TIMED_OUT", "")
        else:
            said, reason = explained(found.name(), found.str(), topic)
        return f"{self._target}: {said}", reason

    def _too_large(self, entry: Entry) -> str:
        return (
            f"{self._target}: the brokers do not take a record of {len(entry.line):,} octets;"
            " raise max.message.bytes of the topic, or lower record_size"
        )

    # -- the producer ------------------------------------------------------------------------------

    def _connect(self) -> Producer:
        """Make a producer, which finds the brokers by itself; it forgets earlier troubles."""
        self._trouble = None
        settings = producer_settings(self._config, self._brokers)
        settings["error_cb"] = self._note_trouble
        settings["logger"] = _Quiet()
        try:
            self._producer = self._library.Producer(settings)
        except self._library.KafkaException as error:
            said = error.args[0].str()
            raise OutputError(f"{self._target}: {said}") from error
        return self._producer

    def _note_trouble(self, error: KafkaError) -> None:
        """Keep what librdkafka tells, unless it told more before."""
        before = self._trouble
        if before is None or tells_more(error.name(), error.str()) >= tells_more(
            before.name(), before.str()
        ):
            self._trouble = error


class _Quiet:
    """Takes librdkafka's log. What matters is in the error that the sender gets, so it is for -v;
    librdkafka says it again at each attempt."""

    @staticmethod
    def log(level: int, message: str, *words: object) -> None:
        """Log a line for those who look closely."""
        _LOG.debug(message, *words)


def _note(
    outcome: dict[int, KafkaError | None], position: int, error: KafkaError | None, _: object
) -> None:
    outcome[position] = error


def brokers_of(target: str) -> str:
    """Return the brokers as librdkafka lists them; OutputError if it is no list of them."""
    listed = target.removeprefix("kafka://").rstrip("/")
    found = [broker.strip() for broker in listed.split(",")]
    if not all(_BROKER.fullmatch(broker) for broker in found):
        raise OutputError("kafka: the target is a list of brokers; write host:9092,host:9092")
    return ",".join(found)


def topic_of(pattern: str, kind: str) -> str:
    """Return the topic for records of a kind; OutputError if the brokers take no such name."""
    topic = pattern.replace("{kind}", kind)
    if not _TOPIC.fullmatch(topic) or topic in {".", ".."}:
        raise OutputError(
            f'kafka: "{topic}" is no name of a topic; use letters, digits, dots, _ and -'
        )
    return topic


def producer_settings(config: OutputConfig, brokers: str) -> dict[str, Any]:
    """Return librdkafka's settings; OutputError if the password cannot be read."""
    timeout = max(config.timeout_ns // 1_000_000, 10)
    settings: dict[str, Any] = {
        "bootstrap.servers": brokers,
        "client.id": "smtpids",
        "enable.idempotence": True,
        "acks": "all",
        "compression.type": "lz4",
        # as Java's clients do, so that an address is in the same partition whoever writes it
        "partitioner": "murmur2_random",
        "linger.ms": 5,
        "message.max.bytes": max(1_000_000, 2 * config.record_octets),
        # the limit is ours; librdkafka looks at its own once a second only
        "message.timeout.ms": 2 * timeout + 1000,
        # before our time is over, so that the operator hears that there is no such topic
        "topic.metadata.propagation.max.ms": timeout // 2,
        "socket.connection.setup.timeout.ms": max(timeout, 1000),
        "reconnect.backoff.ms": 200,
        "reconnect.backoff.max.ms": 2000,
        "socket.keepalive.enable": True,
        "allow.auto.create.topics": True,
    }
    is_tls = config.tls or config.ca_file or config.cert_file
    protocol = "SSL" if is_tls else "PLAINTEXT"
    if config.sasl_mechanism:
        protocol = f"SASL_{protocol}"
        settings |= {
            "sasl.mechanism": config.sasl_mechanism,
            "sasl.username": config.username,
            "sasl.password": _secret(config.password_file),
        }
    settings["security.protocol"] = protocol
    if config.ca_file:
        settings["ssl.ca.location"] = config.ca_file
    if config.cert_file:
        settings["ssl.certificate.location"] = config.cert_file
        settings["ssl.key.location"] = config.key_file or config.cert_file
    return settings


def _secret(path: str) -> str:
    """Return the password in a file, without the end of its line."""
    if not path:
        raise OutputError("kafka: sasl_mechanism needs a password; name its file in password_file")
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        reason = (error.strerror or "unknown error").lower()
        raise OutputError(f"kafka: password_file {path} cannot be read: {reason}") from error
    except UnicodeDecodeError:
        raise OutputError(f"kafka: password_file {path} is no text in UTF-8") from None
