from __future__ import annotations

import errno
import os

import pytest

from smtpids.outputs.faults import ADVICE, name_of, sentence


@pytest.mark.parametrize("name", sorted(ADVICE))
def test_each_advice_belongs_to_an_error_of_the_system(name: str) -> None:
    number = getattr(errno, name)
    error = OSError(number, os.strerror(number))
    assert name_of(error) == name
    assert sentence("x.json", error).endswith(ADVICE[name])


def test_the_sentence_says_what_and_why_and_what_to_do() -> None:
    error = OSError(errno.ENOSPC, "No space left on device")
    assert sentence("/var/log/a.json", error) == (
        "cannot write /var/log/a.json: no space left on device; make room on the file system"
    )


def test_an_error_without_number_has_a_name_too() -> None:
    assert name_of(OSError()) == "other"
    assert sentence("x", OSError()) == "cannot write x: unknown error"
