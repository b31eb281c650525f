from __future__ import annotations

import pytest

from smtpids.rules.lint_values import MOST_COMPARED
from tests.support.rules import judged


@pytest.mark.parametrize(
    "text",
    [
        "smtp.helo|re: '^mail$'",
        "smtp.helo|re: 'mail\\d'",
        "smtp.helo|re: '.*'",
        r"smtp.helo|re: 'a\.*'",
        "smtp.helo|contains: 'a*b'",
        r"smtp.helo|contains: 'a\*'",
        "smtp.helo|startswith: '*mail'",
        "smtp.helo|contains: [mail, smtp]",
        "smtp.helo|contains|all: [mail, webmail]",
        "smtp.helo|contains|cased: [mail, MAIL]",
        "smtp.helo|contains: ['a*b', 'xa*by']",
        "source.ip|cidr: [10.0.0.0/8, 11.0.0.0/8, '2001:db8::/32']",
        "smtp.helo: [mail, webmail]",
        "destination.port: [25, 587]",
        'smtp.helo|contains: "\\u00e4"',
    ],
)
def test_what_has_its_reason_is_not_warned_of(text: str) -> None:
    assert judged(text)[1] == []


def test_of_three_nested_networks_each_inner_one_is_told() -> None:
    _, told = judged("source.ip|cidr: [10.1.1.0/24, 10.0.0.0/8, 10.1.0.0/16]")
    assert sorted(told) == [
        (
            "probe.yml:1:18: warning: '10.1.1.0/24' adds nothing to '10.0.0.0/8', which is in the"
            " list"
        ),
        (
            "probe.yml:1:43: warning: '10.1.0.0/16' adds nothing to '10.0.0.0/8', which is in the"
            " list"
        ),
    ]


def test_a_list_of_data_is_not_compared_with_itself() -> None:
    values = ", ".join(["a", *(f"a{number}" for number in range(MOST_COMPARED))])
    assert judged(f"smtp.helo|contains: [{values}]")[1] == []


def test_a_network_that_stands_there_twice_is_told_once() -> None:
    assert judged("source.ip|cidr: [10.0.0.0/8, 10.0.0.0/8]")[1] == [
        "probe.yml:1:30: warning: '10.0.0.0/8' stands in the list twice"
    ]
