from __future__ import annotations

from typing import TYPE_CHECKING

from smtpids.rules.places import Places
from smtpids.rules.tree import conjoin, negate
from tests.support.rules import selection

if TYPE_CHECKING:
    from pathlib import Path

RULE = """\
title: A
detection:
    selection:
        event.action: auth
        tls.established: false
    filter_several:
        - session.gap: true
        - session.midstream: true
    condition: selection and not filter_several
"""


def places(folder: Path) -> Places:
    path = folder / "a.yml"
    path.write_text(RULE)
    return Places(str(path))


def test_a_line_is_found_by_its_meaning(tmp_path: Path) -> None:
    found = places(tmp_path).find(selection("{tls.established: false}"))
    assert found is not None
    assert (found.selection, found.place.line, found.place.column) == ("selection", 5, 9)


def test_a_whole_selection_and_its_opposite_are_found(tmp_path: Path) -> None:
    whole = selection("[{session.gap: true}, {session.midstream: true}]")
    for node in (whole, negate(whole)):
        found = places(tmp_path).find(node)
        assert found is not None
        assert (found.selection, found.place.line) == ("filter_several", 6)


def test_an_alternative_is_found(tmp_path: Path) -> None:
    assert places(tmp_path).place(selection("{session.midstream: true}")).line == 8


def test_what_was_put_together_is_found_by_its_fields_if_they_are_in_one_place(
    tmp_path: Path,
) -> None:
    # a site's filter may have changed the value
    assert places(tmp_path).place(selection("{tls.established: true}")).line == 5
    both = conjoin([selection("{tls.established: false}"), selection("{session.gap: true}")])
    assert places(tmp_path).find(both) is None
    assert places(tmp_path).selection(both) == ""


def test_a_file_that_is_gone_has_no_pieces(tmp_path: Path) -> None:
    gone = Places(str(tmp_path / "gone.yml"))
    assert str(gone.place(selection("{session.gap: true}"))) == str(tmp_path / "gone.yml")
