from __future__ import annotations

import pytest

from smtpids.mime.expected import BY_EXTENSION, BY_TYPE, MARKED, is_mismatch, promises_marked
from smtpids.mime.magic import CLASSES


@pytest.mark.parametrize(
    ("content_class", "extension", "declared_type", "expected"),
    [
        ("executable", "pdf", "application/pdf", True),
        ("executable", "jpg", "application/octet-stream", True),
        ("executable", "exe", "image/png", False),
        ("executable", "", "image/png", True),
        ("executable", "", "application/octet-stream", False),
        ("executable", "unheard-of", "application/x-unheard-of", False),
        ("archive", "pdf", "application/pdf", True),
        ("archive", "docx", "application/octet-stream", False),
        ("document", "zip", "application/zip", False),
        ("executable", "zip", "application/zip", True),
        ("executable", "jar", "application/java-archive", False),
        ("document", "msi", "application/octet-stream", False),
        ("image", "jpg", "image/jpeg", False),
        ("image", "txt", "text/plain", True),
        ("script", "", "text/plain", True),
        ("script", "sh", "text/plain", False),
        ("text", "pdf", "application/pdf", False),
        ("markup", "xls", "application/vnd.ms-excel", False),
        ("data", "exe", "application/x-msdownload", False),
    ],
)
def test_content_is_held_against_the_extension_and_else_the_type(
    content_class: str, extension: str, declared_type: str, expected: bool
) -> None:
    assert is_mismatch(content_class, extension, declared_type) is expected


@pytest.mark.parametrize(
    ("declared_type", "expected"),
    [("application/pdf", True), ("image/heic", True), ("text/csv", False), ("x/y", False)],
)
def test_some_types_promise_content_that_is_recognised(declared_type: str, expected: bool) -> None:
    assert promises_marked(declared_type) is expected


def test_the_tables_speak_of_classes_that_exist() -> None:
    named = {one for classes in (*BY_EXTENSION.values(), *BY_TYPE.values()) for one in classes}
    assert named <= CLASSES
    assert MARKED <= CLASSES
