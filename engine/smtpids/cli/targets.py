"""`-o`: an output as one word on the command line, into the same that the configuration gives."""

from __future__ import annotations

from smtpids.config import OutputConfig


def parse(word: str, *, form: str, events: frozenset[str]) -> OutputConfig:
    """Return the output that a word such as `alerts.json` or `-` names.

    `form` and `events` are what `--format` and `--events` ask of outputs that do not say.
    """
    kind = "stdout" if word == "-" else "file"
    return OutputConfig(type=kind, target=word, name=word, format=form, events=events)
