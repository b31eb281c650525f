"""TCP reassembly as a state machine against a simple model.

Two ends speak, and a network between them and the tap repeats, reorders, loses and falsifies what
they send. The model is what each end said, and for each place the first copy that came past the
tap; what the table gives must agree with it after every step.
"""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from smtpids.capture.frames import ACK, FIN, PSH, RST, SYN, Segment
from smtpids.config import KIB, Limits
from smtpids.tcp.chunk import PIECE_OCTETS
from smtpids.tcp.events import CLIENT, SERVER, Closed, Conflict, Gap, Limit, Octets
from tests.support.segments import MILLISECOND, START, make_key, make_table

MASK = 0xFFFF_FFFF
LIMITS = Limits(stream_octets=8 * KIB, total_octets=12 * KIB)
SIDES = st.sampled_from([CLIENT, SERVER])
NUMBERS = st.sampled_from([1_000, 0x7FFF_FFF0, MASK - 20, MASK])
GAP = -1
TEXT = st.binary(min_size=1, max_size=30)
KEYS = (
    make_key("192.0.2.1", 40_000, "198.51.100.2", 25),
    make_key("198.51.100.2", 25, "192.0.2.1", 40_000),
)


class End:
    """One side: what it said, what of it passed the tap first, and what of it was given."""

    def __init__(self, isn: int) -> None:
        self.isn = isn
        self.said = bytearray()
        self.passed: dict[int, int] = {}
        self.given: list[int] = []
        """The octets given, `GAP` for each that lacks."""
        self.finished = False

    def seq(self, offset: int) -> int:
        """The sequence number of an octet."""
        return (self.isn + 1 + offset) & MASK


class Tap(RuleBasedStateMachine):
    """What two ends, the network and the capture do to one connection."""

    @initialize(isn=st.tuples(NUMBERS, NUMBERS))
    def open(self, isn: tuple[int, int]) -> None:
        """Shake hands."""
        self.table = make_table(LIMITS)
        self.ends = [End(number) for number in isn]
        self.sent: list[tuple[int, int, bytes, Segment]] = []
        self.delayed: list[tuple[int, int, bytes, Segment]] = []
        self.now_ns = START
        self.packet = 0
        self.planted = 0
        self.told = 0
        self.lost = 0
        self.over = False
        self.acked = [0, 0]
        client, server = self.ends
        self.feed(CLIENT, client.isn, 0, SYN)
        self.feed(SERVER, server.isn, client.seq(0), SYN | ACK)
        self.feed(CLIENT, client.seq(0), server.seq(0), ACK)

    # -- what the ends do --------------------------------------------------------------------------

    @precondition(lambda self: not self.over)
    @rule(side=SIDES, text=TEXT)
    def say(self, side: int, text: bytes) -> None:
        """An end says something new, which the tap sees at once."""
        self.tap(*self.make(side, text))

    @precondition(lambda self: not self.over)
    @rule(side=SIDES, text=TEXT)
    def say_late(self, side: int, text: bytes) -> None:
        """An end says something new, which the tap sees later."""
        self.delayed.append(self.make(side, text))

    @precondition(lambda self: not self.over)
    @rule(side=SIDES, text=TEXT)
    def say_unseen(self, side: int, text: bytes) -> None:
        """An end says something that the tap never sees."""
        if not self.ends[side].finished:
            self.lost += 1
            self.make(side, text)

    @precondition(lambda self: not self.over and self.delayed)
    @rule(data=st.data())
    def arrive(self, data: st.DataObject) -> None:
        """One of the late segments comes past the tap, in whatever order."""
        place = data.draw(st.integers(0, len(self.delayed) - 1))
        self.tap(*self.delayed.pop(place))

    @precondition(lambda self: not self.over and self.sent)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        """A segment comes again."""
        self.tap(*data.draw(st.sampled_from(self.sent)))

    @precondition(lambda self: not self.over and self.sent)
    @rule(data=st.data())
    def repeat_cut_in_another_way(self, data: st.DataObject) -> None:
        """Some octets come again, in a segment with other borders."""
        side = data.draw(SIDES)
        said = self.ends[side].said
        if said:
            start = data.draw(st.integers(0, len(said) - 1))
            end = data.draw(st.integers(start + 1, min(start + 40, len(said))))
            if not self.may_be_keepalive(side, start, end):
                self.tap(*self.segment(side, start, bytes(said[start:end])))

    @precondition(lambda self: not self.over and self.sent)
    @rule(data=st.data())
    def repeat_with_other_octets(self, data: st.DataObject) -> None:
        """Somebody says something else in the same place."""
        side, start, text, _ = data.draw(st.sampled_from(self.sent))
        place = data.draw(st.integers(0, len(text) - 1))
        false = bytearray(text)
        false[place] ^= 0xFF
        if not self.may_be_keepalive(side, start, start + len(text)):
            self.planted += 1
            self.tap(*self.segment(side, start, bytes(false)))

    @precondition(lambda self: not self.over)
    @rule(side=SIDES)
    def acknowledge(self, side: int) -> None:
        """An end acknowledges all that the other said."""
        self.acked[1 - side] = len(self.ends[1 - side].said)
        self.feed(side, self.next_seq(side), self.ends[1 - side].seq(self.acked[1 - side]), ACK)

    @precondition(lambda self: not self.over)
    @rule(side=SIDES)
    def keep_alive(self, side: int) -> None:
        """An end asks whether the other lives, with an octet of nothing."""
        end, other = self.ends[side], self.ends[1 - side]
        if len(end.given) == len(end.said) and not end.finished:
            self.feed(side, end.seq(len(end.said) - 1), other.seq(0), ACK, b"\0")

    @precondition(lambda self: not self.over)
    @rule(side=SIDES)
    def finish(self, side: int) -> None:
        """An end says that it has no more to say."""
        end = self.ends[side]
        if not end.finished:
            end.finished = True
            other = self.ends[1 - side]
            self.feed(side, end.seq(len(end.said)), other.seq(self.acked[1 - side]), ACK | FIN)

    @precondition(lambda self: not self.over)
    @rule(side=SIDES, away=st.sampled_from([-70_000, -40, -1, 5_000, 70_000]))
    def reset_falsely(self, side: int, away: int) -> None:
        """Somebody sends a RST whose number no receiver takes; its sender goes on."""
        end = self.ends[side]
        place = len(end.said) + away
        # where the tap has not seen late octets yet, theirs is the right number; or the next one,
        # behind a FIN that it may have missed
        if not end.finished and not 0 <= place - len(end.given) <= 1:
            self.feed(side, end.seq(place), 0, RST)
            for text in (b"and", b"on"):
                self.tap(*self.make(side, text))
            self.wait_for_what_is_due()

    @precondition(lambda self: not self.over)
    @rule(side=SIDES)
    def reset(self, side: int) -> None:
        """An end breaks the connection, and both fall silent."""
        self.feed(side, self.next_seq(side), 0, RST)
        self.over = True

    @rule()
    def wait_for_what_is_due(self) -> None:
        """Time passes."""
        self.now_ns += 5 * LIMITS.reorder_ns
        self.take(self.table.tick(self.now_ns))

    # -- what must hold ----------------------------------------------------------------------------

    @invariant()
    def what_is_given_is_the_first_copy_in_its_place(self) -> None:
        for end in getattr(self, "ends", []):
            for place, octet in enumerate(end.given):
                assert octet in {GAP, end.passed.get(place, GAP)}

    @invariant()
    def nothing_is_given_that_was_not_said(self) -> None:
        for end in getattr(self, "ends", []):
            assert len(end.given) <= len(end.said)

    @invariant()
    def a_conflict_is_said_only_where_octets_disagreed(self) -> None:
        if hasattr(self, "table"):
            assert self.told == 0 or self.planted > 0

    @invariant()
    def what_is_held_is_within_the_limits(self) -> None:
        if hasattr(self, "table"):
            most = LIMITS.stream_octets + 64 + PIECE_OCTETS
            assert self.table.held_octets <= min(2 * most, LIMITS.total_octets + most)

    def teardown(self) -> None:
        """At the end all that passed the tap was given, unless a limit or a gap came between."""
        if not hasattr(self, "table"):
            return
        if not self.over:
            for late in self.delayed:
                self.tap(*late)
        self.take(self.table.finish())
        self.what_is_given_is_the_first_copy_in_its_place()
        assert (self.table.active, self.table.held_octets) == (0, 0)
        if not self.lost and not self.over and not self.limited:
            for end in self.ends:
                assert len(end.given) == len(end.said)

    # -- means -------------------------------------------------------------------------------------

    limited = False
    """A limit was met, or a hole given up before its octets came."""

    def next_seq(self, side: int) -> int:
        end = self.ends[side]
        return end.seq(len(end.said) + end.finished)

    def make(self, side: int, text: bytes) -> tuple[int, int, bytes, Segment]:
        """Let an end say `text`, if it has not finished, and return the segment."""
        end = self.ends[side]
        start = len(end.said)
        if end.finished:
            return self.segment(side, start, b"")
        end.said += text
        return self.segment(side, start, text)

    def segment(self, side: int, start: int, text: bytes) -> tuple[int, int, bytes, Segment]:
        ack = self.ends[1 - side].seq(self.acked[1 - side])
        seq = self.ends[side].seq(start)
        return side, start, text, (0, KEYS[side], seq, ack, ACK | PSH, text, 0)

    def may_be_keepalive(self, side: int, start: int, end: int) -> bool:
        """One octet before the next number means nothing (RFC 9293 3.8.4)."""
        return end - start == 1 and start == len(self.ends[side].given) - 1

    def tap(self, side: int, start: int, text: bytes, segment: Segment) -> None:
        """Let a segment with octets come past the tap."""
        if not text:
            return
        self.sent.append((side, start, text, segment))
        end = self.ends[side]
        for place, octet in enumerate(text, start):
            if place >= len(end.given) or end.given[place] == GAP:
                end.passed.setdefault(place, octet)
        self.feed(side, *segment[2:6])

    def feed(self, side: int, seq: int, ack: int, flags: int, text: bytes = b"") -> None:
        self.packet += 1
        self.now_ns += MILLISECOND
        segment: Segment = (self.now_ns, KEYS[side], seq & MASK, ack & MASK, flags, text, 0)
        self.take(self.table.feed(segment, self.packet))

    def take(self, events: object) -> None:
        assert isinstance(events, (list, tuple))
        new: list[list[int]] = [[], []]
        for event in events:
            if isinstance(event, Octets):
                new[event.side] += event.data
            elif isinstance(event, Gap):
                new[event.side] += [GAP] * event.length
                self.limited = True
            elif isinstance(event, Conflict):
                self.told += 1
            elif isinstance(event, Limit):
                self.limited = True
            elif isinstance(event, Closed):
                self.over = True
        for side, octets in enumerate(new):
            if octets:
                connection = events[0].connection
                stream = connection.from_client if side == CLIENT else connection.from_server
                self.put(side, octets, stream.next_seq)

    def put(self, side: int, octets: list[int], next_seq: int) -> None:
        """Note what was given up to `next_seq`; octets that come after all fill the last gap."""
        end = self.ends[side]
        start = ((next_seq - end.seq(0)) & MASK) - len(octets)
        assert start == len(end.given) or set(end.given[start:]) == {GAP}
        end.given[start:] = octets


Tap.TestCase.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
TestTap = Tap.TestCase
