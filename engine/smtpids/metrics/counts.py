"""What the pipeline has seen, as plain numbers.

One thread raises them; the thread that serves a scrape only copies. There is no lock, because a
scrape may as well have come a moment earlier. Numbers that lower layers keep themselves are
assigned here by whoever refreshes before a scrape.

Dictionaries have the label values of their metric as keys, in the order of `families`. What comes
from traffic is folded into the sets of `labels` before it becomes a key.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Final, TypeVar

from smtpids.config import SECOND
from smtpids.metrics import labels
from smtpids.metrics.histogram import Histogram
from smtpids.metrics.often import Often
from smtpids.rules.fields import TLS_MODES
from smtpids.tcp.events import CLIENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from smtpids.rules.rule import Rule

#: Octets of a message: from a probe to what servers announce as their SIZE (RFC 1870).
SIZE_BOUNDS: Final = (1e3, 4e3, 16e3, 64e3, 256e3, 1e6, 4e6, 10e6, 25e6, 50e6)
#: Seconds of a session: from a scanner's probe to three times the idle timeout.
DURATION_BOUNDS: Final = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600, 1800)
#: Seconds of a request to a receiver: from one on the same host to the longest patience.
REQUEST_BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
#: Seconds from a packet to its alert.
LATENCY_BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15, 60)


_Key = TypeVar("_Key")


def _zeros(values: Iterable[_Key]) -> Callable[[], dict[_Key, int]]:
    """Make counters that are 0 from the start: `increase()` cannot see the birth of a series."""
    known = tuple(values)
    return lambda: dict.fromkeys(known, 0)


def _add(counter: dict[_Key, int], key: _Key, number: int = 1) -> None:
    counter[key] = counter.get(key, 0) + number


@dataclass(slots=True, eq=False)
class Counts:
    """All numbers of a run.

    The methods and `tally` raise; what neither does is assigned by whoever refreshes before a
    scrape.
    """

    live: bool = False
    """Packets are from now: their distance to the wall clock means something."""
    schema_version: str = ""
    """Of the records that are written."""
    started_ns: int = 0
    """Wall clock; 0 is not known, as for all times here."""
    reload_ok: bool | None = None
    reload_ns: int = 0
    """Wall clock of the last reload that succeeded."""

    frames: dict[str, int] = field(default_factory=dict)
    """By source: an interface's name, or `file` and `stdin`; never a file's name."""
    octets: dict[str, int] = field(default_factory=dict)
    filtered: dict[str, int] = field(default_factory=dict)
    """Frames read that hold no SMTP, by source."""
    dropped: dict[tuple[str, str], int] = field(default_factory=dict)
    """By source and reason."""
    decode_errors: dict[str, int] = field(default_factory=dict)
    """By layer."""
    pcap_files: dict[str, int] = field(default_factory=_zeros(labels.FILE_RESULTS))
    last_packet_ns: int = 0
    lag_ns: int = 0
    """Wall clock minus `last_packet_ns`, when last read."""

    connections_active: int = 0
    connections_most: int = 0
    """The limit."""
    connections_opened: dict[str, int] = field(default_factory=_zeros(labels.SERVICE_NAMES))
    """By service, see `labels.service`."""
    connections_closed: dict[str, int] = field(default_factory=_zeros(labels.CLOSE_REASONS))
    gap_octets: dict[str, int] = field(default_factory=_zeros(labels.DIRECTIONS))
    conflicts: int = 0
    held_octets: int = 0
    session_octets: int = 0
    limit_hits: dict[str, int] = field(default_factory=dict)
    """By field of `config.Limits`."""

    sessions_active: int = 0
    sessions: dict[tuple[str, str], int] = field(
        default_factory=_zeros(product(labels.SERVICE_NAMES, TLS_MODES))
    )
    """By service and TLS mode."""
    sessions_closed: dict[str, int] = field(default_factory=_zeros(labels.CLOSE_REASONS))
    session_duration: Histogram = field(default_factory=lambda: Histogram(DURATION_BOUNDS))
    often: Often = field(default_factory=Often)
    """`commands` and `replies`."""
    messages: dict[str, int] = field(default_factory=_zeros(labels.MAIL_OUTCOMES))
    message_size: Histogram = field(default_factory=lambda: Histogram(SIZE_BOUNDS))
    recipients: dict[str, int] = field(default_factory=_zeros(labels.RECIPIENT_OUTCOMES))
    attachments: dict[str, int] = field(default_factory=dict)
    auth: dict[tuple[str, str], int] = field(default_factory=dict)
    """By mechanism and outcome."""
    starttls: dict[str, int] = field(default_factory=_zeros(labels.STARTTLS_OUTCOMES))
    handshakes: dict[tuple[str, str], int] = field(default_factory=dict)
    """By TLS version and outcome."""
    anomalies: dict[str, int] = field(default_factory=_zeros(labels.ANOMALIES))

    rules: dict[str, int] = field(default_factory=dict)
    """Rules in use, by rule set."""
    rules_failed: dict[str, int] = field(default_factory=dict)
    """Files with faults, if the last reload was refused."""
    rules_disabled: int = 0
    matches: dict[str, int] = field(default_factory=dict)
    """By rule, before suppression."""
    alerts: dict[tuple[str, str, str], int] = field(default_factory=dict)
    """By rule, its level and category."""
    alerts_suppressed: dict[tuple[str, str], int] = field(default_factory=dict)
    """By rule and reason."""
    rule_errors: dict[tuple[str, str], int] = field(default_factory=dict)
    """By rule and reason."""
    rule_ns: dict[str, int] = field(default_factory=dict)
    """What each rule took, if that is measured."""
    detection_latency: Histogram = field(default_factory=lambda: Histogram(LATENCY_BOUNDS))
    state_entries: dict[str, int] = field(default_factory=dict)
    """By table: the history of servers, what is suppressed, ..."""
    state_evictions: dict[str, int] = field(default_factory=dict)
    correlation_groups: dict[str, int] = field(default_factory=dict)
    """By correlation, as are the next two."""
    correlation_evicted: dict[str, int] = field(default_factory=dict)
    correlation_ungrouped: dict[str, int] = field(default_factory=dict)
    correlation_late: int = 0

    output_events: dict[tuple[str, str], int] = field(default_factory=dict)
    """By output (as configured) and kind of record."""
    output_delivered: dict[str, int] = field(default_factory=dict)
    output_dropped: dict[tuple[str, str], int] = field(default_factory=dict)
    """By output and reason, as are the errors."""
    output_errors: dict[tuple[str, str], int] = field(default_factory=dict)
    output_retries: dict[str, int] = field(default_factory=dict)
    output_resent: dict[str, int] = field(default_factory=dict)
    output_queue: dict[str, int] = field(default_factory=dict)
    """Records that wait, and how many may, by output that has a queue."""
    output_queue_most: dict[str, int] = field(default_factory=dict)
    output_spool_octets: dict[str, int] = field(default_factory=dict)
    """Octets that wait on disk, and how many may, by output that has a spool."""
    output_spool_most: dict[str, int] = field(default_factory=dict)
    output_up: dict[str, int] = field(default_factory=dict)
    """1 if the last delivery succeeded, 0 if not."""
    output_success_ns: dict[str, int] = field(default_factory=dict)
    """Wall clock of the last delivery."""
    output_requests: dict[str, Histogram] = field(default_factory=dict)
    """By output with a receiver, each raised by the thread of its output alone."""

    extracted: dict[str, int] = field(default_factory=_zeros(labels.EXTRACTED))
    """Attachments written to files, by what became of them."""
    extracted_octets: int = 0
    extract_skipped: dict[str, int] = field(default_factory=_zeros(labels.NOT_EXTRACTED))
    """Attachments that were not, by the reason."""

    completed_ns: int = 0
    """Wall clock at the end of the run, and at the last end without a fault; for the text file."""
    succeeded_ns: int = 0
    exit_code: int | None = None

    worker_up: dict[str, int] = field(default_factory=dict)
    """1 if the process is there, 0 if not; by the number of the worker, as are the next."""
    worker_restarts: dict[str, int] = field(default_factory=dict)
    worker_sessions_lost: dict[str, int] = field(default_factory=dict)
    worker_queue: dict[str, int] = field(default_factory=dict)
    """Events that wait until other workers have come as far."""
    worker_packets: dict[str, int] = field(default_factory=dict)
    worker_dropped: dict[str, int] = field(default_factory=dict)
    """Packets that the kernel lost because this one did not read them in time."""
    worker_memory: dict[str, int] = field(default_factory=dict)

    internal_errors: dict[str, int] = field(
        default_factory=_zeros((*labels.ENGINE_LAYERS, labels.OTHER))
    )

    @property
    def commands(self) -> dict[str, int]:
        """By verb."""
        return self.often.commands.shown()

    @property
    def replies(self) -> dict[tuple[str, str], int]:
        """By class of the code and of the enhanced code."""
        return self.often.replies.shown()

    def rules_loaded(
        self, rules: Iterable[Rule], *, asked: Iterable[Rule] = (), ruleset: str = "default"
    ) -> None:
        """Take note of the rules that alert, and start their counters at 0.

        `asked` may hold others, whose matches count for a correlation. The counters of rules that
        are gone stay, as a counter must never fall.
        """
        loaded = list(rules)
        self.rules[ruleset] = len(loaded)
        self.rules_failed.setdefault(ruleset, 0)
        for rule in (*loaded, *asked):
            self.matches.setdefault(rule.name, 0)
            self.rule_errors.setdefault((rule.name, "exception"), 0)
        for rule in loaded:
            self.alerts.setdefault(labels.alert_key(rule), 0)
            if rule.suppress or rule.once_per:
                self.alerts_suppressed.setdefault((rule.name, "suppression"), 0)

    def suppressed(self, rule: Rule, *, reason: str = "suppression") -> None:
        """Count a match that makes no alert."""
        label = reason if reason in labels.SUPPRESSIONS else labels.OTHER
        _add(self.alerts_suppressed, (rule.name, label))

    def alert_delay(self, delay_ns: int) -> None:
        """Note how long after its packet an alert was written (live only)."""
        self.detection_latency.observe(max(delay_ns, 0) / SECOND)

    def rule_error(self, rule: Rule, *, reason: str = "exception") -> None:
        """Count a rule that could not be evaluated."""
        _add(self.rule_errors, (rule.name, labels.fold(reason, labels.RULE_FAULTS)))

    def output_opened(self, output: str, kinds: Iterable[str]) -> None:
        """Start the counters of an output at 0; `kinds` are the records that it may be given.

        What an output counts itself is assigned before each scrape, with the reasons that it has.
        """
        for kind in kinds:
            self.output_events.setdefault((output, labels.fold(kind, labels.RECORDS)), 0)
        self.output_delivered.setdefault(output, 0)

    def output_request(self, output: str, seconds: float) -> None:
        """Note how long the receiver of an output took; called in the output's own thread."""
        requests = self.output_requests.get(output)
        if requests is None:
            requests = self.output_requests[output] = Histogram(REQUEST_BOUNDS)
        requests.observe(max(seconds, 0.0))

    def closed(self, reason: str) -> None:
        """Count the end of a TCP connection."""
        _add(self.connections_closed, labels.fold(reason, labels.CLOSE_REASONS))

    def gap(self, side: int, length: int) -> None:
        """Count octets of `side` that are not in the capture."""
        _add(self.gap_octets, "to_server" if side == CLIENT else "to_client", max(length, 0))

    def limit(self, name: str) -> None:
        """Count a limit (a field of `config.Limits`) that was met."""
        _add(self.limit_hits, labels.fold(name, labels.LIMITS))

    def internal_error(self, layer: str) -> None:
        """Count a bug of ours that the pipeline caught."""
        _add(self.internal_errors, labels.fold(layer, labels.ENGINE_LAYERS))
