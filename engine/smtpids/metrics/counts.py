"""What the pipeline has seen, as plain numbers.

One thread raises them; the thread that serves a scrape only copies. There is no lock, because a
scrape may as well have come a moment earlier. Numbers that lower layers keep themselves are
assigned here by whoever refreshes before a scrape.

Dictionaries have the label values of their metric as keys, in the order of `families`. What comes
from traffic is folded into the sets of `labels` before it becomes a key.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from smtpids.config import SECOND
from smtpids.fields import TLS_MODES
from smtpids.metrics import labels
from smtpids.metrics.histogram import Histogram
from smtpids.metrics.often import Often
from smtpids.tcp.events import CLIENT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smtpids.rules.rule import Rule

#: Of no fixed length to mypyc, which takes a final tuple of so many floats for one not made yet.
Bounds: TypeAlias = "tuple[float, ...]"

#: Octets of a message: from a probe to what servers announce as their SIZE (RFC 1870).
SIZE_BOUNDS: Final[Bounds] = (1e3, 4e3, 16e3, 64e3, 256e3, 1e6, 4e6, 10e6, 25e6, 50e6)
#: Seconds of a session: from a scanner's probe to three times the idle timeout.
DURATION_BOUNDS: Final[Bounds] = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600, 1800)
#: Seconds of a request to a receiver: from one on the same host to the longest patience.
REQUEST_BOUNDS: Final[Bounds] = (
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
)  # fmt: skip
#: Seconds from a packet to its alert.
LATENCY_BOUNDS: Final[Bounds] = (
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15, 60,
)  # fmt: skip


_Key = TypeVar("_Key")


def _zeros(values: Iterable[_Key]) -> dict[_Key, int]:
    """Return counters that are 0 from the start: `increase()` cannot see the birth of a series."""
    return dict.fromkeys(values, 0)


def _add(counter: dict[_Key, int], key: _Key, number: int = 1) -> None:
    counter[key] = counter.get(key, 0) + number


class Counts:
    """All numbers of a run.

    The methods and `tally` raise; what neither does is assigned by whoever refreshes before a
    scrape.
    """

    def __init__(self, *, live: bool = False, schema_version: str = "") -> None:
        self.live = live
        """Packets are from now: their distance to the wall clock means something."""
        self.is_read = True
        """Somebody asks for the figures; else only what the summary of a run tells is counted."""
        self.schema_version = schema_version
        """Of the records that are written."""
        self.started_ns = 0
        """Wall clock; 0 is not known, as for all times here."""
        self.reload_ok: bool | None = None
        self.reload_ns = 0
        """Wall clock of the last reload that succeeded."""

        self.frames: dict[str, int] = {}
        """By source: an interface's name, or `file` and `stdin`; never a file's name."""
        self.octets: dict[str, int] = {}
        self.filtered: dict[str, int] = {}
        """Frames read that hold no SMTP, by source."""
        self.dropped: dict[tuple[str, str], int] = {}
        """By source and reason."""
        self.decode_errors: dict[str, int] = {}
        """By layer."""
        self.pcap_files: dict[str, int] = _zeros(labels.FILE_RESULTS)
        self.last_packet_ns = 0
        self.lag_ns = 0
        """Wall clock minus `last_packet_ns`, when last read."""

        self.connections_active = 0
        self.connections_most = 0
        """The limit."""
        self.connections_opened: dict[str, int] = _zeros(labels.SERVICE_NAMES)
        """By service, see `labels.service`."""
        self.connections_closed: dict[str, int] = _zeros(labels.CLOSE_REASONS)
        self.gap_octets: dict[str, int] = _zeros(labels.DIRECTIONS)
        self.conflicts = 0
        self.held_octets = 0
        self.session_octets = 0
        self.limit_hits: dict[str, int] = {}
        """By field of `config.Limits`."""

        self.sessions_active = 0
        self.sessions: dict[tuple[str, str], int] = _zeros(product(labels.SERVICE_NAMES, TLS_MODES))
        """By service and TLS mode."""
        self.sessions_closed: dict[str, int] = _zeros(labels.CLOSE_REASONS)
        self.session_duration: Histogram = Histogram(DURATION_BOUNDS)
        self.often: Often = Often()
        """`commands` and `replies`."""
        self.messages: dict[str, int] = _zeros(labels.MAIL_OUTCOMES)
        self.message_size: Histogram = Histogram(SIZE_BOUNDS)
        self.recipients: dict[str, int] = _zeros(labels.RECIPIENT_OUTCOMES)
        self.attachments: dict[str, int] = {}
        self.auth: dict[tuple[str, str], int] = {}
        """By mechanism and outcome."""
        self.starttls: dict[str, int] = _zeros(labels.STARTTLS_OUTCOMES)
        self.handshakes: dict[tuple[str, str], int] = {}
        """By TLS version and outcome."""
        self.anomalies: dict[str, int] = _zeros(labels.ANOMALIES)

        self.rules: dict[str, int] = {}
        """Rules in use, by rule set."""
        self.rules_failed: dict[str, int] = {}
        """Files with faults, if the last reload was refused."""
        self.rules_disabled = 0
        self.matches: dict[str, int] = {}
        """By rule, before suppression."""
        self.alerts: dict[tuple[str, str, str], int] = {}
        """By rule, its level and category."""
        self.alerts_suppressed: dict[tuple[str, str], int] = {}
        """By rule and reason."""
        self.rule_errors: dict[tuple[str, str], int] = {}
        """By rule and reason."""
        self.rule_ns: dict[str, int] = {}
        """What each rule took, if that is measured."""
        self.detection_latency: Histogram = Histogram(LATENCY_BOUNDS)
        self.state_entries: dict[str, int] = {}
        """By table: the history of servers, what is suppressed, ..."""
        self.state_evictions: dict[str, int] = {}
        self.correlation_groups: dict[str, int] = {}
        """By correlation, as are the next two."""
        self.correlation_evicted: dict[str, int] = {}
        self.correlation_ungrouped: dict[str, int] = {}
        self.correlation_late = 0

        self.output_events: dict[tuple[str, str], int] = {}
        """By output (as configured) and kind of record."""
        self.output_delivered: dict[str, int] = {}
        self.output_dropped: dict[tuple[str, str], int] = {}
        """By output and reason, as are the errors."""
        self.output_errors: dict[tuple[str, str], int] = {}
        self.output_retries: dict[str, int] = {}
        self.output_resent: dict[str, int] = {}
        self.output_queue: dict[str, int] = {}
        """Records that wait, and how many may, by output that has a queue."""
        self.output_queue_most: dict[str, int] = {}
        self.output_spool_octets: dict[str, int] = {}
        """Octets that wait on disk, and how many may, by output that has a spool."""
        self.output_spool_most: dict[str, int] = {}
        self.output_up: dict[str, int] = {}
        """1 if the last delivery succeeded, 0 if not."""
        self.output_success_ns: dict[str, int] = {}
        """Wall clock of the last delivery."""
        self.output_requests: dict[str, Histogram] = {}
        """By output with a receiver, each raised by the thread of its output alone."""

        self.extracted: dict[str, int] = _zeros(labels.EXTRACTED)
        """Attachments written to files, by what became of them."""
        self.extracted_octets = 0
        self.extract_skipped: dict[str, int] = _zeros(labels.NOT_EXTRACTED)
        """Attachments that were not, by the reason."""

        self.completed_ns = 0
        """Wall clock at the end of the run, and at the last end without a fault; for the file."""
        self.succeeded_ns = 0
        self.exit_code: int | None = None

        self.worker_up: dict[str, int] = {}
        """1 if the process is there, 0 if not; by the number of the worker, as are the next."""
        self.worker_restarts: dict[str, int] = {}
        self.worker_sessions_lost: dict[str, int] = {}
        self.worker_queue: dict[str, int] = {}
        """Events that wait until other workers have come as far."""
        self.worker_packets: dict[str, int] = {}
        self.worker_dropped: dict[str, int] = {}
        """Packets that the kernel lost because this one did not read them in time."""
        self.worker_memory: dict[str, int] = {}

        self.internal_errors: dict[str, int] = _zeros((*labels.ENGINE_LAYERS, labels.OTHER))

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
