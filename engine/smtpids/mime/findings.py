"""What has been found in one message so far, shared by all readers of its parts.

The walk through the parts is a tree of readers; limits hold for the message as a whole, and its
event is one. So counts, lists and what was odd stand here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from smtpids.mime.attachment import Attachment, columns
from smtpids.mime.links import link_facts
from smtpids.mime.urls import Urls

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.config import Limits
    from smtpids.mime.attachment import Copy
    from smtpids.mime.bodytext import BodyText
    from smtpids.mime.declared import Declared
    from smtpids.mime.header import Facts, Value
    from smtpids.mime.magic import Kind

#: Gives what takes the decoded octets of one attachment, for whoever stores them.
Store: TypeAlias = "Callable[[], Copy]"

LONG_BOUNDARY: Final = "mime_long_boundary"
LONG_FILENAME: Final = "mime_long_filename"
BAD_BASE64: Final = "mime_bad_base64"
BAD_TRANSFER_ENCODING: Final = "mime_bad_transfer_encoding"
HEADER_TOO_LARGE: Final = "mime_header_too_large"
TOO_DEEP: Final = "mime_too_deep"
LIMIT_REACHED: Final = "limit_reached"
#: Octets that a URL or a member of an archive costs, and an attachment.
LISTED_OCTETS: Final = 256
ATTACHMENT_OCTETS: Final = 1_024
#: Attachments and URLs that stay if there is no room.
KEPT: Final = 4
#: What two clients may read in two ways; no anomaly, since honest programs do it too.
FAULTS: Final = frozenset(
    {
        "repeated_content_type",
        "repeated_transfer_encoding",
        "repeated_disposition",
        "repeated_parameter",
        "unterminated_quote",
        "no_boundary",
        "repeated_boundary",
        "unclosed_multipart",
        "part_behind_the_end",
        "partial_message",
        "unclosed_quote_before_encrypted",
    }
)


class Findings:
    """What one message holds. `store` gives what takes the octets of each attachment."""

    __slots__ = (
        "_anomalies",
        "_attachments",
        "_faults",
        "_members_left",
        "_parts",
        "cut",
        "delivery_status",
        "depth",
        "hashes",
        "limits",
        "octets_lost",
        "quote_open",
        "store",
        "text",
        "urls",
    )

    def __init__(
        self,
        limits: Limits,
        *,
        hashes: bool,
        store: Store | None = None,
        text: BodyText | None = None,
    ) -> None:
        self.limits = limits
        self.text = text
        """What gathers the text, if a rule asks for it."""
        self.quote_open = False
        """A part of HTML ended in the middle of a link."""
        self.delivery_status = False
        """A part is a report on the delivery of another message."""
        self.hashes = hashes
        """Attachments that begin are hashed."""
        self.store = store
        self.cut = False
        """The message broke off: what has not ended by then never does."""
        self.urls = Urls(limits)
        self.depth = 0
        """The deepest level of multiparts and messages so far; 0 is the message itself."""
        self.octets_lost = False
        self._anomalies: dict[tuple[str, str], str] = {}
        self._attachments: list[Attachment] = []
        self._faults: dict[str, None] = {}
        self._members_left = limits.archive_members
        self._parts = 0

    @property
    def has_attachments(self) -> bool:
        """An attachment has begun."""
        return bool(self._attachments)

    @property
    def held_octets(self) -> int:
        """About what the lists cost."""
        members = self.limits.archive_members - self._members_left
        listed = len(self.urls.listed) + members
        text = self.text.held_octets if self.text is not None else 0
        return LISTED_OCTETS * listed + ATTACHMENT_OCTETS * len(self._attachments) + text

    def shed(self) -> None:
        """Keep only the beginnings of the lists: there is no room for more."""
        del self._attachments[KEPT:]
        self.urls.shed(KEPT)
        if self.text is not None:
            self.text.shed()
        self._members_left = self.limits.archive_members

    def anomalies(self) -> list[tuple[str, str]]:
        """Return (kind, detail) of what was odd, each kind once and each limit once."""
        told = [(kind, detail) for (kind, _), detail in self._anomalies.items()]
        if self.urls.overflowed or not self.urls.references_left:
            told.append((LIMIT_REACHED, "urls"))
        if self.urls.text_left < 0:
            told.append((LIMIT_REACHED, "text_octets"))
        return told

    def tell(self, kind: str, detail: str) -> None:
        """Note an anomaly; of several of its kind the first is told."""
        self._anomalies.setdefault((kind, detail if kind == LIMIT_REACHED else ""), detail)

    def fault(self, *names: str) -> None:
        """Note faults by name."""
        for name in names:
            self._faults[name] = None

    def enter(self, depth: int) -> bool:
        """Go down to a level; False if it is too deep to be looked at."""
        if depth > self.limits.mime_depth:
            self.tell(TOO_DEEP, f"more than {self.limits.mime_depth} levels")
            return False
        self.depth = max(self.depth, depth)
        return True

    def part(self) -> bool:
        """Count a part; False if there were too many to go on."""
        if self._parts >= self.limits.mime_parts:
            self.tell(LIMIT_REACHED, "mime_parts")
            return False
        self._parts += 1
        return True

    def attach(self, declared: Declared, kind: Kind) -> Attachment | None:
        """List an attachment that begins, unless the list is full."""
        if len(self._attachments) >= self.limits.attachments:
            self.tell(LIMIT_REACHED, "attachments")
            return None
        room, most = self._members_left, self.limits.text_chars
        copy = self.store() if self.store is not None else None
        attachment = Attachment(declared, kind, room, most, hashes=self.hashes, copy=copy)
        self._attachments.append(attachment)
        return attachment

    def attached(self, attachment: Attachment) -> None:
        """Note what an attachment that ended held."""
        attachment.end(whole=not self.cut)
        self._members_left -= attachment.member_count
        if attachment.members_overflowed:
            self.tell(LIMIT_REACHED, "archive_members")

    def facts(self) -> Facts:
        """Return what goes into the event; only what is there."""
        facts: Facts = {}
        if self._parts:
            facts["email.mime.parts"] = self._parts
            facts["email.mime.depth"] = self.depth
        if self._faults:
            facts["email.mime.faults"] = [*sorted(self._faults)]
        if self.urls.listed:
            facts["email.urls"] = [*self.urls.listed]
            facts.update(link_facts(self.urls.listed, mismatch=self.urls.text_mismatch))
        facts.update(self.attachments())
        return facts

    def attachments(self) -> Facts:
        """Return what of it is said of attachments."""
        if not self._attachments:
            return {}
        listed: list[Value] = [attachment.facts() for attachment in self._attachments]
        return {"email.attachments": listed, **columns("email.attachments", listed)}
