from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from smtpids.errors import RuleSetError
from smtpids.rules.tree import TRUE
from smtpids.trial.reading import find_files, read_files
from smtpids.trial.trials import Occasion, Session, When
from tests.support.rules import ruleset
from tests.support.trials import file_of, judged_file, trial_of

if TYPE_CHECKING:
    from pathlib import Path

DIALOG = """\
tests:
  - name: quit
    port: 587
    dialog: |
      S: 220 a
      C: QUIT
    expect: [clear]
"""


def test_a_dialogue_is_a_session_with_its_ends_and_its_place() -> None:
    trial = trial_of(DIALOG)
    assert (trial.name, trial.rule, str(trial.place)) == ("quit", "clear", "clear.test.yml:2:5")
    assert trial.sessions == (
        Session("S: 220 a\nC: QUIT\n", "clear.test.yml", 5, When(), port=587),
    )


def test_sessions_take_the_ends_of_the_test_unless_they_have_their_own() -> None:
    trial = trial_of("""\
        tests:
          - name: several
            client: 192.0.2.7
            dialogs:
              - {repeat: 12, every: 10s, dialog: 'C: QUIT'}
              - {at: 5m, client: 192.0.2.8, dialog: 'C: QUIT'}
            expect: {clear: 3}
        """)
    assert [(one.client, one.when) for one in trial.sessions] == [
        ("192.0.2.7", When(0, 12, 10 * 10**9)),
        ("192.0.2.8", When(300 * 10**9)),
    ]
    assert trial.expect == {"clear": 3}


def test_an_event_has_the_defaults_that_its_kind_can_have() -> None:
    trial = trial_of("""\
        defaults: {smtp.auth.outcome: failure, destination.port: 587}
        tests:
          - name: two
            events:
              - {event.action: auth, repeat: 2}
              - {at: 1s, event.action: session_end}
            expect: []
        """)
    assert trial.occasions == (
        Occasion(
            {"smtp.auth.outcome": "failure", "destination.port": 587, "event.action": "auth"},
            When(repeat=2),
        ),
        Occasion({"destination.port": 587, "event.action": "session_end"}, When(10**9)),
    )


def test_expected_alerts_are_a_list_or_a_count_for_each_rule() -> None:
    as_list = "tests: [{name: a, dialog: 'C: QUIT', expect: [clear, clear, other]}]"
    assert trial_of(as_list, "other").expect == Counter(clear=2, other=1)
    assert trial_of(DIALOG.replace("[clear]", "{clear: 0}")).expect == {}


def test_a_test_may_let_other_rules_alert() -> None:
    assert trial_of(DIALOG).alone
    assert not trial_of(DIALOG + "    also: any\n").alone


def test_a_test_has_its_own_settings_on_top_of_the_file_s() -> None:
    text = "config: {own_domains: [example.com]}\n" + DIALOG
    trial = trial_of(text + "    config: {tls_inspection_tap: true}\n")
    assert (trial.config.own_domains, trial.config.tls_inspection_tap) == (("example.com",), True)
    assert trial.config.strict


def test_a_file_names_its_rule_and_what_is_needless() -> None:
    file = file_of(
        "rule: other\nneedless: [tls.mode]\n" + DIALOG.replace("clear", "other"), "other"
    )
    assert file.rule == "other"
    assert [(name, str(place)) for name, place in file.needless.items()] == [
        ("tls.mode", "clear.test.yml:2:12")
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[clear]", "[claer]", "7:14: error: unknown rule 'claer', did you mean 'clear'?"),
        ("expect", "expcet", "unknown key 'expcet', did you mean 'expect'?"),
        ("name: quit", "client: 192.0.2.1", "2:5: error: a test needs 'name'"),
        ("port: 587", "port: high", "'port' takes a whole number from 1 to 65535"),
        ("C: QUIT", "X: QUIT", "6: error: a line begins with"),
        ("expect: [clear]", "expect: [clear]\n    also: all", "'also' takes only 'any'"),
        ("expect: [clear]", "expect: [clear]\n    pcap: x.pcap", "a test has one of dialog"),
        ("expect: [clear]", "expect: []\n    messages: {clear: a}", "'clear' is not expected"),
        (
            "tests:",
            "needless: [tls.mod]\ntests:",
            "unknown field 'tls.mod', did you mean 'tls.mode'",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(old: str, new: str, message: str) -> None:
    told = judged_file(DIALOG.replace(old, new))[1]
    assert any(message in one for one in told), told


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ("{smtp.auth.outcome: failure}", "an event needs 'event.action'"),
        ("{event.action: auth, smtp.auth.outcom: a}", "did you mean 'smtp.auth.outcome'?"),
        ("{event.action: greeting, smtp.auth.outcome: failure}", "is not in greeting events"),
        ("{event.action: auth, every: 10}", "'every' takes a time such as"),
        ("auth", "'events' takes keys with values"),
    ],
)
def test_a_mistake_in_an_event_is_told(event: str, message: str) -> None:
    told = judged_file(f"tests: [{{name: a, events: [{event}], expect: []}}]")[1]
    assert [message in one for one in told] == [True], told


def test_a_capture_counts_from_the_test_file(tmp_path: Path) -> None:
    (tmp_path / "a.pcap").write_bytes(b"")
    text = "tests: [{name: a, pcap: a.pcap, expect: []}]"
    (trial,) = file_of(text, path=str(tmp_path / "clear.test.yml")).trials
    assert trial.pcap == tmp_path / "a.pcap"
    assert "there is no capture a.pcap" in judged_file(text)[1][0]


def test_files_are_found_once_in_folders_and_by_name(tmp_path: Path) -> None:
    for name in ("b/two.test.yml", "one.test.yml", "one.yml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    found = find_files([tmp_path, tmp_path / "one.test.yml"])
    assert [path.relative_to(tmp_path).as_posix() for path in found] == [
        "b/two.test.yml",
        "one.test.yml",
    ]


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    rules = ruleset(clear=TRUE)
    for name, text in (("clear", "tests: 1"), ("b", DIALOG), ("empty", "")):
        (tmp_path / f"{name}.test.yml").write_text(text)
    (tmp_path / "odd.test.yml").write_bytes(b"\xff")
    with pytest.raises(RuleSetError) as told:
        read_files([*find_files([tmp_path]), tmp_path / "gone.test.yml"], rules)
    assert [error.location.path.rpartition("/")[2] for error in told.value.errors] == [
        "b.test.yml",
        "clear.test.yml",
        "empty.test.yml",
        "odd.test.yml",
        "gone.test.yml",
    ]


def test_a_rule_has_one_test_file(tmp_path: Path) -> None:
    (tmp_path / "clear.test.yml").write_text(DIALOG)
    (tmp_path / "more.test.yml").write_text("rule: clear\n" + DIALOG)
    with pytest.raises(RuleSetError, match=r"more\.test\.yml:1:7: error: 'clear' has its tests in"):
        read_files(find_files([tmp_path]), ruleset(clear=TRUE))
