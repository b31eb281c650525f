from __future__ import annotations

from grafana.panels import Query, split


def test_series_are_called_by_the_value_of_their_label() -> None:
    assert split("instance", "up") == (Query("up", "{{instance}}"),)
