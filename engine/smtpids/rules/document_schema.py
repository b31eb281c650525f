"""The JSON Schema of rule files, for editors: names, types and words while one types.

It is made of the tables that the loader reads by, and says less than the loader: an editor knows
which fields and modifiers there are and what their values look like, not whether the rule makes
sense. `python -m smtpids.rules.document_schema` prints it, `rules/rule.schema.json` is that.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, TypeAlias

from smtpids.fields import FIELDS, Field, Type
from smtpids.rules import metadata
from smtpids.rules.correlation import Kind
from smtpids.rules.correlation_document import MOST_COUNT
from smtpids.rules.modifiers import MODIFIERS
from smtpids.rules.operands import TIME_PARTS
from smtpids.rules.rule import Level

Schema: TypeAlias = dict[str, Any]

FILE: Final = "rule.schema.json"
_TEXT: Final[Schema] = {"type": "string"}
_TEXTS: Final[Schema] = {"type": "array", "items": _TEXT}
_DATE: Final[Schema] = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"}
_SPAN: Final[Schema] = {"type": "string", "pattern": r"^[1-9]\d*[smhdwMy]$"}
_FIELD: Final[Schema] = {"$ref": "#/$defs/field"}
_NAME: Final[Schema] = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,63}$"}
_NUMBER: Final[Schema] = {"type": "number"}

#: What a value may be, by the type of its field.
_VALUES: Final[dict[Type, Schema]] = {
    Type.TEXT: {"type": ["string", "null"]},
    Type.KEYWORD: {"type": ["string", "null"]},
    Type.INTEGER: {"type": ["integer", "null"]},
    Type.BOOLEAN: {"type": ["boolean", "null"]},
    Type.IP: {"type": ["string", "null"]},
    Type.TIME: {"type": "null"},
    Type.OBJECT: {"type": "null"},
}
_SENTENCES: Final = {
    "title": "What is found, in a few words.",
    "name": "What users type and alerts show; the file has the same name.",
    "id": "A UUID that no other rule has.",
    "description": "What is found, and why it matters.",
    "level": "informational never alerts by itself.",
    "tags": "ATT&CK tactics and techniques, as in attack.t1040.",
    "falsepositives": "What else looks like this.",
    "logsource": "Always {product: smtpids, category: smtp}.",
}


def schema() -> Schema:
    """Return the schema (draft 7, which editors know best)."""
    top = _top()
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "urn:smtpids:rule:1",
        "title": "A rule, a correlation or a filter of smtpids, in the language of Sigma",
        "type": "object",
        "properties": {
            **top,
            "detection": _detection(),
            "correlation": _correlation(),
            "filter": _filter(),
        },
        "required": ["title"],
        "additionalProperties": False,
        "oneOf": [
            {"required": ["detection", "name", "level", "logsource"]},
            {"required": ["correlation", "name", "level"]},
            {"required": ["filter", "logsource"]},
        ],
        "$defs": {
            "field": {"enum": sorted(FIELDS)},
            "selection": {
                "anyOf": [
                    {"$ref": "#/$defs/items"},
                    {"type": "array", "items": {"$ref": "#/$defs/items"}, "minItems": 1},
                    {"type": "array", "items": {"type": ["string", "number"]}, "minItems": 1},
                    _TEXT,
                ]
            },
            "items": _items(),
        },
    }


def _top() -> dict[str, Schema]:
    plain: dict[str, Schema] = {
        "title": {"type": "string", "maxLength": metadata.MOST_TITLE},
        "id": {"type": "string", "pattern": "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"},
        "name": _NAME,
        "related": {"type": "array", "items": {"type": "object"}},
        "taxonomy": _TEXT,
        "status": {"enum": list(metadata.STATUSES)},
        "description": _TEXT,
        "license": _TEXT,
        "author": _TEXT,
        "references": _TEXTS,
        "date": _DATE,
        "modified": _DATE,
        "logsource": {
            "type": "object",
            "properties": {
                **{key: {"const": word} for key, word in metadata.LOGSOURCE.items()},
                "definition": _TEXT,
            },
            "required": list(metadata.LOGSOURCE),
            "additionalProperties": False,
            "default": dict(metadata.LOGSOURCE),
        },
        "fields": _TEXTS,
        "falsepositives": _TEXTS,
        "level": {"enum": [str(level) for level in Level]},
        "tags": {
            "type": "array",
            "items": {"type": "string", "pattern": r"^[a-z0-9_-]+\.[a-z0-9._-]+$"},
            "uniqueItems": True,
        },
        "scope": _TEXTS,
        "smtpids": _settings(),
    }
    return {
        name: {**inner, "description": _SENTENCES[name]} if name in _SENTENCES else inner
        for name, inner in plain.items()
    }


def _settings() -> Schema:
    return {
        "type": "object",
        "description": "What only smtpids reads.",
        "properties": {
            "message": {
                "type": "string",
                "description": "The sentence of the alert; a field in braces is its value.",
            },
            "sid": {"type": "integer", "minimum": 1, "maximum": metadata.MOST_SID},
            "suppress": {
                "type": "object",
                "description": "One alert for each value in a time.",
                "properties": {
                    "by": {"type": "array", "items": _FIELD, "minItems": 1},
                    "for": {"type": "string", "pattern": r"^[1-9]\d*[smhd]$"},
                },
                "required": ["for"],
                "additionalProperties": False,
            },
            "once_per": {**_FIELD, "description": "One alert for each value, ever."},
            "expires": {**_DATE, "description": "The last day."},
            "enabled": {"type": "boolean", "description": "false: checked, not asked."},
            "min_values": {
                "type": "integer",
                "minimum": 1,
                "maximum": MOST_COUNT,
                "description": "Of a value_avg: an average of fewer values is no answer.",
            },
        },
        "additionalProperties": False,
    }


def _condition() -> Schema:
    return {
        "anyOf": [{"type": "string", "pattern": r"^[^|]+$"}, {**_TEXTS, "minItems": 1}],
        "description": "Selections with and, or, not, 1 of, all of, parentheses.",
    }


def _selections() -> dict[str, Schema]:
    return {"^(?!condition$|rules$|timeframe$)[A-Za-z0-9_-]+$": {"$ref": "#/$defs/selection"}}


def _detection() -> Schema:
    return {
        "type": "object",
        "properties": {"condition": _condition()},
        "patternProperties": _selections(),
        "required": ["condition"],
        "minProperties": 2,
        "additionalProperties": False,
    }


def _filter() -> Schema:
    rules: Schema = {
        "anyOf": [{"type": "array", "items": _TEXT, "minItems": 1}, _TEXT],
        "description": "The rules that the exception is for, by name or id.",
    }
    return {
        "type": "object",
        "properties": {"rules": rules, "condition": _condition()},
        "patternProperties": _selections(),
        "required": ["condition", "rules"],
        "additionalProperties": False,
    }


def _correlation() -> Schema:
    comparisons = dict.fromkeys(("gt", "gte", "lt", "lte", "eq", "neq"), _NUMBER)
    return {
        "type": "object",
        "properties": {
            "type": {"enum": [str(kind) for kind in Kind]},
            "rules": {"anyOf": [{"type": "array", "items": _TEXT, "minItems": 1}, _TEXT]},
            "group-by": {"anyOf": [_TEXTS, _TEXT]},
            "timespan": _SPAN,
            "condition": {
                "anyOf": [
                    _TEXT,
                    {
                        "type": "object",
                        "properties": {**comparisons, "field": {"anyOf": [_TEXTS, _TEXT]}},
                        "additionalProperties": False,
                    },
                ]
            },
            "aliases": {
                "type": "object",
                "additionalProperties": {"type": "object", "additionalProperties": _FIELD},
            },
            "generate": {"type": "boolean"},
        },
        "required": ["type", "rules", "timespan"],
        "additionalProperties": False,
    }


def _items() -> Schema:
    """Return the schema of one mapping of fields, with and without modifiers."""
    plain = {name: _told(field, _one_or_list(_value(field))) for name, field in FIELDS.items()}
    return {
        "type": "object",
        "minProperties": 1,
        "properties": plain,
        "patternProperties": dict(_with_modifiers()),
        "additionalProperties": False,
    }


def _told(field: Field, inner: Schema) -> Schema:
    return {**inner, "description": f"{field.sentence} ({field.type_name})"}


def _value(field: Field) -> Schema:
    if field.values:
        # upper and lower case are one, and '*' may stand for anything
        return {"anyOf": [{"enum": [*sorted(field.values), None]}, {"pattern": "[*?A-Z]"}]}
    return _VALUES[field.type]


def _one_or_list(inner: Schema) -> Schema:
    return {"anyOf": [inner, {"type": "array", "items": inner, "minItems": 1}]}


def _with_modifiers() -> dict[str, Schema]:
    """Return patterns of keys with bars, by the type of the fields, and what such a key takes."""
    patterns: dict[str, Schema] = {}
    for kind in Type:
        names = [re.escape(name) for name, field in FIELDS.items() if field.type is kind]
        fits = [word for word, modifier in MODIFIERS.items() if kind in modifier.types]
        before = f"^({'|'.join(names)})" if names else ""
        if not before:
            continue
        for takes, inner in _TAKES.items():
            words = [word for word in fits if _takes(word) == takes]
            if words:
                any_word = "|".join(fits)
                patterns[rf"{before}(\|({any_word}))*\|({'|'.join(words)})(\|(all|neq))*$"] = inner
    texts = "|".join(word for word, modifier in MODIFIERS.items() if Type.TEXT in modifier.types)
    patterns[rf"^(\|({texts}))+$"] = _one_or_list(_TEXT)
    return patterns


#: What a key takes that ends in a modifier.
_TAKES: Final[dict[str, Schema]] = {
    "true or false": {"type": "boolean"},
    "number": _one_or_list(_NUMBER),
    "part": _one_or_list({"type": "integer"}),
    "field": _one_or_list(_FIELD),
    "text": _one_or_list(_TEXT),
    "any": _one_or_list({"type": ["string", "number", "boolean", "null"]}),
}


def _takes(word: str) -> str:
    if word == "fieldref":
        return "field"
    return "part" if word in TIME_PARTS else MODIFIERS[word].takes


def text() -> str:
    """Return the content of `rules/rule.schema.json`."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    import sys

    sys.stdout.write(text())
