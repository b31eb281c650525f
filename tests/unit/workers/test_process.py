from __future__ import annotations

import socket

from smtpids.workers import parcels
from smtpids.workers.kinds import LOG, TIME
from smtpids.workers.process import Worker

ITEMS = [((1,), TIME, 1), ((2,), LOG, 40, "x"), ((3,), TIME, 2), ((4,), TIME, 3)]


def test_what_was_told_before_is_left_out_but_for_the_log() -> None:
    worker = Worker(0)
    assert worker.new_of(ITEMS) == ITEMS
    worker.to_skip = worker.received
    assert worker.new_of(ITEMS[:3]) == ITEMS[1:2]
    assert worker.new_of([*ITEMS[3:], ((5,), TIME, 4)]) == [((5,), TIME, 4)]
    assert worker.received == 4


def test_what_is_said_arrives_and_to_nobody_nothing_is_said() -> None:
    ours, theirs = socket.socketpair()
    worker = Worker(0)
    worker.say("stop")
    assert not worker.is_up
    worker.socket = ours
    worker.say("use", "rules")
    assert worker.is_up
    assert parcels.receive(theirs) == ("use", "rules")
    theirs.close()
    worker.say("stop")
    ours.close()
