"""Writes down what was recorded: `expected.yml` for tests, and the table of `README.md` for people.

`expected.yml` is the record. An entry is made when its capture is, with the versions of that day;
the README's rows are made from it.
"""

from __future__ import annotations

import gzip
import hashlib
import struct
import subprocess
from typing import TYPE_CHECKING, Any

import yaml

from pcaps.record import clients, scenes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pcaps.record.scene import Letter, Scene, Session

BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"

HEAD = """# What is known of each capture, from its scene and its server's log; made by record.py.
#
# sessions: in the order of their first packets.
#   starttls: none, offered, refused, accepted, established.   tls: the version agreed on, or null
#   in_clear: whether logins and messages can be seen; quit is only known where they can
#   messages: what the server accepted at the end of data; size and sha256 are of the text without
#             stuffed dots and with its last CRLF, given where the client sends it unchanged
#   messages_of_a_strict_reader: how many end in CRLF.CRLF, where the server took more
# alerts: the rules that must alert; no others may but alerts_possible, which depend on settings
"""


def write(folder: Path, recorded: Iterable[Scene]) -> None:
    """Bring `expected.yml` and the README's table up to date with these scenes."""
    path = folder / "expected.yml"
    entries: dict[str, Any] = yaml.safe_load(path.read_text()) if path.exists() else {}
    for scene in recorded:
        entries[scene.file] = entry(scene, folder / scene.file)
    entries = {name: entries[name] for name in sorted(entries) if (folder / name).exists()}
    text = yaml.safe_dump(entries, sort_keys=False, allow_unicode=True, width=100)
    path.write_text(HEAD + text)
    readme = folder / "README.md"
    before, _, rest = readme.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    readme.write_text(f"{before}{BEGIN}\n{table(entries)}{END}{after}")


def entry(scene: Scene, path: Path) -> dict[str, Any]:
    """Return what is known of one capture."""
    octets = path.read_bytes()
    package = scene.server.package
    return {
        "shows": scene.shows,
        "scene": scenes.origin(scene),
        "client": clients.title(scene.client),
        "server": f"{scene.server.title} {clients.version(package)}",
        "box": scene.box or None,
        "link": scene.link,
        "packets": packets(plain(path)),
        "sha256": hashlib.sha256(octets).hexdigest(),
        "alerts": sorted(scene.alerts),
        "alerts_possible": sorted(scene.possible),
        "sessions": [_session(scene, session) for session in scene.sessions],
    }


def _session(scene: Scene, session: Session) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "client": session.ends[0],
        "server": session.ends[1],
        "port": scene.port,
        "starttls": session.starttls,
        "tls": session.tls or None,
        "in_clear": not session.hidden,
    }
    if not session.hidden:
        facts["quit"] = session.quit
    facts["logins"] = [
        {"mechanism": login.mechanism, "user": login.user, "outcome": login.outcome}
        for login in session.logins
    ]
    facts["messages"] = [_message(letter) for letter in session.letters]
    if session.strict is not None:
        facts["messages_of_a_strict_reader"] = session.strict
    return facts


def _message(letter: Letter) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "mail_from": letter.mail_from,
        "rcpt_to": list(letter.rcpt_to),
        "rcpt_refused": list(letter.refused),
        "framing": letter.framing,
    }
    if letter.octets is not None:
        facts["size"] = len(letter.octets)
        facts["sha256"] = hashlib.sha256(letter.octets).hexdigest()
    return facts


def table(entries: dict[str, Any]) -> str:
    """Return the README's table, a row a capture."""
    rows = [
        "| file | shows | client | server | scene in `record/` | packets | must alert | SHA-256 |"
    ]
    rows.append("|---|---|---|---|---|--:|---|---|")
    for name, facts in entries.items():
        alerts = " ".join(f"`{rule}`" for rule in facts["alerts"]) or "none"
        if facts["alerts_possible"]:
            alerts += "; may: " + " ".join(f"`{rule}`" for rule in facts["alerts_possible"])
        server = facts["server"] + (f" behind a box (`{facts['box']}`)" if facts["box"] else "")
        cells = [f"`{name}`", facts["shows"], facts["client"], server, f"`{facts['scene']}`"]
        cells += [str(facts["packets"]), alerts, f"`{facts['sha256']}`"]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def plain(path: Path) -> bytes:
    """Return a capture's octets without compression."""
    if path.suffix == ".gz":
        return gzip.decompress(path.read_bytes())
    if path.suffix == ".zst":
        return subprocess.run(["zstd", "-dqc", str(path)], check=True, capture_output=True).stdout
    return path.read_bytes()


def packets(octets: bytes) -> int:
    """Return how many packets are in a capture that tcpdump or dumpcap wrote on this machine."""
    count = 0
    if octets.startswith(b"\x0a\x0d\x0d\x0a"):
        at = 0
        while at < len(octets):
            kind, length = struct.unpack_from("<II", octets, at)
            # enhanced packet block
            count += kind == 6
            at += length
        return count
    at = 24
    while at < len(octets):
        at += 16 + int(struct.unpack_from("<I", octets, at + 8)[0])
        count += 1
    return count
