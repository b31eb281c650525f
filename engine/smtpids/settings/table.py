"""Every key of the configuration: one row is one key.

A dot in a name is a level in the file: `rules.paths` stands under `rules`. A key that is named as a
field of `config.Config` becomes that field; `limits.*` become `config.Limits`.
"""
# ruff: noqa: E501
# One row is one line however long it is: that is what makes a table of it.

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from smtpids.config import Config
from smtpids.settings import kinds, options, outputs, privacy, siterules
from smtpids.settings.limits import SENTENCES

if TYPE_CHECKING:
    from smtpids.settings.kinds import Kind


class Key(NamedTuple):
    """A key, what it takes and what it means."""

    name: str
    kind: Kind
    default: Any
    sentence: str
    example: str = ""
    """A value, as YAML, where the default does not show what one looks like."""
    reloads: bool = False
    """Whether a run that goes on takes up a change; else the next run does."""

    @property
    def variable(self) -> str:
        """The name in the environment; empty for what is no single value."""
        return "SMTPIDS_" + self.name.upper().replace(".", "_") if self.kind.scalar else ""


DEFAULTS: Final = Config()

# fmt: off
_ROWS: Final = (
    Key("home_nets", kinds.NETWORKS, DEFAULTS.home_nets, "Networks that are ours: for network.direction and the roles of the two ends.", "[192.0.2.0/24, '2001:db8::/32']", reloads=True),
    Key("own_domains", kinds.DOMAINS, DEFAULTS.own_domains, "Domains whose mail is ours to take, their subdomains too.", "[example.com]"),
    Key("mail_servers", kinds.MAIL_SERVERS, DEFAULTS.mail_servers, "Our mail servers with their role (mx, submission or relay) on these ports, or on all. The first row that has address and port counts.", f"[{kinds.MAIL_SERVER}]", reloads=True),
    Key("trusted_relays", kinds.NETWORKS, DEFAULTS.trusted_relays, "Networks that may relay, send XCLIENT and PROXY headers.", "[198.51.100.8]", reloads=True),
    Key("monitors", kinds.NETWORKS, DEFAULTS.monitors, "Networks of health checks.", "[192.0.2.65]", reloads=True),
    Key("scanners", kinds.NETWORKS, DEFAULTS.scanners, "Networks of authorised testing.", "[192.0.2.66]", reloads=True),
    Key("tls_inspection_tap", kinds.FLAG, DEFAULTS.tls_inspection_tap, "The capture is of a TLS inspection appliance that mirrors TLS as cleartext."),
    Key("interfaces", kinds.NAMES, (), "Interfaces that are listened to where no capture is named. Empty: the one of the default route.", "[eth1]"),
    Key("filter", kinds.TEXT, "", "A filter (BPF) for the interfaces in place of the ports.", "'vlan and tcp port 25'"),
    Key("ports", kinds.PORTS, DEFAULTS.ports, "Ports on which mail is expected, single ones and ranges such as 2500-2599.", "[25, 587, 2500-2599]"),
    Key("any_port", kinds.FLAG_OR_AUTO, kinds.AUTO, "Find mail on every port by its content (true), or look at the ports only (false). auto: true for files, unless ports are set; false live."),
    Key("sensor", kinds.TEXT, DEFAULTS.sensor, "The sensor's name in the records. Empty: live, the name of the host.", "tap1"),
    Key("outputs", outputs.OUTPUTS, (), "Where alerts and records go, in place of standard output; -o overrides all of them. 'smtpids list outputs' shows every key.", outputs.EXAMPLES),
    Key("spool", options.FOLDER, "", "The folder in which outputs over the network keep what waits, if they name none of their own. Empty: it waits in memory and ends with the run.", "/var/lib/smtpids/spool"),
    Key("state", kinds.FILE, "", "A file (SQLite) that keeps what was learnt of servers, clients and users for the next run; beside this file if it does not begin with /.", "/var/lib/smtpids/state.db"),
    Key("user", kinds.TEXT, "", "Whom a run that root starts becomes once the interfaces are open, NAME or NAME:GROUP. Empty: nobody else.", "smtpids"),
    Key("workers", kinds.COUNT_OR_AUTO, 1, "Processes that share the packets, by connection: for files and interfaces from which one cannot take them fast enough. auto: one for each processor that may be used. The alerts are the same for any number.", "4"),
    Key("rules.paths", siterules.PATHS, (siterules.SHIPPED,), "Folders and files with rules, beside this file if they do not begin with /; shipped stands for those that come with smtpids.", "[shipped, own/]", reloads=True),
    Key("rules.disable", siterules.NAMES, {}, "Rules that are off, by name.", "[port_25_no_tls]", reloads=True),
    Key("rules.enable", siterules.NAMES, {}, "Rules that are on though they come turned off.", "[starttls_capability_vanished]", reloads=True),
    Key("rules.level", siterules.LEVELS, {}, "Levels in place of those in the rules: informational (never alerts), low, medium, high, critical.", "{tls_legacy_version: low}", reloads=True),
    Key("rules.suppress", siterules.SUPPRESS, {}, "One alert for each value of these fields in this time, in place of what the rules say.", "{port_25_no_tls: {by: [source.ip], for: 1d}}", reloads=True),
    Key("rules.profile", kinds.FLAG, False, "Take the time of each rule, for the summary and the metrics. Each is then asked by itself, which slows the run down.", reloads=True),
    Key("privacy.addresses", privacy.MODE, privacy.NONE, "What is written of mail addresses and user names. none: all of it. mask: the first character of what stands before the @. hash: in its place 16 digits that are the same for the same name. Rules see all of it; domains stay readable.", "hash"),
    Key("privacy.subjects", privacy.MODE, privacy.NONE, "What is written of subjects. none: all of it. mask: their length. hash: 16 digits that are the same for the same subject.", "mask"),
    Key("privacy.key_file", kinds.FILE, "", "The key of the hashes: a file of 16 octets or more, beside this file if it does not begin with /. Who has it can tell whether a name is behind a hash.", "/etc/smtpids/privacy.key"),
    Key("alerts.detail", kinds.one_of("compact", "full"), "compact", "What an alert in JSON shows. compact: what a person judges and a SIEM joins by, with six lines of the dialogue. full: all fields of the event, and what the rule says of itself."),
    Key("placeholders", kinds.PLACEHOLDERS, DEFAULTS.placeholders, "Values for the expand modifier of rules: %vips% stands for those under vips.", "{vips: ['Jane Doe']}", reloads=True),
    Key("metrics.listen", kinds.LISTEN, kinds.AUTO, "Where metrics are served for Prometheus: HOST:PORT, off, or auto, which is 127.0.0.1:10825 live and off for files.", "0.0.0.0:10825"),
    Key("metrics.textfile", kinds.FILE, "", "A file to which the metrics are written at the end, for node_exporter's textfile collector; beside this file if it does not begin with /.", "/var/lib/node_exporter/smtpids.prom"),
    Key("metrics.web_config", kinds.FILE, "", "TLS, users and headers of the metrics' port: a web configuration of Prometheus' exporter-toolkit; beside this file if it does not begin with /.", "web-config.yml"),
    *(
        Key(f"limits.{name}", kinds.SPAN if name.endswith("_ns") else kinds.SIZE, default, SENTENCES[name])
        for name, default in DEFAULTS.limits._asdict().items()
    ),
)
# fmt: on

KEYS: Final[dict[str, Key]] = {key.name: key for key in _ROWS}
#: Keys of the first level that hold others.
SECTIONS: Final = tuple(dict.fromkeys(name.partition(".")[0] for name in KEYS if "." in name))
