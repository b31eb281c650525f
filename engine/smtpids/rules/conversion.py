"""Sigma documents into queries, run by an interpreter that has pySigma's backends.

The backends need pySigma 1, smtpids has pySigma 2, so the two cannot be in one environment. This
file is therefore also a program of its own that imports nothing of smtpids: `export.py` runs it
with the other interpreter, gives it JSON on standard input and gets JSON back.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import Any, Final

BACKENDS: Final[dict[str, tuple[str, str]]] = {
    "splunk": ("sigma.backends.splunk", "SplunkBackend"),
    "esql": ("sigma.backends.elasticsearch", "ESQLBackend"),
    "lucene": ("sigma.backends.elasticsearch", "LuceneBackend"),
}
"""Module and class of pySigma by the target's name."""


def converted(job: dict[str, Any]) -> dict[str, Any]:
    """Return `queries`, one answer for each set of documents, or `missing`, what is not installed.

    A job names its `target`, the values of `placeholders`, and `sets`: lists of documents that
    make one query together.
    """
    module, name = BACKENDS[job["target"]]
    try:
        backend = getattr(import_module(module), name)
    except ImportError as error:
        return {"missing": str(error)}
    placeholders = job.get("placeholders") or {}
    return {"queries": [_query(backend, documents, placeholders) for documents in job["sets"]]}


def _query(
    backend: Any, documents: list[dict[str, Any]], placeholders: dict[str, list[str]]
) -> dict[str, str]:
    collection = import_module("sigma.collection").SigmaCollection
    try:
        rules = collection.from_dicts(documents)
        found = backend(_pipeline(placeholders)).convert(rules)
    except Exception as error:  # noqa: BLE001 - backends raise what they like; the next rule goes on
        return {"fault": str(error) or type(error).__name__}
    return {"query": "\n".join(str(query) for query in found)}


def _pipeline(placeholders: dict[str, list[str]]) -> Any:
    """Return the pipeline that fills placeholders."""
    if not placeholders:
        return None
    pipeline = import_module("sigma.processing.pipeline")
    fill = import_module("sigma.processing.transformations").ValueListPlaceholderTransformation()
    item = pipeline.ProcessingItem(fill)
    return pipeline.ProcessingPipeline(items=[item], vars=placeholders)


if __name__ == "__main__":
    json.dump(converted(json.load(sys.stdin)), sys.stdout)
