"""Many made-up rules on many made-up events: the compiler's answers against the interpreter's.

Rules come in sets, large enough for switches, joined lists and guards; words and values come from
a small pool of the odd and the ordinary, so that they meet. By hand, for a long while:
`python -m tests.property.rules_oracle --count 1000000`.
"""

from __future__ import annotations

import argparse
import random  # noqa: TID251 -- seeded: a difference that is found can be found again
import re
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

from smtpids.fields import FIELDS, Type
from smtpids.rules.compiler import compile_rules
from smtpids.rules.guard import GUARD_FROM, UNGUARDED
from smtpids.rules.interpreter import evaluate
from smtpids.rules.modifiers import ValueFaultError, checks_of
from smtpids.rules.operands import PatternError, finder, glob_pattern
from smtpids.rules.specialise import specialise
from smtpids.rules.tree import FALSE, Check, Op, conjoin, disjoin, negate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smtpids.rules.tree import Node

#: How the source of a look-up by value begins.
LOOK_UP = re.compile(r"b\d+ = k\d+\.get\(")
ACTIONS = ("auth", "command", "message")
TEXTS = (
    "smtp.helo",
    "smtp.command.verb",
    "smtp.auth.outcome",
    "email.subject",
    "smtp.rcpt_to",
    "email.urls",
    "email.attachments.file.name",
)
OTHERS = ("destination.port", "smtp.auth.attempts", "tls.established", "source.ip", "@timestamp")
NAMES = (*TEXTS, *OTHERS)
WORDS = (
    *("", "a", "A", "abba", "ABBA", "abbab", "xabba", "invoice", "Invoice.exe", ".exe", "25"),
    *("MAIL", "rcpt", "EHLO", "quit", "success", "failure"),
    *("ΑΣ", "ΑΣΑΣ", "οδοσ", "İiİi", "straße", "\u017f\u017f\u017f\u017f", "ﬃﬃﬃﬃ", "\U0001f600abba"),
    *(
        "a\0b",
        "\0abba",
        "abba\0",
        "\0abba\0",
        "\0",
        "\0\0",
        "abba\nabba",
        "abba\u2028x",
        "\x85abba",
    ),
    *("\ud800", "abba\udfff", "\udcffabba", "x" * 300, "'; import os", '"""', "{0!r}", "%s", "\\"),
    "\0smtpids probe\0",
    *("a\x1fb", "\x1fabba", "abba\x1f", "\x1fabba\x1f", "\x1f"),
    *("a$b", "xA$BB", "$", "`a", "../a", "..", "b!a#b", "0" * 40),
)
PATTERNS = (
    *("abba", "^abba", "abba$", "(?i)invoice", "^$", "a.b", r"\x00", "[^a]", "x*", "(a|b)+$"),
    *(r"(?i)a\$b|`", "[ab]{2}", "b!.#b", "(?i)A.*[$]", "[0x]{35}", r"(a|xx)\$", "invoice[.]exe"),
)
NETWORKS = ("10.0.0.0/8", "10.0.0.0/24", "::/0", "2001:db8::/32", "::ffff:10.0.0.0/104")
ADDRESSES = ("10.0.0.1", "10.9.0.1", "192.0.2.1", "::1", "2001:db8::1", "::ffff:10.0.0.1", "no")
NUMBERS = (0, 1, 2, 25, 465, 587, 2525)
MOMENTS = (0, 1_709_251_140 * 10**9, -1, 10**30)
ODD: tuple[Any, ...] = (
    None,
    7,
    2.5,
    True,
    "abba",
    ["abba"],
    [],
    {},
    [None],
    [7],
    b"abba",
    object(),
)
MODIFIERS: tuple[tuple[str, ...], ...] = (
    *((), (), (), ("contains",), ("contains",), ("startswith",), ("endswith",)),
    *(("cased",), ("contains", "cased"), ("startswith", "cased")),
)


def made_check(rng: random.Random) -> Node:
    """Return one question, with one to six values."""
    kind = rng.random()
    if kind < 0.03:
        return Check(rng.choice(NAMES), Op.NULL)
    if kind < 0.06:
        return Check(rng.choice(NAMES), Op.EXISTS, rng.random() < 0.5)
    if kind < 0.08:
        return Check(None, Op.CONTAINS, rng.choice(WORDS).lower())
    if kind < 0.1:
        how = rng.choice((Op.REF_EQUALS, Op.REF_CONTAINS, Op.REF_ENDSWITH))
        return Check(rng.choice(TEXTS), how, rng.choice(TEXTS))
    if kind < 0.2:
        return Check(rng.choice(TEXTS), Op.REGEX, rng.choice(PATTERNS))
    if kind < 0.25:
        return Check("source.ip", Op.CIDR, rng.choice(NETWORKS))
    if kind < 0.3:
        return Check("tls.established", Op.EQUALS, rng.random() < 0.5)
    if kind < 0.4:
        op = rng.choice((Op.EQUALS, Op.LT, Op.GTE))
        name = rng.choice(("destination.port", "smtp.auth.attempts"))
        return disjoin(Check(name, op, rng.choice(NUMBERS)) for _ in range(rng.choice((1, 1, 3))))
    name, modifiers = rng.choice(TEXTS), rng.choice(MODIFIERS)
    return disjoin(
        check for _ in range(rng.choice((1, 1, 2, 6))) for check in _of_text(name, modifiers, rng)
    )


def _of_text(name: str, modifiers: tuple[str, ...], rng: random.Random) -> list[Check]:
    word = rng.choice(WORDS)
    if rng.random() < 0.2:
        word = rng.choice(("*{}", "{}*", "{}*b", "?{}", "*{}*a?", "*")).replace("{}", word)
    try:
        found = checks_of(name, modifiers, word)
        for check in found:
            if isinstance(check.operand, tuple):
                finder(glob_pattern(check.operand))
    except (ValueFaultError, PatternError):
        return []  # the loader refuses it
    return found


def made_rule(rng: random.Random) -> Node:
    """Return a condition; half of them ask for one of many values of a field, as rules do."""
    if rng.random() < 0.5:
        return made_condition(rng, 2)
    name = rng.choice(("smtp.command.verb", "smtp.auth.outcome", "destination.port"))
    values: Any = NUMBERS if name == "destination.port" else [word.lower() for word in WORDS]
    asked = (Check(name, Op.EQUALS, rng.choice(values)) for _ in range(rng.choice((1, 1, 1, 2, 6))))
    return conjoin([disjoin(asked), made_condition(rng, 1)])


def made_condition(rng: random.Random, depth: int) -> Node:
    """Return one to four parts, within each other now and then."""
    parts = [
        made_check(rng) if depth == 0 or rng.random() < 0.8 else made_condition(rng, depth - 1)
        for _ in range(rng.choice((1, 2, 2, 3, 4)))
    ]
    parts = [negate(part) if rng.random() < 0.15 else part for part in parts]
    return conjoin(parts) if rng.random() < 0.8 else disjoin(parts)


def made_value(name: str, rng: random.Random) -> Any:
    """Return a value of the field's type, or None."""
    field = FIELDS[name]
    pool: dict[Type, tuple[Any, ...]] = {
        Type.INTEGER: NUMBERS,
        Type.BOOLEAN: (True, False),
        Type.IP: ADDRESSES,
        Type.TIME: MOMENTS,
    }
    values = pool.get(field.type, WORDS)
    if rng.random() < 0.05:
        return None
    if not field.many:
        return rng.choice(values)
    return rng.choices(values, k=rng.choice((0, 1, 1, 2, 4)))


def made_event(action: str, rng: random.Random, *, odd: bool) -> dict[str, Any]:
    """Return an event's fields; an odd one has a value of another type."""
    fields: dict[str, Any] = {"event.action": action}
    for name in NAMES:
        if action in FIELDS[name].actions and rng.random() < 0.8:
            fields[name] = made_value(name, rng)
    if odd:
        fields[rng.choice(NAMES)] = rng.choice(ODD)
    return fields


def differences(count: int, seed: int, tally: Counter[str]) -> Iterable[str]:
    """Yield what differs in at least `count` pairs of rule and event; count the paths taken."""
    rng = random.Random(seed)
    while tally["evaluations"] < count:
        rules = [made_rule(rng) for _ in range(rng.choice((1, 5, 40, 120)))]
        for action in ACTIONS:
            special = [specialise(rule, action) for rule in rules]
            nodes = {number: node for number, node in enumerate(special) if node != FALSE}
            guard_from = rng.choice((1, 1, 300, GUARD_FROM, UNGUARDED))
            program = compile_rules(action, nodes, guard_from=guard_from)
            tally["guards"] += program.source.count("for n in ")
            tally["look-ups"] += len(LOOK_UP.findall(program.source))
            tally["comparisons"] += program.source.count("elif ")
            tally["joined lists"] += program.source.count(".join(")
            for _ in range(8):
                fields = made_event(action, rng, odd=False)
                plainly = [number for number, rule in enumerate(rules) if evaluate(rule, fields)]
                tally["evaluations"] += len(rules)
                tally["true"] += len(plainly)
                found = sorted(program.match(fields))
                if found != plainly:
                    yield f"{action} {fields!r}: {plainly} plainly, {found} compiled\n{rules!r}"


def main() -> int:
    """Read the arguments, compare, say what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=300_000, help="pairs of rule and event")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    tally: Counter[str] = Counter()
    found = 0
    for difference in differences(options.count, options.seed, tally):
        found += 1
        if found <= 3:
            print(difference)
    print(f"{found} differences; {', '.join(f'{tally[name]:,} {name}' for name in tally)}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
