"""Outputs as an operator names them: mappings of keys, into what the engine is told of each.

The configuration and `-o` both give mappings, which are read here by the table in `options.py`.
What an output does not say stays unsaid until the run asks: then `--format` and the like count.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from smtpids.config import OutputConfig
from smtpids.document import Mapping, Scalar
from smtpids.errors import Location
from smtpids.faults import unknown
from smtpids.pattern import Pattern
from smtpids.settings.addresses import TLS_SCHEMES, Url, read_url, shown
from smtpids.settings.kinds import Kind, items_of, listed
from smtpids.settings.options import (
    DIALECTS,
    INDEX,
    MACHINE_FORMATS,
    NETWORK,
    OPTIONS,
    SYSLOG_RECORD,
    TARGETS,
    TLS_KEYS,
    TYPES,
    either,
    taken,
)
from smtpids.settings.words import MOST_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping as Table

    from smtpids.document import Value
    from smtpids.faults import Faults
    from smtpids.settings.kinds import Row

EXAMPLE: Final = "{type: file, path: alerts.json}"
#: Each type once, as `config init` shows it; the keys that people look for first.
EXAMPLES: Final = """\
- {type: stdout, format: table, level: medium}
- {type: file, path: /var/log/smtpids/alerts.json, events: [alert, session]}
- {type: syslog, url: "tls://logs.example:6514", ca_file: ca.pem}
- {type: http, dialect: elastic, url: "https://es.example:9200", token_file: /run/es-key,
   index: "logs-smtpids.{kind}-lab", spool: /var/lib/smtpids/spool, drain: 10s}
- {type: http, dialect: splunk_hec, url: "https://splunk.example:8088", token_file: hec}
- {type: http, dialect: loki, url: "https://loki.example:3100", labels: {site: berlin}}
- {type: http, dialect: webhook, url: "https://hooks.example/mail", level: high}
- {type: kafka, brokers: ["b1.example:9092", "b2.example:9092"], topic: "smtpids.{kind}"}"""
#: Outputs of one run; each costs a thread and memory.
MOST_OUTPUTS: Final = 32

_SECRET: Final = Pattern(r"pass|token|secret|api_?key|credential", re.IGNORECASE)
#: Keys of which the first needs the second, with what to write.
_NEEDS: Final = (
    ("username", "password_file", "the path of the file that holds the password"),
    ("password_file", "username", "who we are to the receiver"),
    ("key_file", "cert_file", "the path of the certificate that goes with it"),
)
#: Keys of which the first must not be more than the second.
_AT_MOST: Final = (
    ("record_size", "batch_size"),
    ("batch_size", "queue_size"),
    ("batch_size", "spool_size"),
)


@dataclass(frozen=True, slots=True)
class GivenOutput:
    """One output with the keys that were given for it."""

    type: str
    given: Table[str, Any]
    """Value by key, `type` left out."""
    place: Location = field(default=Location(""), compare=False)
    places: Table[str, Location] = field(default_factory=dict, compare=False)
    """Where each key stands."""

    def config(
        self,
        *,
        form: str = "ecs",
        events: frozenset[str] = frozenset({"alert"}),
        spool: str = "",
    ) -> OutputConfig:
        """Return it whole; the arguments are for what the output does not say itself."""
        said = {OPTIONS[key].field: value for key, value in self.given.items()}
        values = {"format": form, "events": events} | said
        values |= {"target": self.target, "name": self.name}
        if self.type in NETWORK:
            values.setdefault("spool", spool)
        if self.type == "kafka":
            values.setdefault("tls", any(key in self.given for key in TLS_KEYS))
        if self.type == "syslog":
            values.setdefault("record_octets", SYSLOG_RECORD)
        if self.dialect == "elastic":
            values.setdefault("search_index", INDEX)
        return OutputConfig(type=self.type, **values)

    @property
    def dialect(self) -> str:
        """What the receiver is, where it is spoken to over HTTP; else empty."""
        return self.given.get("dialect", "webhook") if self.type == "http" else ""

    @property
    def target(self) -> str:
        """Where it is, as one text."""
        if self.type == "stdout":
            return "-"
        target = self.given[TARGETS[self.type]]
        return ",".join(target) if self.type == "kafka" else str(target)

    @property
    def name(self) -> str:
        """What it is called: as it was given, or by its type and host; http by its dialect."""
        if "name" in self.given:
            return str(self.given["name"])
        if self.type not in NETWORK:
            return "".join(char if char.isprintable() else "?" for char in self.target)
        host = self.target.partition(",")[0]
        url = self.given.get("url")
        if isinstance(url, Url):
            host = url.place
        return f"{self.dialect or self.type} {host}"[:MOST_NAME]

    @property
    def secure(self) -> bool:
        """Whether what goes over the network is encrypted."""
        url = self.given.get("url")
        return url.scheme in TLS_SCHEMES if isinstance(url, Url) else self.config().tls

    @property
    def identity(self) -> tuple[object, ...]:
        """What two outputs must not share: else each record would come twice."""
        target = os.path.abspath(self.target) if self.type == "file" else self.target  # noqa: PTH100 - it need not exist
        keys = ("dialect", "search_index", "topic", "facility")
        whole = self.config()
        labels = tuple(sorted(whole.labels.items()))
        return (self.type, target, *(getattr(whole, key) for key in keys), labels)


def read_output(value: Value, faults: Faults) -> GivenOutput | None:
    """Read one output; None after what is wrong has been said."""
    if not isinstance(value, Mapping):
        faults.error(value.place, f"an entry of 'outputs' has keys; write - {EXAMPLE}")
        return None
    before = len(faults.errors)
    _refuse_secrets(value, faults)
    type_ = _type(value, faults)
    if type_ is None:
        return None
    given: dict[str, Any] = {}
    dialect = "webhook" if type_ == "http" else ""
    if type_ == "http" and (said := value.get("dialect")) is not None:
        dialect = OPTIONS["dialect"].kind.read(said, "dialect", faults)
        given["dialect"] = dialect
    for name, (key, inner) in value.entries.items():
        if name != "type" and name not in given and _fits(name, key, type_, dialect, faults):
            given[name] = _read(name, key, inner, type_, faults)
    if type_ in TARGETS and TARGETS[type_] not in value.entries:
        told = _TARGET_EXAMPLES[type_]
        faults.error(value.place, f"type {type_} needs '{TARGETS[type_]}'; write {told}")
    if len(faults.errors) > before:
        return None
    places = {name: key.place for name, (key, _) in value.entries.items()}
    output = GivenOutput(type_, given, value.place, places)
    _check_together(output, faults)
    return output if len(faults.errors) == before else None


_TARGET_EXAMPLES: Final = {
    "file": "path: alerts.json",
    "syslog": "url: tls://logs.example:6514",
    "http": "url: https://logs.example:9200",
    "kafka": "brokers: [b1:9092, b2:9092]",
}


def _refuse_secrets(value: Mapping, faults: Faults) -> None:
    """Refuse a secret where everybody who may read the configuration can read it."""
    for name, (key, _) in value.entries.items():
        if name not in OPTIONS and len(name) < MOST_NAME and _SECRET.search(name):
            better = "password_file" if "pass" in name.lower() else "token_file"
            what = f"a secret is not written here ('{shown(name)}'); write {better}, a path"
            faults.error(key.place, what)


def _type(value: Mapping, faults: Faults) -> str | None:
    said = value.get("type")
    if said is None:
        faults.error(value.place, f"an output needs 'type'; one of {', '.join(TYPES)}")
        return None
    word = said.text if isinstance(said, Scalar) else ""
    if word in TYPES:
        return word
    if word in DIALECTS:
        told = f"'{word}' is a dialect of type http; write type: http, dialect: {word}"
    elif word:
        told = f"{unknown('type', shown(word), TYPES)}; one of {', '.join(TYPES)}"
    else:
        told = f"'type' is one word; one of {', '.join(TYPES)}"
    faults.error(said.place, told)
    return None


def _fits(name: str, key: Scalar, type_: str, dialect: str | None, faults: Faults) -> bool:
    """Whether a key is one that the output takes; says so if not."""
    option = OPTIONS.get(name)
    if option is None:
        if not _SECRET.search(name):
            known = ["type", *taken(type_, dialect or "")]
            near = unknown("key of an output", shown(name), known)
            if "did you mean" not in near:
                near = unknown("key of an output", shown(name), OPTIONS)
            if "did you mean" not in near:
                near += "; 'smtpids list outputs' shows all"
            faults.error(key.place, near)
        return False
    if option.taken_by(type_, dialect or "") or (dialect is None and type_ in option.types):
        return True
    if option.field == "target" and type_ in TARGETS:
        told = f"'{name}' is for {option.takers}; type {type_} has '{TARGETS[type_]}'"
    else:
        told = f"'{name}' is for {option.takers}; remove it"
    faults.error(key.place, told)
    return False


def _read(name: str, key: Scalar, value: Value, type_: str, faults: Faults) -> Any:
    if isinstance(value, Scalar) and value.value is None:
        faults.error(key.place, f"'{name}' has no value; give it one, or remove it")
        return None
    if name == "url":
        return read_url(value, type_, faults)
    return OPTIONS[name].kind.read(value, name, faults)


def _check_together(output: GivenOutput, faults: Faults) -> None:
    """Refuse keys that contradict each other."""
    given, places, type_ = output.given, output.places, output.type
    for name, needed, what in _NEEDS:
        if name in given and needed not in given:
            faults.error(places[name], f"'{name}' needs '{needed}'; write {what}")
    if output.dialect == "splunk_hec" and "token_file" not in given:
        told = (
            "dialect splunk_hec needs 'token_file'; write the path of the file with the HEC token"
        )
        faults.error(output.place, told)
    if output.dialect == "splunk_hec" and "{" in given.get("index", ""):
        faults.error(places["index"], "an index of splunk_hec is one for all records; name one")
    if "token_file" in given and "password_file" in given:
        told = "'token_file' and 'password_file' are two ways to say who we are; keep one"
        faults.error(places["token_file"], told)
    if type_ == "kafka" and ("username" in given) != ("sasl_mechanism" in given):
        name = "username" if "username" in given else "sasl_mechanism"
        needed = "sasl_mechanism" if name == "username" else "username"
        faults.error(places[name], f"'{name}' needs '{needed}', too; write both")
    if given.get("format", "ecs") not in MACHINE_FORMATS and type_ in NETWORK:
        told = f"format {given['format']} is for people; write {either(MACHINE_FORMATS)}"
        faults.error(places["format"], told)
    _check_tls(output, faults)
    whole = output.config()
    for name, most in _AT_MOST:
        if type_ not in OPTIONS[most].types or not {name, most} & set(given):
            continue
        if getattr(whole, OPTIONS[name].field) > getattr(whole, OPTIONS[most].field):
            at = places[name] if name in given else places[most]
            faults.error(at, f"'{name}' is more than '{most}'; write less, or a larger '{most}'")


def _check_tls(output: GivenOutput, faults: Faults) -> None:
    """Refuse what means TLS where it is not spoken: it would look as if it were."""
    if output.type not in NETWORK or output.secure:
        return
    for name in TLS_KEYS:
        if name not in output.given:
            continue
        url = output.given.get("url")
        if isinstance(url, Url):
            secure = "tls" if output.type == "syslog" else "https"
            told = f"'{name}' is for {secure}://, and the URL begins with {url.scheme}://"
        else:
            told = f"'{name}' means TLS, and 'tls' is false; remove one of them"
        faults.error(output.places[name], told)


def check_doubles(outputs: list[GivenOutput], faults: Faults) -> None:
    """Refuse outputs of one name, and outputs that are one and the same."""
    targets: dict[object, GivenOutput] = {}
    names: dict[str, GivenOutput] = {}
    for output in outputs:
        same = targets.setdefault(output.identity, output)
        first = names.setdefault(output.name, output)
        if same is not output:
            key = TARGETS.get(output.type, "type")
            told = f"output {shown(output.target)} is named twice{_first(same)}: name it once"
            faults.error(output.places.get(key, output.place), told)
        elif first is not output:
            told = f"two outputs have the name '{shown(output.name)}'{_first(first)}"
            at = output.places.get("name", output.place)
            faults.error(at, f"{told}; give this one another 'name'")


def _first(output: GivenOutput) -> str:
    return f" (first at line {output.place.line})" if output.place.line else ""


def _read_outputs(value: Value, key: str, faults: Faults) -> tuple[GivenOutput, ...] | None:
    items = items_of(value, key, f"- {EXAMPLE}", faults)
    if items is None:
        return None
    if len(items) > MOST_OUTPUTS:
        faults.error(
            items[MOST_OUTPUTS].place, f"'{key}' has more than {MOST_OUTPUTS}; remove some"
        )
        return None
    found = [read_output(one, faults) for one in items]
    outputs = [one for one in found if one is not None]
    check_doubles(outputs, faults)
    return tuple(outputs) if len(outputs) == len(found) else None


def write_output(output: GivenOutput) -> str:
    """Return one output as YAML in braces."""
    return f"{{{', '.join(word for word, _ in _written(output))}}}"


def rows_of(outputs: tuple[GivenOutput, ...]) -> list[Row]:
    """Return outputs as YAML, one key a line."""
    return [
        (f"{'  ' if number else '- '}{word}", place)
        for output in outputs
        for number, (word, place) in enumerate(_written(output))
    ]


def _written(output: GivenOutput) -> list[Row]:
    """Return the keys of an output as YAML, each with its place."""
    words = [("type", output.type)]
    for name, option in OPTIONS.items():
        if name in output.given:
            words.append((name, option.kind.write(output.given[name])))
    return [(f"{name}: {value}", output.places.get(name)) for name, value in words]


OUTPUTS: Final = Kind(
    _read_outputs, lambda outputs: listed(map(write_output, outputs)), rows=rows_of
)
