"""What the unit tests get: those that capture from a real interface are by themselves on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import loopback

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _own_loopback(request: pytest.FixtureRequest) -> Iterator[None]:
    """Keep the frames of tests that run at the same time off each other's loopback."""
    if request.node.get_closest_marker("live") is None:
        yield
        return
    with loopback.alone():
        yield
