"""What happened in each recorded capture, as those who recorded it know it.

`pcaps/expected.yml` holds the scenes' own facts: what each client was told to do and what the
servers' logs confirm. They owe nothing to this engine, which must find the same in the packets.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.support.engine import PCAPS, Told, captures, told_of_capture

if TYPE_CHECKING:
    from pathlib import Path

    from smtpids.smtp import Event

#: How the recording names versions -> `tls.version`.
VERSIONS = {"TLSv1": "1.0", "TLSv1.1": "1.1", "TLSv1.2": "1.2", "TLSv1.3": "1.3"}


@dataclass(frozen=True)
class Scene:
    """One session of one capture, by its place in time."""

    capture: Path
    index: int
    facts: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.capture.name}-{self.index}"


def scenes() -> list[Scene]:
    """Return every session that was recorded."""
    known: dict[str, Any] = yaml.safe_load((PCAPS / "expected.yml").read_text(encoding="utf-8"))
    return [
        Scene(capture, index, facts)
        for capture in captures()
        for index, facts in enumerate(known[capture.name]["sessions"])
    ]


SCENES = scenes()
each_scene = pytest.mark.parametrize("scene", SCENES, ids=str)
#: Sessions of which logins and messages can be seen.
each_in_clear = pytest.mark.parametrize(
    "scene", [scene for scene in SCENES if scene.facts["in_clear"]], ids=str
)
each_hidden = pytest.mark.parametrize(
    "scene", [scene for scene in SCENES if not scene.facts["in_clear"]], ids=str
)


@cache
def told(capture: Path) -> Told:
    """Return what the engine says of a capture."""
    return told_of_capture(capture)


def of_session(scene: Scene, action: str) -> list[Event]:
    """Return the events of one kind in the session of a scene."""
    session_id = ends(scene.capture)[scene.index].fields["session.id"]
    return [
        event
        for event in told(scene.capture).events
        if event.action == action and event.fields["session.id"] == session_id
    ]


@cache
def ends(capture: Path) -> list[Event]:
    """Return the `session_end` of each session in order of their first packets."""
    found = [event for event in told(capture).events if event.action == "session_end"]
    return sorted(found, key=_start_ns)


def _start_ns(event: Event) -> int:
    start_ns = event.fields["session.start"]
    assert isinstance(start_ns, int)
    return start_ns


@pytest.mark.parametrize("capture", captures(), ids=lambda path: path.name)
def test_the_sessions_of_a_capture_are_those_that_were_played(capture: Path) -> None:
    played = [
        (scene.facts["client"], scene.facts["server"], scene.facts["port"])
        for scene in SCENES
        if scene.capture == capture
    ]
    assert played == [
        (
            event.fields["source.ip"],
            event.fields["destination.ip"],
            event.fields["destination.port"],
        )
        for event in ends(capture)
    ]


@each_scene
def test_a_whole_capture_shows_whole_sessions(scene: Scene) -> None:
    fields = ends(scene.capture)[scene.index].fields
    flaws = ("session.gap", "session.midstream", "session.one_sided")
    assert [name for name in flaws if fields[name]] == []
    assert fields["session.close_reason"] in {"fin", "rst"}


@each_scene
def test_it_is_known_how_far_tls_came(scene: Scene) -> None:
    fields = ends(scene.capture)[scene.index].fields
    version = fields.get("tls.version") if fields["tls.established"] else None
    assert (scene.facts["starttls"], VERSIONS.get(scene.facts["tls"])) == (
        fields["smtp.starttls.state"],
        version,
    )


@each_scene
def test_tls_is_told_once_with_its_outcome(scene: Scene) -> None:
    facts = scene.facts
    begun = facts["tls"] is not None or scene.capture.name.startswith("tls-handshake-fails")
    outcomes = [event.fields["tls.outcome"] for event in of_session(scene, "tls")]
    assert ([("established" if facts["tls"] else "failed")] if begun else []) == outcomes


@each_in_clear
def test_a_quit_is_seen(scene: Scene) -> None:
    assert scene.facts["quit"] is ends(scene.capture)[scene.index].fields["smtp.quit"]


@each_in_clear
def test_every_login_is_told_with_its_user_and_outcome(scene: Scene) -> None:
    assert scene.facts["logins"] == [
        {
            "mechanism": event.fields["smtp.auth.mechanism"],
            "user": event.fields["smtp.auth.user"],
            "outcome": event.fields["smtp.auth.outcome"],
        }
        for event in of_session(scene, "auth")
    ]


@each_in_clear
def test_every_message_is_told_with_its_envelope(scene: Scene) -> None:
    assert [
        (
            message["mail_from"],
            message["rcpt_to"],
            len(message["rcpt_refused"]),
            message["framing"],
        )
        for message in messages(scene)
    ] == [
        (
            event.fields["smtp.mail_from"],
            event.fields["smtp.rcpt_to"],
            event.fields["smtp.rcpt.rejected"],
            event.fields["smtp.message.framing"],
        )
        for event in of_session(scene, "message")
    ]


@each_in_clear
def test_every_message_is_read_octet_by_octet(scene: Scene) -> None:
    known = [message.get("sha256") for message in messages(scene)]
    seen = of_session(scene, "message")
    assert [
        (message.get("size"), message.get("sha256"), True, True) for message in messages(scene)
    ] == [
        (
            event.fields["smtp.message.size"] if sha256 else None,
            event.fields["smtp.message.hash.sha256"] if sha256 else None,
            event.fields["smtp.message.complete"],
            event.fields["smtp.message.accepted"],
        )
        for event, sha256 in zip(seen, known, strict=True)
    ]


@each_hidden
def test_nothing_is_told_of_what_tls_hides(scene: Scene) -> None:
    assert of_session(scene, "auth") + of_session(scene, "message") == []


def messages(scene: Scene) -> list[dict[str, Any]]:
    """Return the messages that a reader sees who ends them at CRLF . CRLF alone."""
    found: list[dict[str, Any]] = scene.facts["messages"]
    return found[: scene.facts.get("messages_of_a_strict_reader", len(found))]
