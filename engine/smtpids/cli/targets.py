"""`-o`: an output as one word on the command line, into the same that the configuration gives.

`-` is standard output and a word without a type is a path; else it is `TYPE:TARGET,key=value,...`.
The words become a mapping such as the configuration has, and are read by the same table, so that
both take the same keys and say the same of a mistake. In between, a backslash takes its meaning
from a comma, a plus (between the entries of a list) and an equals sign (in labels).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import click

from smtpids.cli.options import RECORDS
from smtpids.document import Items, Mapping, Scalar
from smtpids.errors import Location
from smtpids.faults import Faults, nearest
from smtpids.pattern import Pattern
from smtpids.settings.addresses import shown
from smtpids.settings.kinds import FLAG
from smtpids.settings.options import DIALECTS, NETWORK, OPTIONS, TARGETS, TYPES
from smtpids.settings.outputs import GivenOutput, check_doubles, read_output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtpids.config import OutputConfig
    from smtpids.document import Value

#: Where a fault stands; a path is then seen from the working directory.
PLACE: Final = Location("-o")
#: Octets of a word; the kernel would take more.
MOST_CHARS: Final = 16_384
_TYPE: Final = Pattern(r"[A-Za-z_]{2,16}\d?", re.ASCII)
_ESCAPED: Final = Pattern(r"\\([\\,+=])")
#: What stands where an option of an output would, behind what is no type.
_OPTION: Final = Pattern(rf",({'|'.join(OPTIONS)})=")
_KNOWN: Final = (*TYPES, *DIALECTS)


def read(word: str) -> GivenOutput:
    """Return the output that a word names, without what it does not say.

    BadParameter with all that is wrong with it.
    """
    faults = Faults()
    found = None
    if len(word) > MOST_CHARS or "\0" in word:
        faults.error(PLACE, "is too long or holds a zero octet; write a path or TYPE:TARGET")
    else:
        mapping = _mapping(word, faults)
        found = None if mapping is None else read_output(mapping, faults)
    if found is None:
        raise click.BadParameter(_joined(faults), param_hint="'-o'")
    return found


def parse(
    word: str,
    *,
    form: str = "ecs",
    events: frozenset[str] = frozenset({"alert"}),
    spool: str = "",
) -> OutputConfig:
    """Return the output that a word such as `alerts.json` or `-` names.

    `form` and `events` are what `--format` and `--events` ask of outputs that do not say.
    """
    return read(word).config(form=form, events=events, spool=spool)


def read_all(words: Sequence[str]) -> list[GivenOutput]:
    """Return the outputs of all words; BadParameter also if one is named twice."""
    outputs = [read(word) for word in words]
    faults = Faults()
    check_doubles(outputs, faults)
    if faults.errors:
        raise click.BadParameter(_joined(faults), param_hint="'-o'")
    return outputs


def said_by_run(
    outputs: Sequence[GivenOutput], *, form: str | None, records: frozenset[str], spool: str
) -> tuple[OutputConfig, ...]:
    """Return the outputs whole, by what the options of `run` say beside them.

    UsageError if these ask an output over the network for a table.
    """
    events = frozenset({"alert"} | {word for word, action in RECORDS.items() if action in records})
    for output in outputs:
        if output.type in NETWORK and "format" not in output.given and form == "table":
            name = shown(output.name)
            told = f"--format table is for people: give '{name}' a format of its own, ecs or eve"
            raise click.UsageError(told)
    return tuple(
        output.config(form=form or "ecs", events=events, spool=spool) for output in outputs
    )


def _joined(faults: Faults) -> str:
    """Return all faults as one sentence, what it tells to write in the words of `-o`."""
    told = "; ".join(dict.fromkeys(fault.message for fault in faults.errors))
    for written, word in _SPELT.items():
        told = told.replace(written, word)
    return told


#: What messages say to write, in YAML, and what is written here.
_SPELT: Final = {
    "[b1:9092, b2:9092]": "b1:9092+b2:9092",
    "[alert, session]": "alert+session",
    "{type: stdout}": "-",
    "{site: berlin}": "site=berlin",
    "'tls' is false": "tls=false is said",
}


def _mapping(word: str, faults: Faults) -> Mapping | None:
    """Return the word as what the configuration would say; None after a fault."""
    if word == "-":
        return _entries([("type", "stdout")])
    if word.startswith("-,"):
        faults.error(PLACE, "options of standard output need its type; write stdout:,KEY=VALUE")
        return None
    head, colon, rest = word.partition(":")
    if not colon or head not in _KNOWN:
        if _looks_like_a_path(word, head if colon else "", rest, faults):
            return _entries([("type", "file"), ("path", word)])
        return None
    target, *options = _split(rest, ",")
    entries: list[tuple[str, str | Value]] = [("type", head)]
    if head in DIALECTS:
        entries = [("type", "http"), ("dialect", head)]
    type_ = "http" if head in DIALECTS else head
    if type_ in TARGETS:
        if not target:
            told = f"{head}: needs a {OPTIONS[TARGETS[type_]].takes}; write {_EXAMPLES[head]}"
            faults.error(PLACE, told)
            return None
        entries.append((TARGETS[type_], _value(TARGETS[type_], target, faults)))
    elif target not in {"", "-"}:
        faults.error(PLACE, "stdout: takes no target; write stdout:,format=table")
        return None
    return _with_options(entries, options, faults)


_EXAMPLES: Final = {
    "file": "file:alerts.json",
    "syslog": "syslog:tls://logs.example:6514",
    "http": "http:https://hooks.example/mail",
    "elastic": "elastic:https://es.example:9200",
    "splunk_hec": "splunk_hec:https://splunk.example:8088",
    "loki": "loki:https://loki.example:3100",
    "webhook": "webhook:https://hooks.example/mail",
    "kafka": "kafka:b1.example:9092+b2.example:9092",
}


def _looks_like_a_path(word: str, head: str, rest: str, faults: Faults) -> bool:
    """Whether a word without a type is meant as a path, and not as an output misspelt."""
    if not word:
        faults.error(PLACE, "is empty; write - for standard output, or a path")
        return False
    if rest.startswith("//"):
        types = {
            "tls": "syslog",
            "tcp": "syslog",
            "udp": "syslog",
            "unix": "syslog",
            "https": "http",
        }
        what = f"a URL has its type before it; write {_EXAMPLES['syslog']}"
        if head in types:
            at = "/dev/log" if head == "unix" else "HOST:PORT"
            what = f"a URL has its type before it; write {types[head]}:{head}://{at}"
        elif near := nearest(head, _KNOWN):
            what = f"unknown type '{shown(head)}', did you mean '{near}'?"
        faults.error(PLACE, what)
        return False
    if _TYPE.fullmatch(head) and (near := nearest(head, _KNOWN)):
        what = f"unknown type '{shown(head)}', did you mean '{near}'?"
        hint = "" if "://" in rest else "; for a path, write ./ before it"
        faults.error(PLACE, what + hint)
        return False
    if found := _OPTION.search(word):
        path = shown(word[: found.start()])
        what = f"'{found[1]}' needs a type before the path; write file:{path},{found[1]}=VALUE"
        faults.error(PLACE, rf"{what}, or \, for a comma in its name")
        return False
    return True


def _with_options(
    entries: list[tuple[str, str | Value]], options: list[str], faults: Faults
) -> Mapping | None:
    """Add the `key=value` words."""
    seen = {key for key, _ in entries}
    for option in options:
        key, equals, text = option.partition("=")
        key = key.strip()
        if not equals or not key:
            # not repeated: it may be the rest of a secret
            faults.error(
                PLACE, r"a comma is followed by key=value; write \, for one that is meant as such"
            )
        elif key in seen:
            said = f"'{entries[1][1]}:' says it" if key == "dialect" else "it is there already"
            faults.error(PLACE, f"duplicate key '{shown(key)}': {said}; keep one")
        else:
            seen.add(key)
            entries.append((key, _value(key, text, faults)))
    return None if faults.errors else _entries(entries)


def _entries(entries: list[tuple[str, str | Value]]) -> Mapping:
    return Mapping(
        {
            key: (_scalar(key), _scalar(value) if isinstance(value, str) else value)
            for key, value in entries
        },
        PLACE,
    )


def _value(key: str, text: str, faults: Faults) -> Value:
    """Return the value of a key in the form in which the configuration has it."""
    option = OPTIONS.get(key)
    if option is None or option.kind.scalar:
        plain = _unescaped(text)
        if option is not None and option.kind is FLAG:
            flag = {"true": True, "false": False}.get(plain.lower(), plain)
            return Scalar(flag, PLACE, plain)
        return _scalar(plain)
    items = [one for one in _split(text, "+") if one]
    if key != "labels":
        return Items(tuple(_scalar(_unescaped(one)) for one in items), PLACE)
    labels: dict[str, tuple[Scalar, Value]] = {}
    for item in items:
        first, *rest = _split(item, "=")
        name, label = _unescaped(first), _unescaped("=".join(rest))
        if name in labels:
            faults.error(PLACE, f"the label '{shown(name)}' is there twice; keep one")
        labels[name] = _scalar(name), _scalar(label)
    return Mapping(labels, PLACE)


def _scalar(text: str) -> Scalar:
    return Scalar(text, PLACE, text)


def _split(text: str, mark: str) -> list[str]:
    """Split at a character where no backslash stands before it; escapes are kept."""
    parts = [""]
    for piece in re.findall(r"\\.|.", text, re.DOTALL):
        if piece == mark:
            parts.append("")
        else:
            parts[-1] += piece
    return parts


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)
