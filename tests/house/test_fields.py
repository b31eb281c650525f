"""No layer gives an event a field that the table of fields does not have."""

from __future__ import annotations

import ast
import re

from smtpids.fields import FIELDS
from tests.house.tree import modules
from tests.support.engine import OBJECTS

#: The layers that make events or add to them.
LAYERS = {"tcp", "tls", "mime", "smtp", "history", "pipeline"}
NAME = re.compile(r"(?:smtp|email|tls|session|network|source|destination|history)(?:\.[a-z0-9_]+)+")


def test_every_name_of_a_field_in_the_layers_is_in_the_table() -> None:
    """Rules could not ask for one that is not, and the schema of what is written refuses it."""
    named = {
        node.value: module.name
        for module in modules()
        if module.layer in LAYERS
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if NAME.fullmatch(node.value)
    }
    strays = {
        name: module for name, module in named.items() if name not in FIELDS and name not in OBJECTS
    }
    assert strays == {}
