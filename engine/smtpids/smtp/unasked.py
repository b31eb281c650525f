"""What is said in session after session, and of which no rule can be true.

`354 go ahead` and `QUIT` come in nearly every session, and rules hardly ever ask for them. To tell
such a thing all the same is to copy what is known of the session, to ask the rules in vain and to
free the copy. So the rules are asked once: may one be true of it, whatever its session is like? If
none may, an event of it carries from then on only what it is counted by, and is `unasked`.

The answer holds for sessions of one `Kind`, whose ends are alike, while they are in cleartext and
no PROXY header names another client; and as long as the rules are the same.

Names, addresses and the numbers of queues differ each time. Of what is alike but for them the rules
are asked which words they look for, and it is `unasked` while it holds none.

A client that guesses passwords says AUTH in session after session, or by the thousand in one. What
an event says of it is little, so there is an answer for each such `Login`, in order or not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from smtpids.smtp.client import HELLOS
from smtpids.smtp.commandfacts import EXTENSIONS
from smtpids.smtp.helo import is_within
from smtpids.smtp.plain import ALIKE_OCTETS

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.smtp.commands import Command
    from smtpids.smtp.ends import Ends
    from smtpids.smtp.events import Fields
    from smtpids.smtp.session import Session
    from smtpids.smtp.wording import Said, Wording

#: What tells an AUTH from others, as far as its event says it: the line as it may be shown, its
#: octets, whether it was pipelined, whether in order, and whether the server offers AUTH.
Login: TypeAlias = "tuple[str, int, bool, bool, bool | None]"
#: Tells whether a rule may be true of an event, by its action and the fields that are known; None
#: stands for one that it has not.
Asking: TypeAlias = "Callable[[str, Fields], bool]"

#: Gives what tells of an ordinary command of a verb, by its line and what stands before the @ in
#: it, or of a `reply` by its text, whether a rule may be true of it; None if one may be of any.
Looking: TypeAlias = "Callable[[str, Fields], Callable[[str, str], bool] | None]"

#: To ask takes as long as to tell some dozens of events, so it is done for one in so many of those
#: that nobody was asked about: what is said often has its turn soon.
PACE: Final = 64
#: Kinds of sessions, and answers of each for replies and for AUTH, some 2 KiB each; then all are
#: forgotten.
MOST_KINDS: Final = 16
MOST_ANSWERS: Final = 256
#: An AUTH can be made up at will, each unlike the others, and is asked about for nothing: after so
#: many times it is done half as often, so the more there were, the less one more costs.
LOGINS_ASKED: Final = 32


class Answer:
    """Whether a rule may be true of a reply or a command, as far as it is known."""

    __slots__ = ("asked", "may_match", "unasked")

    def __init__(
        self,
        asked: Asking | None = None,
        unasked: Fields | None = None,
        may_match: Callable[[str, str], bool] | None = None,
    ) -> None:
        self.asked = asked
        """Who gave it."""
        self.unasked = unasked
        """The own fields of what no rule can be true of."""
        self.may_match = may_match
        """Tells of what is like others but for a text whether one may be, for all that."""


#: What is known besides of an AUTH and of an ordinary command that are looked up, and of all else.
_OF_LOGIN: Final[Fields] = {"smtp.quit": False}
_OF_ORDINARY: Final[Fields] = {"smtp.quit": False, "smtp.foreign_protocol": None}
_NO_MORE: Final[Fields] = {}
#: What an event is counted by, which those that are alike have in common.
_COUNTED: Final = (
    "smtp.command.verb",
    "smtp.reply.verb",
    "smtp.reply.code",
    "smtp.reply.class",
    "smtp.reply.enhanced",
)
#: That of what nobody was asked about, or by other rules.
OPEN: Final = Answer()


class Unasked:
    """The answers of one run; `asking` changes with the rules."""

    __slots__ = (
        "_kinds",
        "_login_pace",
        "_logins_asked",
        "_logins_told",
        "_pace",
        "_told",
        "asking",
        "looking",
    )

    def __init__(self, pace: int = PACE) -> None:
        self._pace = pace
        self.asking: Asking | None = None
        """Without it all is told."""
        self.looking: Looking | None = None
        """The same of what is like others but for a text."""
        self._kinds: dict[tuple[object, ...], Kind] = {}
        self._told = 0
        self._login_pace = pace
        self._logins_told = 0
        self._logins_asked = 0

    def ask(self, asking: Asking | None, looking: Looking | None = None) -> None:
        """Ask other rules from now on."""
        # in this order: what another thread learns meanwhile is not taken for theirs
        self.looking = looking
        self.asking = asking

    @property
    def kinds(self) -> int:
        """How many kinds of sessions are known."""
        return len(self._kinds)

    def kind_of(self, ends: Ends) -> Kind | None:
        """Return what is known of sessions between such ends, None if nobody can be asked."""
        if self.asking is None:
            return None
        key = (ends.server_port, ends.direction, ends.client_role, ends.server_role)
        kind = self._kinds.get(key)
        if kind is None:
            if len(self._kinds) >= MOST_KINDS:
                self._kinds.clear()
            kind = self._kinds[key] = Kind(self, ends)
        return kind

    def is_time(self) -> bool:
        """Tell whether enough was told to ask about what was told last."""
        self._told += 1
        if self._told < self._pace:
            return False
        self._told = 0
        return True

    def is_time_for_login(self) -> bool:
        """Tell the same of an AUTH that was told."""
        self._logins_told += 1
        if self._logins_told < self._login_pace:
            return False
        self._logins_told = 0
        self._logins_asked += 1
        if self._logins_asked % LOGINS_ASKED == 0:
            self._login_pace *= 2
        return True


class Kind:
    """Sessions whose ends are alike."""

    __slots__ = (
        "_commands",
        "_known",
        "_logins",
        "_ordinary",
        "_queued",
        "_replies",
        "_run",
        "answers",
    )

    def __init__(self, run: Unasked, ends: Ends) -> None:
        self._run = run
        self._commands: dict[str, Answer] = {}
        """By the verb, which is all of the command."""
        self._ordinary: dict[str, Answer] = {}
        """By what they have in common with others."""
        self._logins: dict[Login, Answer] = {}
        self._replies: dict[str, dict[bytes, Answer]] = {}
        """By the verb that they answer, and by their octets."""
        self._queued: dict[tuple[str, int, str], Answer] = {}
        """By the verb, the code and the enhanced code of replies of one line."""
        self.answers = 0
        """How many there are for replies."""
        self._known: Fields = {
            "destination.port": ends.server_port,
            "network.direction": ends.direction,
            "session.client_role": ends.client_role,
            "session.server_role": ends.server_role,
            "tls.established": False,
            "smtpids.proxied.ip": None,
            "smtpids.proxied.port": None,
        }
        """What events of such sessions have in common, but for those that stand out."""

    @property
    def logins(self) -> int:
        """How many answers there are for AUTH."""
        return len(self._logins)

    def of_command(self, session: Session, command: Command, shown: str) -> Answer | None:
        """Return the answer for a command that came in its place, None if it must be told."""
        verb = command.verb
        if command.alike:
            return self._of_ordinary(session, command, shown)
        # whether the server offers what belongs to it is another matter in each session
        if not command.plain or command.length != len(verb) + 2 or verb in EXTENSIONS:
            return None
        return None if _stands_out(session.context) else self._valid(self._commands.get(verb))

    def _of_ordinary(self, session: Session, command: Command, shown: str) -> Answer | None:
        """Return the answer for a command that is like others but for a name or an address."""
        context = session.context
        if self._run.looking is None or _stands_out(context):
            return None
        if context["smtp.quit"] is True or "smtp.foreign_protocol" in context:
            return None
        is_hello = command.verb == "EHLO"
        # the name before may be another
        if is_hello and context.get("smtp.helo") != command.shown_argument():
            return None
        answer = self._valid(self._ordinary.get(_alike(session, command)))
        may_match = answer.may_match
        local_part = "" if is_hello else command.parts().local_part
        if may_match is not None and may_match(shown, local_part):
            return None
        return answer

    def of_login(self, context: Fields, login: Login) -> Answer | None:
        """Return the answer for an AUTH in ASCII without controls, None if it must be told."""
        if context["smtp.quit"] is True or _stands_out(context):
            return None
        return self._valid(self._logins.get(login))

    def of_reply(self, context: Fields, verb: str, wording: Wording, said: Said) -> Answer | None:
        """Return the answer for a reply to `verb`, None if it must be told."""
        # the history learns from the reply to a hello
        if verb in HELLOS or _stands_out(context):
            return None
        kept = wording.kept
        answers = None if kept is None else self._replies.get(verb)
        answer = OPEN if answers is None or kept is None else self._valid(answers.get(kept))
        if answer.asked is None and _is_short(wording, said):
            queued = self._valid(self._queued.get((verb, wording.code, said.enhanced)))
            may_match = queued.may_match
            if may_match is not None and not may_match(said.text, ""):
                return queued
        return answer

    def told_command(self, session: Session, command: Command, fields: Fields) -> None:
        """Ask about a command that was told with `fields`, those of its session among them."""
        if not self._run.is_time():
            return
        if command.alike:
            answer = self._look(command.verb, fields, session.context)
            self._ordinary[_alike(session, command)] = answer
        else:
            self._commands[command.verb] = self._ask("command", fields, session.context)

    def told_login(self, login: Login, fields: Fields, context: Fields) -> None:
        """Ask about an AUTH in the same way, but ever more seldom."""
        if not self._run.is_time_for_login():
            return
        if len(self._logins) >= MOST_ANSWERS:
            self._logins.clear()
        self._logins[login] = self._ask("command", fields, context, _OF_LOGIN)

    def told_reply(
        self, verb: str, wording: Wording, said: Said, fields: Fields, context: Fields
    ) -> None:
        """Ask about a reply in the same way, and about all that differ only in their texts."""
        if not self._run.is_time():
            return
        if self.answers >= MOST_ANSWERS:
            self._replies.clear()
            self._queued.clear()
            self.answers = 0
        self.answers += 1
        key = (verb, wording.code, said.enhanced)
        if _is_short(wording, said) and self._valid(self._queued.get(key)).asked is None:
            self._queued[key] = self._look("reply", fields, context)
        if wording.kept is not None:
            answers = self._replies.setdefault(verb, {})
            answers[wording.kept] = self._ask("reply", fields, context)

    def _valid(self, answer: Answer | None) -> Answer:
        return OPEN if answer is None or answer.asked is not self._run.asking else answer

    def _ask(self, action: str, fields: Fields, context: Fields, more: Fields = _NO_MORE) -> Answer:
        asking = self._run.asking
        if asking is None:
            return OPEN
        own = _own(fields, context)
        return Answer(asking, None if asking(action, own | self._known | more) else own)

    def _look(self, kind: str, fields: Fields, context: Fields) -> Answer:
        asking, looking = self._run.asking, self._run.looking
        if asking is None or looking is None:
            return OPEN
        own = _own(fields, context)
        may_match = looking(
            kind, own | self._known | (_NO_MORE if kind == "reply" else _OF_ORDINARY)
        )
        unasked: Fields = {name: own[name] for name in _COUNTED if name in own}
        return Answer(asking, None if may_match is None else unasked, may_match)


def _alike(session: Session, command: Command) -> str:
    """Return what an ordinary command has in common with others, and whether its domain is ours."""
    own_domains = session.own_domains
    if own_domains and command.verb != "EHLO":
        return f"{command.alike} {is_within(command.parts().domain, own_domains)}"
    return command.alike


def _is_short(wording: Wording, said: Said) -> bool:
    return len(wording.lines) == 1 and len(said.text) <= ALIKE_OCTETS >= wording.longest


def _own(fields: Fields, context: Fields) -> Fields:
    """Return the fields of an event that are not those of its session."""
    return {name: fields[name] for name in fields if name not in context}


def _stands_out(context: Fields) -> bool:
    """Tell whether a session is in TLS, or a PROXY header names another client."""
    return context["tls.established"] is True or "smtpids.proxied.ip" in context
