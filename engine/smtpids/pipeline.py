"""Joins the layers: packets in, matches and records out.

    source -> decode -> tcp -> (is it mail?) -> smtp -> history -> rules -> on_alert
                                                             and         -> on_record

This is the only place that catches our own bugs: the connection is dropped, counted and logged with
its ends and the packet, and the rest goes on. `config.strict` raises them instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.buglog import BugLog
from smtpids.capture import TICK, FileSource, LiveSource
from smtpids.flow import Flow, ends_of, ends_text, follow
from smtpids.history import Memory
from smtpids.intake import Intake
from smtpids.lane import Lane
from smtpids.metrics import count_event, count_opened
from smtpids.mime import HIDDEN, LATE, Reading
from smtpids.roles import Roles
from smtpids.rules import Suppressor
from smtpids.smtp import Tracker
from smtpids.smtp.budget import Budget, held_octets
from smtpids.smtp.detect import Detector, Verdict
from smtpids.smtp.loss import shed
from smtpids.tcp.events import CLIENT, Closed, Limit, Octets
from smtpids.verdicts import Verdicts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mypy_extensions import i64

    from smtpids.capture import Frame, Segment, Source
    from smtpids.config import Config
    from smtpids.history import Past
    from smtpids.metrics import Counts
    from smtpids.mime import Store
    from smtpids.rules import Correlator
    from smtpids.rules.rule import Match
    from smtpids.smtp import Ends, Event
    from smtpids.tcp.connection import Connection
    from smtpids.tcp.events import StreamEvent
    from smtpids.tcp.stream import Stream
    from smtpids.verdicts import EventMatcher

RECORDED: Final = frozenset({"session_end", "message", "anomaly"})
#: What an event costs beside its octets while it waits for the verdict on its connection.
HELD_EVENT_OCTETS: Final = 200


class Pipeline(Intake):
    """All layers of one run; `run` may be called for several sources, the state is kept."""

    def __init__(
        self,
        config: Config,
        *,
        counts: Counts,
        matcher: EventMatcher | None = None,
        on_alert: Callable[[Match], None] | None = None,
        on_record: Callable[[Event], None] | None = None,
        memory: Memory | None = None,
        store: Store | None = None,
        correlator: Correlator | None = None,
    ) -> None:
        super().__init__(config)
        self.counts = counts
        self.table.ledger.on_quiet = _rest
        self.suppressor = Suppressor(config.limits.groups)
        self.memory = Memory(config.limits) if memory is None else memory
        self.verdicts = Verdicts(counts, self.suppressor, matcher, correlator, on_alert)
        self.on_record = on_record
        self.reading = Reading(store, config.own_domains)
        """How messages are read, which depends on the rules."""
        self.source: Source | None = None
        self.ticks = 0
        """How often timeouts were let pass; an interface gives some in quiet times, too."""
        self.trackers = 0
        """Sessions followed now."""
        self.budget: Budget[Flow] = Budget(config.limits.sessions_octets)
        self._bugs = BugLog()
        self._file = ""
        self._roles = Roles(config)
        self._ask(matcher)

    def run(self, source: Source) -> None:
        """Read a source to its end. CaptureError rises after all that came before was seen."""
        self.source = source
        self.packet = getattr(source, "given", 0)  # a file that is followed comes again
        self._file = source.name if hasattr(source, "position") else ""
        frames: Iterable[Frame] = source
        config = self.config
        lane = None
        if self.hastens and config.fast_lane and not config.verify_checksums:
            lane = Lane(self)
        if isinstance(source, FileSource) and self.passes:
            frames = source.frames(self.bypass, lane)
        elif isinstance(source, LiveSource):
            frames = source.frames(lane)
        try:
            for ts_ns, linktype, data in frames:
                if linktype >= 0:
                    self.frame(ts_ns, linktype, data)
                elif linktype == TICK:
                    self.tick(ts_ns)
                else:
                    self.passed(ts_ns)
        finally:
            self.count_passed()

    def hear(self, stream: Stream, data: bytes, ts_ns: int, seen: int) -> None:
        """Take the next octets of a stream, as `_stream` does, of the packet that arrived last."""
        connection, packet = stream.connection, self.packet
        connection.last_packet = packet
        flow = connection.session
        if not isinstance(flow, Flow) or not flow.is_plain():
            self._stream([Octets(connection, stream.side, data, ts_ns, packet, seen)])
            return
        tracker = flow.tracker
        assert tracker is not None
        alone = stream.peer.packets == 0
        try:
            if not alone and stream.side == CLIENT and flow.keep(data, ts_ns, packet):
                self._charge(flow, flow.charged + len(data), ts_ns, packet)
                return
            events = tracker.octets(stream.side, data, ts_ns, packet, seen, alone=alone)
            self._say(flow, tracker, events)
            octets = held_octets(tracker)
            if octets != flow.charged:
                self._charge(flow, octets, ts_ns, packet)
        except Exception as bug:  # noqa: BLE001 -- the one place that catches our own bugs
            self._failed(bug, "smtp", ends_text(connection))
            self._drop(connection)

    def segment(self, segment: Segment, size: int, stream: Stream | None) -> None:
        """Take a segment in a packet of `size` octets that the decoder is spared."""
        self.arrived(segment[0], size)
        try:
            if stream is None:
                events = self.table.feed(segment, self.packet)
            else:
                events = self.table.ask(stream, segment, self.packet)
        except Exception as bug:  # noqa: BLE001 -- the one place that catches our own bugs
            self._failed(bug, "tcp", "")
            return
        if events:
            self._stream(events)

    def frame(self, ts_ns: int, linktype: int, data: bytes) -> None:
        """Take one packet."""
        self.packet += 1
        self.packets += 1
        self.octets += len(data)
        self.last_ns = ts_ns
        try:
            segment = self.decoder.decode(ts_ns, linktype, data)
            if segment is None:
                self.decoder.overlapped = False
                events = self.table.pass_time(ts_ns)
            else:
                events = self.table.feed(segment, self.packet)
                if self.decoder.overlapped:
                    self.decoder.overlapped = False
                    events = [*events, *self.table.overlapped(segment[1], ts_ns, self.packet)]
        except Exception as bug:  # noqa: BLE001 -- the one place that catches our own bugs
            self._failed(bug, "tcp", "")
            return
        if events:
            self._stream(events)

    def passed(self, ts_ns: int) -> None:
        """Take the packets that the source passed over; the last of them is of this time."""
        self.count_passed()
        self._stream(self.table.pass_time(ts_ns))

    def tick(self, ts_ns: int) -> None:
        """Let timeouts pass while no packet comes."""
        self.ticks += 1
        self._stream(self.table.tick(ts_ns))
        self._judge(lambda: self.verdicts.tick(ts_ns))

    def finish(self) -> None:
        """End of input: every session is closed and says its last."""
        self._stream(self.table.finish())
        self._judge(self.verdicts.finish)

    def swap(
        self,
        matcher: EventMatcher,
        correlator: Correlator | None = None,
        roles: Roles | None = None,
    ) -> None:
        """Use other rules from the next event on, other roles from the next session on.

        What was suppressed stays so.
        """
        self.verdicts.swap(matcher, correlator)
        self._ask(matcher)
        if roles is not None:
            self._roles = roles

    def _ask(self, matcher: EventMatcher | None) -> None:
        """Have messages read for what the rules and records want of each."""
        asked = matcher.fields if matcher is not None else frozenset[str]()
        # a rule that asks the history of a message may ask for any field
        every = matcher is not None and "message" in matcher.history
        self.reading.hidden = HIDDEN & asked
        self.reading.want(LATE if every or self.on_record else asked)

    # -- connections -------------------------------------------------------------------------------

    def _stream(self, events: Sequence[StreamEvent]) -> None:
        for event in events:
            try:
                self._stream_event(event)
            except Exception as bug:  # noqa: BLE001 -- the one place that catches our own bugs
                self._failed(bug, "smtp", ends_text(event.connection))
                self._drop(event.connection)

    def _stream_event(self, event: StreamEvent) -> None:
        connection = event.connection
        flow = connection.session
        if not isinstance(flow, Flow):
            flow = self._open(connection)
        if flow.folded is not None:
            flow.wake()
        if flow.tracker is not None:
            self._inside(flow, flow.tracker, event)
        elif flow.detector is not None:
            self._detect(flow, flow.detector, event)
        if connection.is_closed and isinstance(event, Closed):
            octets = 0
            connection.session = None  # no circle: the memory returns at once
        else:
            octets = flow.octets if flow.tracker is None else held_octets(flow.tracker)
        if octets != flow.charged:
            self._charge(flow, octets, event.ts_ns, event.packet)

    def _open(self, connection: Connection) -> Flow:
        """Decide what a new connection is to be looked at as."""
        count_opened(self.counts, connection.server_port)
        if connection.server_port in self.config.ports:
            flow = Flow(connection, self._track(connection), None)
        elif self.config.any_port:
            flow = Flow(connection, None, Detector(midstream=connection.midstream))
        else:
            flow = Flow(connection, None, None)
            connection.ignore()
        connection.session = flow
        return flow

    def _detect(self, flow: Flow, detector: Detector, event: StreamEvent) -> None:
        """Hold what comes until it is known whether it is mail, then read it again as such."""
        if flow.held is None:
            flow.held = []
        flow.held.append(event)
        flow.octets += HELD_EVENT_OCTETS
        verdict = Verdict.MORE
        if isinstance(event, Octets):
            flow.octets += len(event.data)
            verdict = detector.octets(event.side, event.data)
        if verdict is Verdict.MORE:
            if flow.octets <= self.config.limits.undecided_octets:
                return
            self.counts.limit("undecided_octets")
            verdict = Verdict.OTHER
        held, flow.held, flow.detector, flow.octets = flow.held, None, None, 0
        connection = event.connection
        if verdict is Verdict.OTHER:
            connection.ignore()
            return
        if verdict is Verdict.SWAPPED:
            connection.swap()
            for earlier in held:
                if not isinstance(earlier, Limit | Closed):
                    earlier.side = 1 - earlier.side
        flow.tracker = self._track(connection)
        flow.base = detector.skip
        flow.tunnelled = flow.base != (0, 0)
        flow.skip = detector.skip
        for earlier in held:
            self._inside(flow, flow.tracker, earlier)

    def _inside(self, flow: Flow, tracker: Tracker, event: StreamEvent) -> None:
        """Let the session take an event, without what stands before it in a tunnel."""
        events: list[Event]
        if isinstance(event, Octets):
            if flow.tunnelled and not flow.take_off(event):
                return
            side, ts_ns, packet = event.side, event.ts_ns, event.packet
            alone = not event.connection.has_heard(side)
            events = tracker.octets(side, event.data, ts_ns, packet, event.seen, alone=alone)
        else:
            self.trackers -= isinstance(event, Closed)
            events = follow(tracker, event)
        self._say(flow, tracker, events)

    def _say(self, flow: Flow, tracker: Tracker, events: list[Event]) -> None:
        """Tell what a session says of itself."""
        past = flow.past
        if past is None:
            past = flow.past = self._remember(flow.connection, tracker.session.ends)
        for told in events:
            self._tell(told, past)

    def _charge(self, flow: Flow, octets: i64, ts_ns: int, packet: int) -> None:
        """Note what a connection holds; if all hold too much, some let go."""
        before, flow.charged = flow.charged, octets
        if self.budget.charge(flow.connection.uid, flow, before, octets):
            while (holder := self.budget.next_to_let_go()) is not None:
                self._let_go(holder, ts_ns, packet)

    def _let_go(self, flow: Flow, ts_ns: int, packet: int) -> None:
        """Let a connection go on with nothing held; one that may be no mail is let go itself."""
        tracker, octets = flow.tracker, 0
        if tracker is None:
            self.counts.limit("sessions_octets")
            flow.held, flow.detector, flow.octets = None, None, 0
            flow.connection.ignore()
        elif flow.past is not None:
            flow.wake()
            for told in shed(tracker, ts_ns, packet):
                self._tell(told, flow.past)
            octets = held_octets(tracker)
        before, flow.charged = flow.charged, octets
        # it is none of the large ones now, unless it still holds much
        self.budget.charge(flow.connection.uid, flow, before, 0)
        self.budget.charge(flow.connection.uid, flow, 0, octets)

    def _track(self, connection: Connection) -> Tracker:
        self.trackers += 1
        return Tracker(ends_of(connection, self._roles), self.config, self.reading)

    def _remember(self, _: Connection, ends: Ends) -> Past:
        return self.memory.begin(ends.client_ip, ends.server_ip, ends.server_port, ends.start_ns)

    # -- what is said ------------------------------------------------------------------------------

    def _tell(self, event: Event, past: Past) -> None:
        """Count an event, ask the rules, hand on what is to be written.

        What was known before is added where somebody reads it: a rule, an alert, a record.
        """
        if self._file:
            event.fields["smtpids.pcap.file"] = self._file
        count_event(self.counts, event)
        self.memory.learn(past, event)
        self.verdicts.judge(event, past)
        if self.on_record is not None and event.action in RECORDED:
            past.enrich(event)
            event.complete()
            self.on_record(event)

    def _judge(self, act: Callable[[], None]) -> None:
        """Let verdicts be passed that no packet asks for."""
        try:
            act()
        except Exception as bug:  # noqa: BLE001 -- the one place that catches our own bugs
            self._failed(bug, "rules", "")

    # -- our own bugs ------------------------------------------------------------------------------

    def _failed(self, bug: Exception, layer: str, ends: str) -> None:
        """Count and log a bug of ours, or raise it in strict mode."""
        if self.config.strict:
            raise bug
        self.counts.internal_error(layer)
        self._bugs.tell(bug, layer, self.packet, ends)

    def _drop(self, connection: Connection) -> None:
        flow = connection.session
        if isinstance(flow, Flow):
            self.trackers -= flow.tracker is not None and not connection.is_closed
            self.budget.charge(connection.uid, flow, flow.charged, 0)
        connection.session = Flow(connection, None, None)
        connection.ignore()


def _rest(connection: Connection) -> None:
    """Let a connection that is quiet take less room."""
    flow = connection.session
    if isinstance(flow, Flow):
        flow.rest()
