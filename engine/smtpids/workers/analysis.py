"""The pipeline of a worker: all layers up to the rules of single events, for its own connections.

What a pipeline would do with an event from there on, it tells the parent instead. In files it is
given all packets, but for plain ones of other shards, which the reader passes over. Fragments,
tunnels and other packets that only the decoder can read are decoded by every worker, and then
belong to the one whose connection they are of; so these cannot be torn apart.

That time passes is seen of all packets, also of those passed over, so that each worker lets
timeouts come at the same packets as one process would.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.config import SECOND, Config
from smtpids.flow import Flow
from smtpids.history import Past
from smtpids.history.lessons import lesson, meets
from smtpids.metrics import count_event
from smtpids.mime import HIDDEN, PutOff
from smtpids.packet import Decoder
from smtpids.pipeline import RECORDED, Pipeline
from smtpids.smtp.events import Action
from smtpids.workers.kinds import (
    BEGUN,
    DRAFT,
    ENDED,
    LESSON,
    TIME,
    WHOLE,
    fields_of,
    lines_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from smtpids.alerts.draft import Draft
    from smtpids.alerts.line import Lines
    from smtpids.capture.shard import Shard
    from smtpids.metrics import Counts
    from smtpids.mime import Store
    from smtpids.roles import Roles
    from smtpids.rules.rule import Rule
    from smtpids.smtp import Ends, Event
    from smtpids.smtp.events import Fields
    from smtpids.tcp.connection import Connection
    from smtpids.workers.kinds import Late, Place
    from smtpids.workers.report import Report
    from smtpids.workers.sieve import Sieve

#: How much later than its time a live packet may be read: its block is handed over so late.
LATENESS_NS: Final = SECOND // 10
_SESSION_END: Final[str] = Action.SESSION_END.value


class Token(Past):
    """Stands for what the parent knows of a session that begins."""

    __slots__ = ("birth", "number")

    def __init__(self, number: int, connection: Connection) -> None:
        super().__init__("", "", 0, None, None, 0)
        self.number = number
        """How the session is named to the parent."""
        self.birth: tuple[int, int] = (connection.start_ns, connection.first_packet)


class Analysis(Pipeline):
    """All layers of one worker; `shard` is None where the kernel hands out the packets (live)."""

    def __init__(
        self,
        config: Config,
        report: Report,
        sieve: Sieve,
        counts: Counts,
        shard: Shard | None = None,
        store: Store | None = None,
        *,
        records: bool = False,
        lines: Lines | None = None,
    ) -> None:
        on_record = _keep if records else None
        super().__init__(config, counts=counts, matcher=sieve, on_record=on_record, store=store)
        self.report = report
        self.sieve = sieve
        self.shard = shard
        self.lines = lines
        """Drafts alerts, if all outputs write them so."""
        self.common = Decoder(config, self.bypass)
        """Decodes what all workers are given, so that it is counted once."""
        self.taken = 0
        """Packets that are of this worker's connections."""
        self._sessions = 0
        self._changes = 0
        """How often other rules were used."""
        self._order = 0
        self._by_time = False
        """What is told now was due by the time, it is not of the packet at hand."""
        limits = config.limits
        if shard is not None and min(limits.reorder_ns, limits.idle_ns // 32) < SECOND:
            self.passes = False  # readers see the time pass by whole seconds only
        else:
            self.bypass.shard = shard

    def frame(self, ts_ns: int, linktype: int, data: bytes) -> None:
        """Take one packet."""
        self.packet += 1
        self.packets += 1
        self.octets += len(data)
        self.last_ns = ts_ns
        if self.table.is_due(ts_ns):
            self._let_time_pass(ts_ns)
        shard = self.shard
        common = shard is not None and self.bypass.common
        decoder = self.common if common else self.decoder
        segment = None
        try:
            segment = decoder.decode(ts_ns, linktype, data)
            if segment is None or (common and shard is not None and shard.is_foreign(segment[1])):
                decoder.overlapped = False
                return
            self.taken += common
            self._order = self._now()
            events = self.table.feed(segment, self.packet)
            if decoder.overlapped:
                decoder.overlapped = False
                events = [*events, *self.table.overlapped(segment[1], ts_ns, self.packet)]
        except Exception as bug:  # noqa: BLE001 -- as in the pipeline
            if segment is not None or not common or shard is None or not shard.index:
                self._failed(bug, "tcp", "")
            return
        if events:
            self._stream(events)

    def arrived(self, ts_ns: int, size: int) -> None:
        """Count a packet that the decoder is spared, for which no time need pass."""
        super().arrived(ts_ns, size)
        self._order = self._now()

    def passed(self, ts_ns: int) -> None:
        """Take the packets that the source passed over; the last of them is of this time."""
        self.count_passed()
        if self.table.is_due(ts_ns):
            self._let_time_pass(ts_ns)

    def tick(self, ts_ns: int) -> None:
        """Let timeouts pass while no packet comes, and tell how far the time is."""
        self.ticks += 1
        self._order = max(self._order, ts_ns - LATENESS_NS)
        self._by_time = True
        self._stream(self.table.tick(ts_ns))
        self._by_time = False
        self.report.add(((self._order,), TIME, ts_ns))
        self.report.flush((self._order,))

    def finish(self) -> None:
        """End of input: every session is closed and says its last."""
        self._order = self._order + 1 if self.shard is None else 2 * (self.packets + 1)
        self._by_time = True
        self._stream(self.table.finish())

    def idle(self) -> None:
        """Tell what there is: nobody knows when more comes."""
        self.count_passed()
        self.report.flush(self.place())

    def use(self, sieve: Sieve, roles: Roles | None = None) -> None:
        """Use other rules from the next event on, other roles from the next session on."""
        self._changes += 1
        self.sieve = sieve
        self.swap(sieve, roles=roles)

    @property
    def own(self) -> int:
        """Packets that this worker, and no other, has read."""
        return self.packets if self.shard is None else self.decoder.frames + self.taken

    def place(self) -> Place:
        """Return the place of what comes of the packet at hand from now on."""
        return (self._now(),)

    def _now(self) -> int:
        """Return the place of the packet at hand; in live captures time does not run backwards."""
        return max(self._order, self.last_ns) if self.shard is None else 2 * self.packets + 1

    def _let_time_pass(self, ts_ns: int) -> None:
        self._order = self._now() if self.shard is None else 2 * self.packets
        self._by_time = True
        self._stream(self.table.pass_time(ts_ns))
        self._by_time = False
        self.report.pause(self.place())

    def count_passed(self) -> None:
        """Count the packets that the source passed over."""
        bypass, decoder, common = self.bypass, self.decoder, self.common
        if not bypass.packets:
            return
        self.packet += bypass.packets
        self.packets += bypass.packets
        self.octets += bypass.octets
        self.last_ns = bypass.last_ns
        own = bypass.packets - bypass.others - bypass.foreign
        decoder.frames += own
        decoder.passed += own
        common.frames += bypass.others
        common.not_tcp += bypass.others
        bypass.packets = bypass.octets = bypass.others = bypass.foreign = 0

    # -- what is told ------------------------------------------------------------------------------

    def _remember(self, connection: Connection, ends: Ends) -> Past:
        self._sessions += 1
        token = Token(self._sessions, connection)
        told = (ends.client_ip, ends.server_ip, ends.server_port, ends.start_ns)
        self.report.add((self._place_of(token), BEGUN, token.number, *told))
        return token

    def _place_of(self, token: Token) -> Place:
        return (self._order, *token.birth) if self._by_time else (self._order,)

    def _tell(self, event: Event, past: Past) -> None:
        """Count an event, ask the rules, tell the parent what it wants of it."""
        assert isinstance(past, Token)
        if self._file:
            event.fields["smtpids.pcap.file"] = self._file
        count_event(self.counts, event)
        place, action = self._place_of(past), str(event.action)
        sieve = self.sieve  # another thread may put another one in place
        matched = sieve.match(event)
        recorded = self.on_record is not None and action in RECORDED
        drafts = None if recorded or not matched else self._drafts(event, matched)
        if drafts is not None:
            few, teaches, changes = self._few(event, past, sieve.keys_of(matched))
            ends = few, drafts, teaches, changes
            item = (place, DRAFT, past.number, action, event.ts_ns, event.packet, *ends)
            self.report.add(item, whole=True, alert=True)
        elif matched or recorded:
            names = [rule.name for rule in matched] if sieve.is_sure(matched) else None
            if names is not None:
                for name in HIDDEN:  # nobody behind the rules sees them
                    event.fields.pop(name, None)
            told = recorded or names is None or not sieve.is_silent(matched)
            late = _late_of(event, told=told)
            self.report.add(
                (
                    place,
                    WHOLE,
                    past.number,
                    action,
                    event.ts_ns,
                    event.packet,
                    fields_of(event),
                    late,
                    lines_of(event),
                    names,
                    recorded,
                    None if told else self._few(event, past, sieve.counted(matched)),
                ),
                whole=True,
                octets=len(late[0]) if isinstance(late, tuple) else 0,
                alert=told,
            )
        else:
            taught = lesson(event, met=past.met)
            if taught is None:
                self.report.add((place, TIME, event.ts_ns))
            else:
                self.report.add((place, LESSON, past.number, action, event.ts_ns, taught))
        past.met = past.met or meets(event)
        if action == _SESSION_END:
            self.report.add((place, ENDED, past.number))

    def _drafts(self, event: Event, matched: Sequence[Rule]) -> dict[str, Draft] | None:
        """Return the alerts of an event as drafts; None if the parent must write one of them."""
        lines, sieve = self.lines, self.sieve
        # what is made late stands behind the history, in places that no draft foresees
        if lines is None or event.late is not None:
            return None
        if not sieve.are_drafted(matched) or not sieve.is_sure(matched):
            return None
        drafts: dict[str, Draft] = {}
        for rule in matched:
            draft = lines.draft(rule, event)
            if draft is None:
                return None
            drafts[rule.name] = draft
        return drafts

    def _few(self, event: Event, past: Past, names: Iterable[str]) -> tuple[Fields, bool, int]:
        """Return fields, what the memory reads too, whether it does, and by which rules it was."""
        fields = event.fields
        few = {name: fields[name] for name in names if name in fields}
        taught = lesson(event, met=past.met)
        if taught is not None:
            few.update(taught)
        return few, taught is not None, self._changes

    def _drop(self, connection: Connection) -> None:
        flow = connection.session
        past = flow.past if isinstance(flow, Flow) else None
        super()._drop(connection)
        if isinstance(past, Token):
            self.report.add((self._place_of(past), ENDED, past.number))


def share(config: Config, count: int) -> Config:
    """Return the settings of one of `count` workers: what all may hold together is divided."""
    limits = config.limits
    parts = {
        name: max(getattr(limits, name) // count, 1)
        for name in ("connections", "total_octets", "sessions_octets")
    }
    return config._replace(limits=limits._replace(**parts))


def _late_of(event: Event, *, told: bool) -> Late:
    """Return what was left out of an event, or of what it can be made.

    What is only counted is hardly ever told, and to hash a message is dearer than to send it.
    """
    late = event.late
    if late is None:
        return None
    if not told and isinstance(late, PutOff):
        plain = late.plain()
        if plain is not None:
            return plain
    return late()


def _keep(_event: Event) -> None:
    """Stand for records that the parent writes."""
