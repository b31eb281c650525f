from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.config import Config, Limits, MailServer
from smtpids.document import Scalar, read_documents
from smtpids.errors import ConfigSetError, ExitCode
from smtpids.faults import Faults
from smtpids.settings.loader import MOST_OCTETS, load, read, understood
from smtpids.settings.table import KEYS

if TYPE_CHECKING:
    from pathlib import Path

SITE = """\
home_nets: [192.0.2.0/24, 2001:db8::/32]
own_domains: [Example.COM, mail.example.net.]
mail_servers:
  - {network: 192.0.2.10, role: mx, ports: [25]}
  - {network: 192.0.2.16/30, role: relay}
trusted_relays: [198.51.100.8]
monitors: [192.0.2.65]
scanners: [192.0.2.66]
tls_inspection_tap: true
ports: [25, 2500-2502]
any_port: true
sensor: tap1
limits: {groups: 7, total_octets: 64M, idle_ns: 5m}
placeholders: {trusted_zones: [a, 7], vips: ['Jane Doe']}
"""


def written(folder: Path, text: str) -> str:
    path = folder / "site.yml"
    path.write_text(text)
    return str(path)


def faults_of(path: str, environment: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigSetError) as caught:
        load(path, environment or {})
    assert caught.value.exit_code == ExitCode.RULES
    return [str(error).replace(path, "site.yml") for error in caught.value.errors]


def test_every_key_becomes_a_setting_of_the_engine(tmp_path: Path) -> None:
    settings = load(written(tmp_path, SITE), {})
    assert settings.config(live=True) == Config(
        limits=Limits(groups=7, total_octets=64 << 20, idle_ns=300 * 10**9),
        ports=frozenset({25, 2500, 2501, 2502}),
        any_port=True,
        tls_inspection_tap=True,
        home_nets=("192.0.2.0/24", "2001:db8::/32"),
        own_domains=("example.com", "mail.example.net"),
        mail_servers=(
            MailServer("192.0.2.10/32", "mx", frozenset({25})),
            MailServer("192.0.2.16/30", "relay"),
        ),
        trusted_relays=("198.51.100.8/32",),
        monitors=("192.0.2.65/32",),
        scanners=("192.0.2.66/32",),
        sensor="tap1",
        placeholders={"trusted_zones": ("a", "7"), "vips": ("Jane Doe",)},
    )


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "rules:\nlimits:\n", "{}\n"])
def test_a_file_that_sets_nothing_leaves_the_defaults(tmp_path: Path, text: str) -> None:
    settings = load(written(tmp_path, text), {})
    assert {name: settings[name] for name in KEYS} == {k: KEYS[k].default for k in KEYS}


#: A broken file, and all that is said of it.
BROKEN = (
    ("home_net: []\n", "1:1: error: unknown key 'home_net', did you mean 'home_nets'?"),
    ("sensor: a\nsensor: b\n", "2:1: error: duplicate key 'sensor' (first at line 1)"),
    ("- a\n", "1:1: error: a configuration has keys; 'smtpids config init' shows them"),
    ("hello\n", "1:1: error: a configuration has keys; 'smtpids config init' shows them"),
    (
        "sensor: a\n---\nsensor: b\n",
        "3:1: error: a configuration is one document; remove the '---'",
    ),
    ("home_nets:\n", "1:1: error: 'home_nets' has no value; give it one, or remove it"),
    (
        "home_nets: 192.0.2.0/24\n",
        "1:12: error: 'home_nets' takes a list; write [192.0.2.0/24]",
    ),
    (
        "home_nets: [192.0.2.1/24]\n",
        "1:13: error: '192.0.2.1/24' has bits set beyond its prefix; write 192.0.2.0/24",
    ),
    (
        "monitors: [mx.example]\n",
        "1:12: error: 'mx.example' is no network; write 192.0.2.0/24, 192.0.2.7 or 2001:db8::/32",
    ),
    (
        "scanners: [[192.0.2.1]]\n",
        "1:12: error: an entry of 'scanners' is a single value; write [192.0.2.0/24]",
    ),
    (
        "own_domains: ['*.example.com']\n",
        (
            "1:15: error: '*.example.com' is no domain; write example.com, which stands for its"
            " subdomains too"
        ),
    ),
    (
        "own_domains: [bücher.example]\n",
        "1:15: error: 'bücher.example' is no domain; write it as mail does, as xn--...",
    ),
    ("own_domains: [a b]\n", "1:15: error: 'a b' is no domain; write example.com"),
    (
        "mail_servers: [192.0.2.10]\n",
        (
            "1:16: error: an entry of 'mail_servers' has keys; write"
            " {network: 192.0.2.10, role: mx, ports: [25]}"
        ),
    ),
    (
        "mail_servers:\n  - {network: 192.0.2.10}\n",
        (
            "2:5: error: a mail server needs 'role'; write"
            " {network: 192.0.2.10, role: mx, ports: [25]}"
        ),
    ),
    (
        "mail_servers:\n  - {network: 192.0.2.10, role: mxx}\n",
        "2:33: error: unknown role 'mxx', did you mean 'mx'?; one of mx, submission, relay",
    ),
    (
        "mail_servers:\n  - {network: 192.0.2.10, role: mx, port: [25]}\n",
        "2:37: error: unknown key of 'mail_servers' 'port', did you mean 'ports'?",
    ),
    (
        "mail_servers:\n  - {network: [192.0.2.10], role: mx}\n",
        "2:15: error: 'network' is one network; give each a row of its own",
    ),
    (
        "mail_servers:\n  - {network: 192.0.2.10, role: [mx]}\n",
        "2:33: error: 'role' is one word; give each role a row of its own",
    ),
    (
        "ports: [smtp]\n",
        "1:9: error: 'smtp' is no port; write 25 or 2500-2599, up to 65535",
    ),
    ("ports: [70000]\n", "1:9: error: '70000' is no port; write 25 or 2500-2599, up to 65535"),
    ("ports: []\n", "1:8: error: 'ports' is empty; write [25, 587]"),
    ("any_port: maybe\n", "1:11: error: 'any_port' is true, false or auto"),
    ("tls_inspection_tap: 1\n", "1:21: error: 'tls_inspection_tap' is true or false"),
    ("sensor: 7\n", "1:9: error: 'sensor' takes a text; put it in quotes"),
    (
        "limits: {gruops: 5}\n",
        "1:10: error: unknown key of 'limits' 'gruops', did you mean 'groups'?",
    ),
    (
        "limits: 5\n",
        "1:9: error: 'limits' has keys: connections, stream_octets, total_octets, tail_octets, ...",
    ),
    (
        "limits: {groups: 0}\n",
        "1:18: error: 'groups' takes a number above 0, such as 50000 or 64M",
    ),
    (
        "limits: {groups: many}\n",
        "1:18: error: 'groups' takes a number above 0, such as 50000 or 64M",
    ),
    (
        "limits: {idle_ns: 600}\n",
        "1:19: error: 'idle_ns' takes a time such as 500ms, 30s, 10m, 1h or 1d",
    ),
    ("rules: {pahts: [a]}\n", "1:9: error: unknown key of 'rules' 'pahts', did you mean 'paths'?"),
    ("rules: {paths: []}\n", "1:16: error: 'paths' is empty; write [shipped, own/]"),
    (
        "rules: {disable: port_25_no_tls}\n",
        "1:18: error: 'disable' takes a list; write [name_of_a_rule]",
    ),
    ("rules: {disable: [a, a]}\n", "1:22: error: 'a' is listed twice (first at line 1)"),
    (
        "rules:\n  disable: [a]\n  enable: [a]\n",
        "3:12: error: 'a' is under 'disable' too (line 2); keep one",
    ),
    (
        "rules: {level: {a: hgih}}\n",
        (
            "1:20: error: unknown level 'hgih', did you mean 'high'?; one of informational, low,"
            " medium, high, critical"
        ),
    ),
    (
        "rules: {level: [a]}\n",
        "1:16: error: 'level' takes names of rules; write {name_of_a_rule: low}",
    ),
    (
        "rules: {suppress: {a: 1h}}\n",
        "1:23: error: 'suppress' takes {by: [source.ip], for: 10m}",
    ),
    (
        "rules: {suppress: {a: {by: [source.ipp], for: 1h}}}\n",
        "1:29: error: unknown field 'source.ipp', did you mean 'source.ip'?",
    ),
    (
        "placeholders: [a]\n",
        "1:15: error: 'placeholders' takes names and their values; write {vips: ['Jane Doe']}",
    ),
    (
        "placeholders: {vips: []}\n",
        "1:22: error: 'vips' has no value, so no rule could match; write one",
    ),
    (
        "placeholders: {'%vips%': [a]}\n",
        "1:16: error: '%vips%' is no name; letters, digits and '_' are",
    ),
    (
        "home_nets: [192.0.2.0/24\n",
        ("2:1: error: not YAML: did not find expected ',' or ']'; the '[' in line 1 is not closed"),
    ),
)


@pytest.mark.parametrize(("text", "said"), BROKEN, ids=[text for text, _ in BROKEN])
def test_a_fault_is_said_with_its_place_and_what_to_write(
    tmp_path: Path, text: str, said: str
) -> None:
    assert faults_of(written(tmp_path, text)) == [f"site.yml:{said}"]


def test_all_faults_are_said_at_once_in_order_of_the_file(tmp_path: Path) -> None:
    text = "sensr: a\nhome_nets: [x, 192.0.2.0/24]\nlimits:\n  groups: none\nports: [0]\n"
    assert [line.split(": ")[0] for line in faults_of(written(tmp_path, text))] == [
        "site.yml:1:1",
        "site.yml:2:13",
        "site.yml:4:11",
        "site.yml:5:9",
    ]


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    path = tmp_path / "site.yml"
    assert faults_of(str(path)) == ["site.yml: error: cannot be read: no such file or directory"]
    path.write_bytes(b"sensor: ok\nhome: \xff\n")
    assert faults_of(str(path)) == [
        "site.yml:2:7: error: the octet 0xff is not UTF-8; save as UTF-8"
    ]
    path.write_bytes(b"#" * (MOST_OCTETS + 1))
    assert faults_of(str(path)) == [f"site.yml: error: is larger than {MOST_OCTETS} octets"]


@pytest.mark.parametrize("name", [name for name, key in KEYS.items() if key.variable])
def test_every_single_value_can_be_given_by_its_variable(name: str, tmp_path: Path) -> None:
    key = KEYS[name]
    (value,) = read_documents(key.example or key.kind.write(key.default), "site.yml", Faults())
    assert isinstance(value, Scalar)
    path = written(tmp_path, "sensor: of-the-file\n")
    settings = load(path, {key.variable: value.text})
    assert settings.setting(name) == (key.kind.read(value, name, Faults()), f"env {key.variable}")


def test_variables_come_before_the_file(tmp_path: Path) -> None:
    variables = {
        "SMTPIDS_SENSOR": "7",
        "SMTPIDS_ANY_PORT": "TRUE",
        "SMTPIDS_LIMITS_GROUPS": "2K",
        "SMTPIDS_LIMITS_IDLE_NS": "1h",
        "SMTPIDS_TLS_INSPECTION_TAP": "",  # as good as not there
        "SMTPIDS_FUZZ_SECONDS": "1",  # somebody else's
    }
    settings = load(written(tmp_path, SITE), variables)
    config = settings.config(live=True)
    assert (config.sensor, config.any_port, config.tls_inspection_tap) == ("7", True, True)
    assert (config.limits.groups, config.limits.idle_ns) == (2048, 3600 * 10**9)
    assert settings.setting("limits.groups").origin == "env SMTPIDS_LIMITS_GROUPS"


def test_a_wrong_variable_is_said_by_its_name(tmp_path: Path) -> None:
    path = written(tmp_path, "sensr: a\n")
    assert faults_of(path, {"SMTPIDS_ANY_PORT": "perhaps"}) == [
        "$SMTPIDS_ANY_PORT: error: 'SMTPIDS_ANY_PORT' is true, false or auto",
        "site.yml:1:1: error: unknown key 'sensr', did you mean 'sensor'?",
    ]


def test_what_is_right_of_a_faulty_file_is_read(tmp_path: Path) -> None:
    faults = Faults()
    given = read(written(tmp_path, "sensor: a\nports: [x]\n"), faults)
    assert ({name: one.value for name, one in given.items()}, len(faults.errors)) == (
        {"sensor": "a"},
        1,
    )


WORDS = st.sampled_from(
    [
        *(name.rpartition(".")[2] for name in KEYS),
        *"[]{}:,-\n \t#&*!|>%@'\"",
        ": ",
        "\n  ",
        "- ",
        "limits",
        "rules",
        "mx",
        "25",
        "1h",
        "10.0.0.0/8",
        "source.ip",
        "\u2028",
    ]
)


@given(st.integers(0, len(SITE)), st.integers(0, 30), st.lists(WORDS, max_size=12).map("".join))
def test_whatever_a_file_holds_is_read_or_refused_with_its_place(
    at: int, cut: int, inserted: str
) -> None:
    faults = Faults()
    given_keys = understood(SITE[:at] + inserted + SITE[at + cut :], "site.yml", faults)
    assert given_keys.keys() <= KEYS.keys()
    assert [fault for fault in faults.errors if fault.location.path != "site.yml"] == []
