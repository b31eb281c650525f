"""The shipped rules before the tools of Sigma itself, where they are installed.

sigma-cli needs another pySigma than smtpids, so it is run from an environment of its own:
`SMTPIDS_SIGMA` names its program, else it is looked for on the path. The specification's JSON
Schemas are looked for in the folder that `SMTPIDS_SIGMA_SCHEMAS` names (its `json-schema/`).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from smtpids.rules.shipped_rules import folder

SIGMA = os.environ.get("SMTPIDS_SIGMA") or shutil.which("sigma")
SCHEMAS = os.environ.get("SMTPIDS_SIGMA_SCHEMAS", "")
#: Two ask the network; the third wonders about asterisks, which bots do send.
VALIDATORS = "validators: [all, -attacktag, -d3_fendtag, -escaped_wildcard]\n"
#: What marks a document, and the schema for it.
FILES = {
    "detection": "sigma-detection-rule-schema.json",
    "correlation": "sigma-correlation-rules-schema.json",
    "filter": "sigma-filters-schema.json",
}
RULES = sorted(path for path in folder().rglob("*.yml") if not path.name.endswith(".test.yml"))


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.name)
def test_a_shipped_rule_is_read_by_the_yaml_of_other_tools(path: Path) -> None:
    """They use PyYAML's own parser, which refuses some of what libyaml takes."""
    assert [*yaml.load_all(path.read_text(), yaml.SafeLoader)] == [
        *yaml.load_all(path.read_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    ]


@pytest.mark.slow
@pytest.mark.skipif(SIGMA is None, reason="sigma-cli is not there; SMTPIDS_SIGMA may name it")
def test_sigma_finds_no_fault_in_the_shipped_rules(tmp_path: Path) -> None:
    config = tmp_path / "validation.yml"
    config.write_text(VALIDATORS)
    rules = tmp_path / "rules"
    rules.mkdir()
    for path in RULES:
        shutil.copy(path, rules / path.name)
    done = subprocess.run(
        [str(SIGMA), "check", "--fail-on-issues", "-c", str(config), str(rules)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Found 0 errors, 0 condition errors and 0 issues." in done.stdout
    assert done.returncode == 0


@pytest.mark.skipif(not SCHEMAS, reason="SMTPIDS_SIGMA_SCHEMAS names no folder of schemas")
def test_the_shipped_rules_are_valid_by_the_schemas_of_sigma() -> None:
    judges = {
        key: Draft202012Validator(json.loads(Path(SCHEMAS, name).read_text()))
        for key, name in FILES.items()
    }
    faults = [
        f"{path.name}: {fault.json_path}: {fault.message}"
        for path in RULES
        for document in yaml.safe_load_all(path.read_text())
        for fault in next(judges[key] for key in FILES if key in document).iter_errors(
            plain(document)
        )
    ]
    assert faults == []


def plain(value: Any) -> Any:
    """Return a document without dates."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value
