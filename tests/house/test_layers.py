"""Imports go one way, and the libraries that parse foreign input stay where they are wrapped."""

from __future__ import annotations

from tests.house.tree import modules

#: Each layer may import from those before it; layers in one set do not know each other.
ORDER: tuple[set[str], ...] = (
    {"errors", "pattern", "version"},
    {"address", "config", "text", "buglog", "faults"},
    {"document", "roles"},
    {"capture"},
    {"packet"},
    {"tcp"},
    {"mime", "tls"},
    {"smtp"},
    {"history"},
    {"fields"},
    {"rules"},
    {"alerts", "outputs", "metrics", "settings"},
    {"verdicts", "flow", "intake"},
    {"lane"},
    {"pipeline"},
    {"workers"},
    {"trial"},
    {"cli"},
    {"__init__", "__main__"},
)
LEVEL = {layer: level for level, layers in enumerate(ORDER) for layer in layers}

#: A library, and the only modules that may import it (a folder, or one module).
ONLY_IN = {
    "dpkt": ("packet/",),
    "cypcap": ("capture/",),
    "sigma": ("rules/",),
    "yaml": ("document",),
    "re2": ("rules/",),
    "prometheus_client": ("metrics",),
    "bcrypt": ("metrics/basicauth",),
    "click": ("cli/",),
    "rich": ("cli/", "alerts/"),
    "confluent_kafka": ("outputs/kafka",),
    "orjson": ("alerts/", "outputs/", "rules/prepared", "workers/kinds", "cli/"),
}


def test_every_layer_has_its_place_in_the_order() -> None:
    assert set() == {module.layer for module in modules()} - set(LEVEL)


def test_a_layer_imports_only_from_layers_before_it() -> None:
    upward = [
        f"{module.name}:{line} imports {name}"
        for module in modules()
        for line, name in module.imports()
        if name.startswith("smtpids.")
        and (layer := name.split(".")[1]) != module.layer
        and layer in LEVEL
        and LEVEL[layer] >= LEVEL[module.layer]
    ]
    assert upward == []


def test_foreign_libraries_stay_where_they_are_wrapped() -> None:
    strays = [
        f"{module.name}:{line} imports {name}"
        for module in modules()
        for line, name in module.imports()
        if (allowed := ONLY_IN.get(name.split(".")[0])) and not module.name.startswith(allowed)
    ]
    assert strays == []


def test_pysigma_is_imported_only_on_the_loaders_side() -> None:
    """What runs while packets come must not need it: `rules/matcher.py` and what it imports."""
    running = {"rules/matcher.py", "rules/rule.py"}
    assert [
        f"{module.name}:{line} imports {name}"
        for module in modules()
        if module.name in running
        for line, name in module.imports()
        if name.split(".")[0] == "sigma"
    ] == []
