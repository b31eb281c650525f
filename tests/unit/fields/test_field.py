from __future__ import annotations

from smtpids.fields.field import ALL, Field, Type
from smtpids.smtp.events import Action


def test_a_field_needs_nothing_if_nothing_is_said() -> None:
    assert Field("x", Type.IP, ALL, "X.", "::1").needs == ""


def test_all_are_all_actions() -> None:
    assert set(Action) == ALL
