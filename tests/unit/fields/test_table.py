from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from smtpids.fields import ALL, FIELDS, Field, Type, table
from smtpids.fields.page import markdown
from smtpids.smtp.events import Action

PAGE = Path(__file__).parents[3] / "rules" / "FIELDS.md"


def test_the_page_of_fields_is_fresh() -> None:
    assert markdown() == PAGE.read_text(), "write it: python -m smtpids.fields"


def test_the_page_is_printed_by_the_module() -> None:
    command = [sys.executable, "-W", "ignore", "-m", "smtpids.fields"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert markdown() == printed


def test_no_name_stands_in_two_rows() -> None:
    names = [field.name for field in table._ROWS]
    assert sorted(set(names)) == sorted(names)


def test_no_name_is_a_value_and_the_beginning_of_another() -> None:
    assert [
        (name, other) for name in FIELDS for other in FIELDS if other.startswith(f"{name}.")
    ] == []


def test_every_sentence_is_one() -> None:
    assert [
        field.name
        for field in FIELDS.values()
        if not (field.sentence[0].isupper() and field.sentence.endswith(".") and field.example)
    ] == []


def test_every_kind_of_event_is_on_the_page() -> None:
    assert [action for action in Action if f"## `event.action: {action}`" not in markdown()] == []


def test_event_action_has_all_actions_as_values() -> None:
    assert set(Action) == FIELDS["event.action"].values == ALL


def test_a_closed_set_of_values_has_the_example_among_them() -> None:
    assert [
        field.name
        for field in FIELDS.values()
        if field.values and field.example not in field.values
    ] == []


def test_a_list_says_so_in_its_type() -> None:
    assert FIELDS["smtp.rcpt_to"].type_name == "list of keyword"
    assert Field("x", Type.IP, ALL, "X.", "::1").type_name == "ip"
