"""Commands before the greeting: a bot, or a client that was invited."""

from __future__ import annotations

import pytest

from smtpids.smtp import early
from tests.support.transcript import events_of, parse

EARLY = "C: EHLO client.example\nC: NOOP\n"
BEFORE = "client_before_banner"


def kinds(text: str) -> list[object]:
    return [
        event.fields["smtp.anomaly.kind"]
        for event in events_of(parse(text))
        if event.action == "anomaly"
    ]


@pytest.mark.parametrize("name", sorted(early.INVITATIONS))
def test_an_invited_client_may_speak_first(name: str) -> None:
    assert (
        kinds(f"{EARLY}S: 220 mx\nS: 250-mx\nS: 250-PIPELINING\nS: 250 {name}\nS: 250 Ok\n") == []
    )


def test_another_client_is_told_when_the_reply_to_its_hello_came() -> None:
    said = kinds(f"{EARLY}S: 220 mx\nS: 250-mx\nS: 250 PIPELINING\nS: 250 Ok\n")
    assert said == ["pipelined_past_sync_point", "pipelined_without_advertisement", BEFORE]


def test_a_refused_hello_invites_nobody() -> None:
    assert kinds("C: EHLO client.example\nS: 220 mx\nS: 502 what\n") == [BEFORE]


def test_a_reply_that_never_comes_invites_nobody() -> None:
    assert kinds("C: EHLO client.example\nS: 220 mx\n== fin server\n") == [BEFORE]


def test_helo_cannot_be_invited() -> None:
    assert kinds("C: HELO client.example\nS: 220 mx\n") == [BEFORE]


def test_a_long_group_is_not_kept_whole() -> None:
    said = kinds("C: EHLO x\n" + "C: NOOP\n" * 100 + "S: 220 mx\nS: 250 mx\n")
    assert len(said) <= early.MOST + 1
    assert said[-1] == BEFORE
