"""The selections of a rule: what stands under `detection` or `filter`, as trees.

Here the types of the fields meet what the author wrote. A comparison that could never be true is
an error with the place of the word and with what to write instead; nothing is converted silently
but digits in quotes for a number.
"""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Final

from smtpids.document import Items, Mapping, Scalar
from smtpids.faults import nearest, unknown
from smtpids.fields import FIELDS, Field, Type
from smtpids.fields.field import TEXTUAL
from smtpids.rules import lint_values
from smtpids.rules.modifiers import ADVICE, INSTEAD, MODIFIERS, ValueFaultError, checks_of
from smtpids.rules.operands import TIME_PARTS, PatternError, finder, glob_pattern
from smtpids.rules.placeholders import MODIFIER, holds_placeholder
from smtpids.rules.specialise import ACTION, actions_of, carried_by
from smtpids.rules.tree import FALSE, Check, Op, conjoin, disjoin, negate

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.document import Plain, Value
    from smtpids.faults import Faults
    from smtpids.rules.tree import Node

#: What is compared when there is no field: every text of the event.
KEYWORDS: Final = Field("", Type.TEXT, frozenset(), "Any value.", "")
#: What others call the two ends of a session.
ENDS: Final = {"client": "source", "src": "source", "server": "destination", "dst": "destination"}
_TOGETHER: Final = frozenset({"all", "neq"})


def read_selection(value: Value, faults: Faults) -> Node:
    """Return the tree of one selection; FALSE where it is faulty."""
    if isinstance(value, Mapping):
        return _all_of(value, faults)
    if isinstance(value, Scalar):
        return _keywords(value, [value], faults)
    if not value.items:
        faults.error(value.place, "the selection is empty")
        return FALSE
    scalars = [one for one in value.items if isinstance(one, Scalar)]
    if len(scalars) == len(value.items):
        return _keywords(value, scalars, faults)
    return disjoin(read_selection(one, faults) for one in value.items)


def _keywords(value: Value, scalars: list[Scalar], faults: Faults) -> Node:
    faults.warning(
        value.place,
        "keywords search every value of the event and are slow; name the field, as in"
        " 'smtp.command.line|contains'",
    )
    return _values(Scalar("", value.place, ""), (), scalars, faults)


def _all_of(mapping: Mapping, faults: Faults) -> Node:
    """Return the tree of a mapping, all of whose items must be true."""
    if not mapping.entries:
        faults.error(mapping.place, "the selection is empty")
        return FALSE
    before = len(faults.errors)
    items = [(key, _item(key, value, faults)) for key, value in mapping.entries.values()]
    whole = conjoin(node for _, node in items)
    sound = len(faults.errors) == before and all(node != FALSE for _, node in items)
    if sound and not actions_of(whole):
        _never(mapping, items, faults)
    return whole


def _never(mapping: Mapping, items: list[tuple[Scalar, Node]], faults: Faults) -> None:
    """Say why no event can have all of the items."""
    asked = conjoin(node for key, node in items if _name(key) == ACTION)
    actions = actions_of(asked)
    for key, node in items:
        carriers = carried_by(_name(key))
        if actions and not actions & actions_of(node):
            words = f"never in events whose event.action is {_words(actions)}"
            faults.error(key.place, f"'{_name(key)}' is {words}; it comes with {_words(carriers)}")
            return
    told = ", ".join(
        f"{_name(key)} comes with {_words(carried_by(_name(key)))}"
        for key, node in items
        if len(actions_of(node)) < len(carried_by(ACTION))
    )
    faults.error(mapping.place, f"no event has all of these fields: {told}")


def _name(key: Scalar) -> str:
    return key.text.partition("|")[0]


def _words(actions: frozenset[str]) -> str:
    return " or ".join(sorted(actions))


def _item(key: Scalar, value: Value, faults: Faults) -> Node:
    """Return the tree of `field|modifier: value`."""
    name, *modifiers = key.text.split("|")
    before = len(faults.errors)
    if name and name not in FIELDS:
        faults.error(key.place, _unknown_field(name, value))
    _check_modifiers(key, name, modifiers, faults)
    if isinstance(value, Mapping):
        if name in FIELDS:
            faults.error(value.place, f"'{name}' takes a value or a list of values")
    elif isinstance(value, Items) and not value.items:
        faults.error(value.place, "an empty list is true of nothing; write null for 'missing'")
    values = value.items if isinstance(value, Items) else (value,)
    scalars = [one for one in values if isinstance(one, Scalar)]
    for one in values:
        if not isinstance(one, (Scalar, Mapping)) or (
            isinstance(one, Mapping) and isinstance(value, Items)
        ):
            faults.error(one.place, "a list of values cannot hold a list or mapping")
    if len(faults.errors) > before:
        return FALSE
    if "all" in modifiers and len(scalars) == 1:
        faults.warning(key.place, "'all' has no effect on one value")
    return _values(key, tuple(modifiers), scalars, faults)


def _unknown_field(name: str, value: Value) -> str:
    if isinstance(value, Mapping):
        for inner in value.entries:
            if f"{name}.{inner.partition('|')[0]}" in FIELDS:
                return f"fields are written as a path; write '{name}.{inner}: ...'"
    message = unknown("field", name, FIELDS)
    if nearest(name, FIELDS):
        return message
    end, _, rest = name.partition(".")
    ours = f"{ENDS.get(end, end)}.{rest}"
    hint = f", did you mean '{ours}'?" if ours in FIELDS else "; FIELDS.md lists the fields"
    return message + hint


def _check_modifiers(key: Scalar, name: str, modifiers: list[str], faults: Faults) -> None:
    """Refuse modifiers that do not exist, or go neither with the field nor with each other."""
    field = FIELDS.get(name, KEYWORDS)
    offset = len(name) + 1
    for index, word in enumerate(modifiers):
        place = key.within(offset)
        offset += len(word) + 1
        modifier = MODIFIERS.get(word)
        if modifier is None:
            faults.error(place, unknown("modifier", word, MODIFIERS))
            continue
        earlier = [other for other in modifiers[:index] if other not in _TOGETHER]
        odd = [other for other in earlier if other in MODIFIERS and other not in modifier.follows]
        if word in modifiers[:index]:
            faults.error(place, f"'{word}' is said twice")
        elif name in FIELDS and field.type not in modifier.types:
            faults.error(place, _unfit(word, field))
        elif odd and word not in _TOGETHER:
            instead = INSTEAD.get((word, odd[0]), "")
            message = f"'{word}' cannot follow '{odd[0]}'"
            faults.error(place, f"{message}; {instead}" if instead else message)
        elif not name and word in {"exists", "fieldref"}:
            faults.error(place, f"'{word}' needs a field before the bar")
        elif word in {"i", "m", "s", "ignorecase", "multiline", "dotall"} and not earlier:
            faults.error(place, f"'{word}' is for expressions; write '{name}|re|{word}'")


def _unfit(word: str, field: Field) -> str:
    message = f"'{word}' does not go with '{field.name}', which is {_article(field)}"
    advice = ADVICE.get((word, field.type), "").format(field=field.name)
    return f"{message}; {advice}" if advice else message


def _article(field: Field) -> str:
    article = "" if field.type is Type.TEXT else "an " if field.type_name[0] in "aeio" else "a "
    return {"an ip": "an IP address"}.get(article + field.type_name, article + field.type_name)


def _values(key: Scalar, modifiers: tuple[str, ...], scalars: list[Scalar], faults: Faults) -> Node:
    """Return the tree of one field and its values."""
    name = _name(key)
    field = FIELDS[name] if name else KEYWORDS
    own = tuple(word for word in modifiers if word not in _TOGETHER and word != MODIFIER)
    parts: list[Node] = []
    for scalar in scalars:
        if MODIFIER in modifiers and holds_placeholder(scalar.text):
            # told already where the placeholders are replaced, if they were
            if not any(error.location == scalar.place for error in faults.errors):
                faults.error(scalar.place, f"the placeholder '{scalar.text}' has no value here")
            continue
        try:
            value = _fitting(field, own, scalar)
            found = checks_of(name or None, own, value)
            _try_patterns(found)
        except ValueFaultError as fault:
            faults.error(scalar.place, str(fault))
            continue
        lint_values.value(field, modifiers, scalar, faults)
        parts.append(disjoin(found))
    if len(parts) < len(scalars):
        return FALSE
    lint_values.values(modifiers, scalars, faults)
    together = conjoin(parts) if "all" in modifiers else disjoin(parts)
    return negate(together) if "neq" in modifiers else together


def _try_patterns(found: list[Check]) -> None:
    for check in found:
        try:
            if check.op is Op.REGEX:
                finder(str(check.operand))
            elif isinstance(check.operand, tuple):
                finder(glob_pattern(check.operand))
        except PatternError as error:
            words = str(error)
            lacks = "perl operator" in words or re.search(r"escape sequence: \\\d", words)
            hint = " (it has no look-around and no back-references)" if lacks else ""
            raise ValueFaultError(f"RE2 does not take the expression: {words}{hint}") from error


def _fitting(field: Field, modifiers: tuple[str, ...], scalar: Scalar) -> Plain:
    """Return the value as the field's type has it; raises `ValueFaultError` if it cannot be."""
    value = scalar.value
    if value is None:
        if modifiers or not field.name:
            raise ValueFaultError("there is no value here; write one, or '' for the empty text")
        return None
    for word in modifiers:
        if word in TIME_PARTS:
            return _time_part(word, value)
        if MODIFIERS[word].takes == "number":
            return _number_for(word, scalar)
    if "exists" in modifiers:
        if not isinstance(value, bool):
            raise ValueFaultError(f"'exists' takes true or false, not '{scalar.text}'")
        return value
    if "fieldref" in modifiers:
        return _reference(field, scalar)
    return _FITTING[field.type](field, modifiers, scalar)


def _time_part(word: str, value: Plain) -> int:
    low, high = TIME_PARTS[word]
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueFaultError(f"'{word}' takes a whole number from {low} to {high}")
    return value


def _number_for(word: str, scalar: Scalar) -> int | float:
    value = scalar.value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        digits = scalar.text.lstrip("-").replace(".", "", 1).isdecimal()
        hint = "; write it without quotes" if digits else f", not '{scalar.text}'"
        raise ValueFaultError(f"'{word}' takes a number{hint}")
    return value


def _reference(field: Field, scalar: Scalar) -> str:
    other = FIELDS.get(scalar.text)
    if other is None:
        raise ValueFaultError(unknown("field", scalar.text, FIELDS))
    if field.type is not other.type and not {field.type, other.type} <= TEXTUAL:
        raise ValueFaultError(
            f"'{field.name}' is {_article(field)} and '{other.name}' {_article(other)};"
            " they are never equal"
        )
    return scalar.text


def _fitting_text(field: Field, modifiers: tuple[str, ...], scalar: Scalar) -> str:
    value = scalar.value
    if not isinstance(value, str):
        if not field.name and not isinstance(value, bool):
            return scalar.text
        kind = "true or false" if isinstance(value, bool) else "not a text"
        raise ValueFaultError(f"{scalar.text} is {kind} in YAML; write it in quotes")
    if field.values and not modifiers and not set("*?") & set(value):
        known = {one.lower() for one in field.values}
        if value.lower() not in known:
            near = nearest(value, field.values)
            hint = f"did you mean '{near}'?" if near else f"it is {_words(field.values)}"
            raise ValueFaultError(f"'{field.name}' is never '{value}'; {hint}")
    return value


def _fitting_integer(field: Field, modifiers: tuple[str, ...], scalar: Scalar) -> int:
    value = scalar.value
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,18}", value, re.ASCII):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueFaultError(
            f"'{field.name}' is {_article(field)}, '{scalar.text}' is not; write a number, or"
            f" '{field.name}|gte: 500'"
        )
    return value


def _fitting_boolean(field: Field, modifiers: tuple[str, ...], scalar: Scalar) -> bool:
    if not isinstance(scalar.value, bool):
        hint = "; write it without quotes" if scalar.text.lower() in {"true", "false"} else ""
        raise ValueFaultError(f"'{field.name}' is true or false, not '{scalar.text}'{hint}")
    return scalar.value


def _fitting_ip(field: Field, modifiers: tuple[str, ...], scalar: Scalar) -> str:
    text = scalar.text
    if "cidr" in modifiers:
        return _network(text)
    try:
        return str(ip_address(text))
    except ValueError:
        hint = "/" in text or "*" in text
        advice = f"; write '{field.name}|cidr: 192.0.2.0/24'" if hint else ""
        raise ValueFaultError(f"'{text}' is not an IP address{advice}") from None


def _network(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError:
        pass
    try:
        meant = ip_network(text, strict=False)
    except ValueError:
        raise ValueFaultError(
            f"'{text}' is not a network; write 192.0.2.0/24 or 2001:db8::/32"
        ) from None
    address = text.partition("/")[0]
    raise ValueFaultError(
        f"'{text}' has bits set behind the prefix; write {meant} or {address}/{meant.max_prefixlen}"
    )


def _fitting_time(field: Field, modifiers: tuple[str, ...], scalar: Scalar) -> Plain:
    raise ValueFaultError(
        f"'{field.name}' is a time; compare a part of it, as in '{field.name}|hour: 3'"
    )


def _fitting_object(field: Field, modifiers: tuple[str, ...], scalar: Scalar) -> Plain:
    raise ValueFaultError(
        f"'{field.name}' has values under names of its own; ask '{field.name}|exists: true'"
    )


_FITTING: Final[dict[Type, Callable[[Field, tuple[str, ...], Scalar], Plain]]] = {
    Type.TEXT: _fitting_text,
    Type.KEYWORD: _fitting_text,
    Type.INTEGER: _fitting_integer,
    Type.BOOLEAN: _fitting_boolean,
    Type.IP: _fitting_ip,
    Type.TIME: _fitting_time,
    Type.OBJECT: _fitting_object,
}
