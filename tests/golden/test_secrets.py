"""No password and no token leaves the engine, in whatever form, by whatever way.

Each command is run as people run it, with all formats, over every recorded capture; what it writes
to its streams and into files is searched for every secret that was on the wire, as text, as
hexadecimal and in base64 at each of the three offsets at which it can stand inside other octets.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from smtpids.alerts.layout import PLAIN
from smtpids.alerts.record import DATASETS, Observer
from smtpids.cli import main
from smtpids.cli.renderers import Ecs, Table
from tests.support.engine import PCAPS, captures, every_rule, told_of_frames
from tests.support.transcript import FOLDER, Transcript, frames_of, load

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

RECORDED = tuple((PCAPS / "secrets.txt").read_text(encoding="utf-8").split())
#: Those of the transcripts: a password, and the token of xoauth2_in_clear.smtp.
WRITTEN = ("Sunflower-4711", "ya29.SecretTokenOfMine")

each_capture = pytest.mark.parametrize("capture", captures(), ids=lambda path: path.name)
SCRIPTS = [load(path) for path in sorted(FOLDER.glob("*.smtp"))]


def forms(secret: str) -> set[bytes]:
    """Return what a secret looks like as text, in hexadecimal and in base64.

    Of base64 only the digits are taken that no octet beside the secret has a part in: they are
    found wherever it stands, in the response of PLAIN as in that of LOGIN.
    """
    octets = secret.encode()
    found = {octets, octets[::-1], octets.hex().encode()}
    for before in range(3):
        first = -(-before * 8 // 6)
        last = (before + len(octets)) * 8 // 6
        digits = base64.b64encode(bytes(before) + octets)[first:last]
        found |= {digits, digits.translate(bytes.maketrans(b"+/", b"-_"))}
    return found


def leaks(text: bytes, secrets: Sequence[str]) -> list[bytes]:
    """Return what stands of the secrets in a text; upper and lower case are the same."""
    folded = text.lower()
    return sorted(form for secret in secrets for form in forms(secret) if form.lower() in folded)


def output(capfdbinary: pytest.CaptureFixture[bytes], *arguments: str) -> bytes:
    """Run one command line and return both its streams."""
    assert main(arguments) == 0
    streams = capfdbinary.readouterr()
    assert b"error" not in streams.err
    return streams.out + streams.err


def test_a_secret_is_found_in_every_form() -> None:
    secret = RECORDED[0]
    texts = [
        base64.b64encode(f"{before}{secret}{behind}".encode())
        for before in ("", "a", "ab", "\0alice@example.org\0", "user=alice\x01auth=Bearer ")
        for behind in ("", "x", "xy", "\x01\x01")
    ]
    texts += [secret.encode(), secret.upper().encode(), secret.encode().hex().encode()]
    assert [text for text in texts if not leaks(b"AUTH " + text + b"\r\n", RECORDED)] == []


def test_the_secrets_are_in_the_captures() -> None:
    """Or else the search below would find nothing for want of anything to find."""
    plain = [path for path in captures() if path.suffix == ".pcap"]
    found = {form for path in plain for form in leaks(path.read_bytes(), RECORDED)}
    assert [secret for secret in RECORDED if not found & forms(secret)] == []


@each_capture
@pytest.mark.parametrize("form", ["ecs", "eve", "table"])
def test_a_run_writes_no_secret(
    capture: Path, form: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    lines, metrics = tmp_path / "lines", tmp_path / "metrics.prom"
    said = output(
        capfdbinary,
        *("run", "-v", "-r", str(capture), "--events", "all", "--format", form),
        *("-o", "-", "-o", str(lines), "--metrics-textfile", str(metrics)),
    )
    assert b"session" in said
    assert leaks(said + lines.read_bytes() + metrics.read_bytes(), RECORDED) == []


@each_capture
@pytest.mark.parametrize("options", [["--json"], ["-v"]], ids=["json", "verbose"])
def test_inspect_shows_no_secret(
    capture: Path, options: list[str], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    said = output(capfdbinary, "inspect", *options, "-r", str(capture))
    assert b"session" in said
    assert leaks(said, RECORDED) == []


def test_all_captures_together_show_no_secret(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    said = output(capfdbinary, "run", "-vv", "-r", str(PCAPS), "--events", "all")
    said += output(capfdbinary, "run", "-q", "-r", str(PCAPS), "--summary", "json")
    assert leaks(said, RECORDED) == []


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_the_check_of_the_rules_shows_no_secret(
    form: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    said = output(capfdbinary, "check", "--format", form)
    assert leaks(said, RECORDED + WRITTEN) == []


@pytest.mark.parametrize("script", SCRIPTS, ids=[script.name for script in SCRIPTS])
def test_nothing_that_is_told_of_a_transcript_holds_a_secret(script: Transcript) -> None:
    """Not only what is written: rules see every event, and a rule's message may name any field."""
    told = told_of_frames(frames_of(script), every_rule())
    lines = [repr(event.fields).encode() for event in told.events]
    for renderer in (Ecs(Observer()), Table(PLAIN, verbose=True)):
        lines += [renderer.alert(match) for match in told.alerts]
        lines += [renderer.record(event) for event in told.events if event.action in DATASETS]
    lines += [line.text.encode() for event in told.events for line in event.evidence.lines(10_000)]
    assert leaks(b"\n".join(lines), WRITTEN) == []
