"""Which rule a line of a generated function is for."""

from __future__ import annotations

import pytest

from smtpids.rules.compiler import compile_rules
from tests.support.rules import selection


def test_the_rule_that_raised_is_told_by_its_line() -> None:
    program = compile_rules(
        "auth", {0: selection("smtp.helo|contains: a"), 1: selection("smtp.mail_from|contains: b")}
    )
    with pytest.raises(AttributeError) as raised:
        program.match({"smtp.mail_from": 7})
    assert program.culprit(raised.value) == 1
    assert program.culprit(AttributeError()) is None
    shared = compile_rules(
        "auth", {0: selection("smtp.helo|contains: a"), 1: selection("smtp.helo|contains: b")}
    )
    with pytest.raises(AttributeError) as raised:
        shared.match({"smtp.helo": 7})
    assert shared.culprit(raised.value) is None
