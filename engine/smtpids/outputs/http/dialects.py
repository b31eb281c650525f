"""The dialects: what an output of type http may speak, by the name in the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from smtpids.outputs.http.elastic import Elastic
from smtpids.outputs.http.loki import Loki
from smtpids.outputs.http.splunk import Splunk
from smtpids.outputs.http.webhook import Webhook

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from smtpids.config import OutputConfig
    from smtpids.outputs.entry import Entry
    from smtpids.outputs.http.answer import Answer
    from smtpids.outputs.transport import Report


class Dialect(Protocol):
    """How a batch is written, and what an answer says of it."""

    @property
    def path(self) -> str:
        """Where to write, below the target; "" if the target says it all."""

    @property
    def content_type(self) -> str:
        """What the body is."""

    @property
    def scheme(self) -> str:
        """The word before a token in the Authorization header."""

    def write(self, batch: Sequence[Entry]) -> bytes:
        """Return the body of the request."""

    def read(self, answer: Answer, batch: Sequence[Entry]) -> Report:
        """Return what became of the batch; raises UnavailableError or TooLargeError."""


#: Name -> what makes the dialect.
DIALECTS: Final[Mapping[str, Callable[[OutputConfig, str], Dialect]]] = {
    "elastic": Elastic,
    "splunk_hec": Splunk,
    "loki": Loki,
    "webhook": Webhook,
}
