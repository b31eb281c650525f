"""Holds the dialogues with a server and writes down what came of each.

Run as a program on the client's machine: `python -m tests.support.talk.client TITLE ADDRESS
AUTHORITY` prints the accounts as JSON. Several dialogues are held at once, so that their packets
mix in the capture.
"""

from __future__ import annotations

import hashlib
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tests.support.talk.dialogues import dialogues
from tests.support.talk.line import Line
from tests.support.talk.played import Played, SentLetter, SentLogin, Turn, dump
from tests.support.talk.steps import (
    Chunk,
    Close,
    Dialogue,
    Group,
    Letter,
    Login,
    Say,
    Secure,
    Step,
)

AT_ONCE = 6
FIRST_PORT = 20_000
READY = 220
CLOSING = frozenset({421, 521})
"""Replies behind which a server closes."""


@dataclass
class Envelope:
    """What the client knows of the transaction that it is in."""

    sender: str | None = None
    recipients: list[str] = field(default_factory=list)
    refused: int = 0
    wanted: bool = False
    """Whether the server waits for a message."""
    chunks: list[bytes] = field(default_factory=list)
    ended: bool = False
    """Whether the last chunk was sent."""
    ignored: bool = False
    """Whether the server no longer takes the chunks of this message."""


class Client:
    """One client in one dialogue."""

    def __init__(self, dialogue: Dialogue, address: str, port: int, authority: str) -> None:
        self._dialogue = dialogue
        self._line = Line((address, dialogue.port), port, authority, dialogue.cut)
        self.played = Played(dialogue.name, dialogue.port, port)
        self.played.log = self._line.log
        self._over = False
        """Whether the server has closed, or has no time."""
        self._text = ""
        """Of the last reply."""
        self._envelope = Envelope()

    def play(self) -> Played:
        """Hold the dialogue to its end."""
        dialogue, played = self._dialogue, self.played
        if dialogue.implicit:
            played.implicit = True
            self._secure(dialogue.implicit, trusting=True)
        if dialogue.patient:
            greeting = self._line.reply()
            played.greeting = None if self._line.secured else greeting
            self._over = greeting is None or greeting[0] != READY
        quits = [Say(b"QUIT", "QUIT")] if dialogue.close is Close.QUIT else []
        for step in (*dialogue.steps, *quits):
            if not self._over:
                self._take(step)
        self._left_off()
        if dialogue.close is Close.RESET:
            self._line.reset()
        else:
            played.last = self._line.close()
        played.silent = self._line.silent
        return played

    def _take(self, step: Step) -> None:
        match step:
            case Say():
                if self._line.send(step.wire):
                    self._answered(step, self._begin(step.verb, step.line))
            case Group():
                self._group(step)
            case Chunk():
                self._group(Group((step,)))
            case Letter():
                self._letter(step)
            case Login():
                self._login(step)
            case Secure():
                self._starttls(step)

    # -- turns -------------------------------------------------------------------------------------

    def _begin(self, verb: str, line: bytes, *, grouped: bool = False) -> Turn:
        shown = line.decode(errors="backslashreplace")
        turn = Turn(verb, shown, self._line.secured, grouped=grouped)
        self.played.turns.append(turn)
        return turn

    def _hear(self, turn: Turn) -> int:
        """Read the reply to a turn; 0 if there is none."""
        reply = self._line.reply()
        if reply is None:
            self._over = True
            return 0
        turn.code, self._text = reply
        self._over = reply[0] in CLOSING
        if not turn.hidden:
            self.played.replies.append(reply)
        return reply[0]

    def _group(self, group: Group) -> None:
        octets = b"".join(step.wire for step in group.steps)
        if not self._line.send(octets):
            return
        sent = [step for step in group.steps if isinstance(step, Chunk)]
        turns = [
            self._begin(step.verb, step.line, grouped=place > 0)
            for place, step in enumerate(group.steps)
        ]
        for step, turn in zip(group.steps, turns, strict=True):
            if isinstance(step, Say):
                self._answered(step, turn)
                continue
            if step is sent[0] and not self._envelope.ignored:
                # whatever is said of the first, the others are on the wire
                self._envelope.chunks += [chunk.octets for chunk in sent]
                self._envelope.ended = sent[-1].last
            self._chunk_answered(step, turn)

    def _answered(self, step: Say, turn: Turn) -> None:
        """Read the reply to a command, and keep what it means for the envelope."""
        if step.verb in {"EHLO", "HELO"} and not turn.hidden:
            self.played.helo = self.played.helo or step.line.decode().partition(" ")[2]
        code = self._hear(turn)
        ok = code // 100 == 2
        if step.verb in {"EHLO", "HELO"} and ok:
            self._envelope = Envelope()
            if not self._line.secured:
                self.played.helo = step.line.decode().partition(" ")[2]
                words = self._text.split("\n")[1:] if step.verb == "EHLO" else []
                self.played.keywords = words
                if "STARTTLS" in words and self.played.starttls == "none":
                    self.played.starttls = "offered"
        elif step.verb == "MAIL" and ok:
            self._envelope = Envelope()
            self._envelope.sender = step.path
        elif step.verb == "RCPT" and self._envelope.sender is not None:
            if ok:
                self._envelope.recipients.append(step.path)
            else:
                self._envelope.refused += 1
        elif step.verb == "RSET" and ok:
            self._left_off()
            self._envelope = Envelope()
        elif step.verb == "STARTTLS" and code and not turn.hidden:
            self.played.starttls = "refused"
        self._envelope.wanted = step.verb == "DATA" and code == 354

    # -- messages ----------------------------------------------------------------------------------

    def _letter(self, step: Letter) -> None:
        if step.asked:
            self._take(Say(b"DATA", "DATA"))
        if not self._envelope.wanted:
            return
        self._line.send(step.wire, message=True)
        if step.broken_off:
            self._sent("DATA", step.content, None, chunks=0, complete=False)
            return
        turn = self._begin("END_OF_DATA", b".")
        code = self._hear(turn)
        self._sent("DATA", step.content, code or None, chunks=0)

    def _chunk_answered(self, step: Chunk, turn: Turn) -> None:
        """Read the reply to a chunk. One that is refused ends the message, whatever follows."""
        code = self._hear(turn)
        refused = code // 100 != 2
        if not self._envelope.ignored and (step.last or (refused and not self._envelope.ended)):
            whole = b"".join(self._envelope.chunks)
            count = len(self._envelope.chunks)
            self._sent("BDAT", whole, code or None, chunks=count, complete=step.last)
            self._envelope.ignored = not step.last
        elif step.last:
            self._envelope.ignored = False

    def _left_off(self) -> None:
        """Note a message of which the last chunk never came."""
        if self._envelope.chunks:
            whole = b"".join(self._envelope.chunks)
            self._sent("BDAT", whole, None, chunks=len(self._envelope.chunks), complete=False)

    def _sent(
        self, framing: str, content: bytes, code: int | None, *, chunks: int, complete: bool = True
    ) -> None:
        self.played.letters.append(
            SentLetter(
                mail_from=self._envelope.sender,
                rcpt_to=self._envelope.recipients,
                refused=self._envelope.refused,
                framing=framing,
                size=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
                lines=content.count(b"\r\n"),
                chunks=chunks,
                complete=complete,
                code=code,
                hidden=self._line.secured,
            )
        )
        self._envelope = Envelope()

    # -- AUTH --------------------------------------------------------------------------------------

    def _login(self, step: Login) -> None:
        answers = step.prepared()
        line = b"AUTH" + (b" " + step.mechanism.encode() if step.mechanism else b"")
        sent: list[bytes] = []
        if step.initial and answers:
            sent.append(answers.pop(0))
            line += b" " + sent[0]
        self._line.send(line + b"\r\n")
        turn = self._begin("AUTH", line)
        while self._hear(turn) == 334:
            if step.mechanism == "CRAM-MD5" and step.answers is None:
                answers = [step.digest(self._text)]
            sent.append(answers.pop(0) if answers else b"*")
            self._line.send(sent[-1] + b"\r\n")
        said = [answer for answer in sent if answer not in {b"*", b"=", b""}]
        outcome = {2: "success", 4: "tempfail", 5: "failure"}.get(
            (turn.code or 0) // 100, "unknown"
        )
        if outcome != "success" and sent[-1:] == [b"*"]:
            outcome = "aborted"
        self.played.logins.append(
            SentLogin(
                mechanism=step.mechanism,
                user=step.user if said else "",
                outcome=outcome,
                code=turn.code,
                told=bool(said),
                hidden=self._line.secured,
            )
        )

    # -- TLS ---------------------------------------------------------------------------------------

    def _starttls(self, step: Secure) -> None:
        self._line.send(b"STARTTLS\r\n" + step.behind)
        turn = self._begin("STARTTLS", b"STARTTLS")
        accepted = self._hear(turn) == 220
        self.played.starttls = "accepted" if accepted else "refused"
        if accepted:
            self._envelope = Envelope()
        if accepted and step.handshake:
            self._secure(step.newest, trusting=step.trusting)
            if self.played.tls:
                self.played.starttls = "established"

    def _secure(self, newest: str, *, trusting: bool) -> None:
        try:
            self._line.secure(newest, trusting=trusting)
        except OSError as error:
            self.played.fault = str(error)
            self._line.log.append(f"-- {error}")
            return
        played = self.played
        played.tls, played.cipher, played.certificate = self._line.tls_facts()


def play(dialogue: Dialogue, address: str, port: int, authority: str) -> Played:
    """Hold one dialogue from a port of its own, by which a server's log tells it from others."""
    return Client(dialogue, address, port, authority).play()


def main(title: str, address: str, authority: str) -> None:
    """Hold all dialogues that belong to a server, and print the accounts."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        held = [
            pool.submit(play, dialogue, address, FIRST_PORT + place, authority)
            for place, dialogue in enumerate(dialogues(title))
        ]
        print(dump([each.result() for each in held]))


if __name__ == "__main__":
    main(*sys.argv[1:])
