"""Broken rules, each with what is said of it: the whole text, the place, what to write instead.

Each file has one mistake, and one mistake is one fault: nothing that follows from it is told.
"""
# ruff: noqa: E501
# A message stands in one line, as it is printed.

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from smtpids.errors import RuleSetError
from smtpids.rules.loader import load
from tests.support.rules import PROBE

if TYPE_CHECKING:
    from pathlib import Path

FILTER = """\
title: A Printer
logsource: {product: smtpids, category: smtp}
filter:
    rules: [probe]
    selection: {source.ip: 192.0.2.1}
    condition: not selection
"""
PLACEHOLDERS = {"partners": ("partner.example",), "nobody": ()}

#: What is wrong; what of PROBE is replaced by what; what is said.
SPOILED = {
    "a list that is not closed": (
        "{product: smtpids, category: smtp}",
        "{product: smtpids, category: smtp",
        "6:10: error: not YAML: did not find expected ',' or '}'; the '{' in line 5 is not closed",
    ),
    "a tab for indent": (
        "    condition: selection",
        "\tcondition: selection",
        "10:1: error: not YAML: found a tab character that violates indentation; indent by blanks",
    ),
    "a colon in a text": (
        "title: Probe",
        "title: Probe: the first",
        "1:13: error: not YAML: mapping values are not allowed in this context; a value that holds ': ' needs quotes",
    ),
    "a quote that is not closed": (
        "title: Probe",
        "title: 'Probe",
        "1:8: error: not YAML: the quote that begins here is not closed",
    ),
    "a value that begins with a star": (
        "tls.established: false",
        "smtp.helo: *.example",
        "9:21: error: not YAML: did not find expected alphabetic or numeric character; a text that begins with '*' or '&' needs quotes",
    ),
    "a value that begins with an at sign": (
        "tls.established: false",
        "smtp.helo: @example",
        "9:20: error: a value cannot begin with this character; YAML indents by blanks, not tabs, and values that begin with one of `%@ need quotes",
    ),
    "a value that begins with a percent sign": (
        "tls.established: false",
        "smtp.helo|expand: %mine%",
        "9:27: error: a value cannot begin with this character; YAML indents by blanks, not tabs, and values that begin with one of `%@ need quotes",
    ),
    "a key without a blank behind its colon": (
        "level: high",
        "level:high",
        "11:1: error: not YAML: could not find expected ':'; a key needs a colon and a blank behind it",
    ),
    "a wrong indent": (
        "    condition: selection",
        "  condition: selection",
        "10:3: error: not YAML: did not find expected key; look at the indent, or at quotes that are not closed",
    ),
    "a key twice": (
        "level: high",
        "level: high\nlevel: low",
        "12:1: error: duplicate key 'level' (first at line 11)",
    ),
    "a field twice": (
        "tls.established: false",
        "tls.established: false\n        event.action: tls",
        "10:9: error: duplicate key 'event.action' (first at line 8)",
    ),
    "a day that does not exist": (
        "level: high",
        "level: high\ndate: 2026-02-30",
        "12:7: error: '2026-02-30' is no day that exists; a text needs quotes",
    ),
    "an alias without an anchor": (
        "tls.established: false",
        "smtp.helo: *other",
        "9:20: error: no anchor '&other' before this alias; a text that begins with '*' needs quotes",
    ),
    "a tag of YAML": (
        "level: high",
        "level: !!python/name:os.system high",
        "11:8: error: the YAML tag 'tag:yaml.org,2002:python/name:os.system' means nothing in a rule; remove it",
    ),
    "a control character": (
        "title: Probe",
        "title: Pro\x07be",
        "1:11: error: the character U+0007 is not allowed in YAML; remove it, or write it as an escape in double quotes",
    ),
    "a misspelt key": (
        "level: high",
        "levle: high",
        "11:1: error: unknown key 'levle', did you mean 'level'?",
    ),
    "a level that does not exist": (
        "level: high",
        "level: hihg",
        "11:8: error: unknown level 'hihg', did you mean 'high'?",
    ),
    "a level of another scale": (
        "level: high",
        "level: warning",
        "11:8: error: unknown level 'warning'; it is one of informational, low, medium, high, critical",
    ),
    "a status that does not exist": (
        "level: high",
        "level: high\nstatus: stabel",
        "12:9: error: unknown status 'stabel', did you mean 'stable'?",
    ),
    "no title": ("title: Probe\n", "", "1:1: error: no title; add 'title: What Is Found'"),
    "a number for a title": (
        "title: Probe",
        "title: 25",
        "1:8: error: 'title' takes a text; write it in quotes",
    ),
    "a name that is not the file's": (
        "name: probe",
        "name: prove",
        "3:7: error: the rule 'prove' stands in 'probe'; name both alike",
    ),
    "a name with a blank": (
        "name: probe",
        "name: The probe",
        "3:7: error: the name 'The probe' must be lower-case letters, digits and '_'",
    ),
    "an id that is no UUID": (
        "id: 7d0f1f3a-3c5e-4d2b-9a55-5a1d3f0b6c11",
        "id: 7d0f1f3a",
        "2:5: error: '7d0f1f3a' is not a UUID",
    ),
    "tags that are no list": (
        "level: high",
        "level: high\ntags: attack.t1040",
        "12:7: error: 'tags' takes a list; put '- ' before each entry",
    ),
    "a tag without a point": (
        "level: high",
        "level: high\ntags: [t1040]",
        "12:8: error: the tag 't1040' is not like 'attack.t1040' or 'cve.2011-0411'",
    ),
    "false positives that are a text": (
        "level: high",
        "level: high\nfalsepositives: none known",
        "12:17: error: 'falsepositives' takes a list; put '- ' before each entry",
    ),
    "a date in another order": (
        "level: high",
        "level: high\ndate: 23.11.2026",
        "12:7: error: 'date' takes a date such as 2026-11-23",
    ),
    "a log source that is misspelt": (
        "product: smtpids",
        "product: smtpid",
        "5:22: error: the rule is for other logs; write 'logsource: {product: smtpids, category: smtp}'",
    ),
    "no log source": (
        "logsource: {product: smtpids, category: smtp}\n",
        "",
        "1:1: error: no logsource; add 'logsource: {product: smtpids, category: smtp}'",
    ),
    "a rule for Windows": (
        "{product: smtpids, category: smtp}",
        "{product: windows, category: process_creation}",
        "5:12: error: is a Sigma rule for the logs of 'windows process_creation'; smtpids looks at SMTP sessions only and cannot run it",
    ),
    "a rule for Sysmon": (
        "{product: smtpids, category: smtp}",
        "{product: windows, service: sysmon}",
        "5:12: error: is a Sigma rule for the logs of 'windows sysmon'; smtpids looks at SMTP sessions only and cannot run it",
    ),
    "a rule for Zeek": (
        "{product: smtpids, category: smtp}",
        "{product: zeek, service: smtp}",
        "5:12: error: is a Sigma rule for the logs of 'zeek smtp'; smtpids looks at SMTP sessions only and cannot run it",
    ),
    "a rule for a web server": (
        "{product: smtpids, category: smtp}",
        "{category: webserver}",
        "5:12: error: is a Sigma rule for the logs of 'webserver'; smtpids looks at SMTP sessions only and cannot run it",
    ),
    "a count in the condition": (
        "condition: selection",
        "condition: selection | count() by source.ip > 10",
        "10:26: error: '|' begins an aggregation of Sigma 1; count in a correlation, such as 'type: event_count'",
    ),
    "a near in the condition": (
        "condition: selection",
        "condition: selection | near other",
        "10:26: error: '|' begins an aggregation of Sigma 1; count in a correlation, such as 'type: event_count'",
    ),
    "a time frame": (
        "    condition: selection",
        "    timeframe: 5m\n    condition: selection",
        "10:5: error: 'timeframe' is of Sigma 1; count in a correlation, which has a 'timespan'",
    ),
    "no condition": (
        "    condition: selection\n",
        "",
        "7:5: error: no condition; add 'condition: selection'",
    ),
    "a misspelt selection": (
        "condition: selection",
        "condition: selecton",
        "10:16: error: unknown selection 'selecton', did you mean 'selection'?",
    ),
    "an operator in upper case": (
        "condition: selection",
        "condition: selection AND selection",
        "10:26: error: 'AND' must be written in lower case",
    ),
    "a parenthesis that is not closed": (
        "condition: selection",
        "condition: (selection",
        "10:16: error: '(' is not closed",
    ),
    "a pattern without a quantifier": (
        "condition: selection",
        "condition: selection*",
        "10:16: error: write '1 of selection*' or 'all of selection*'",
    ),
    "a pattern that means nothing": (
        "condition: selection",
        "condition: selection and not 1 of filter_*",
        "10:39: error: no selection is called 'filter_*'",
    ),
    "two selections side by side": (
        "condition: selection",
        "condition: selection selection",
        "10:26: error: expected 'and' or 'or' before 'selection'",
    ),
    "an operator of a programming language": (
        "condition: selection",
        "condition: selection && selection",
        "10:26: error: '&' means nothing in a condition; write 'and'",
    ),
    "a misspelt field": (
        "tls.established: false",
        "tls.establishd: false",
        "9:9: error: unknown field 'tls.establishd', did you mean 'tls.established'?",
    ),
    "a field by another name": (
        "tls.established: false",
        "client.port: 25",
        "9:9: error: unknown field 'client.port', did you mean 'source.port'?",
    ),
    "a field that nothing is like": (
        "tls.established: false",
        "CommandLine: x",
        "9:9: error: unknown field 'CommandLine', did you mean 'smtp.command.line'?",
    ),
    "a field as a mapping": (
        "tls.established: false",
        "tls: {established: false}",
        "9:9: error: fields are written as a path; write 'tls.established: ...'",
    ),
    "a field that the event lacks": (
        "tls.established: false",
        "smtp.message.size: 5",
        "9:9: error: 'smtp.message.size' is never in events whose event.action is auth; it comes with message",
    ),
    "a misspelt modifier": (
        "tls.established: false",
        "smtp.helo|contians: x",
        "9:19: error: unknown modifier 'contians', did you mean 'contains'?",
    ),
    "a modifier twice": (
        "tls.established: false",
        "smtp.helo|contains|contains: x",
        "9:28: error: 'contains' is said twice",
    ),
    "an expression with contains": (
        "tls.established: false",
        "smtp.helo|re|contains: x",
        "9:22: error: 'contains' cannot follow 're'; write the place into the expression, as in '^mail' or '[.]example$'",
    ),
    "contains on an address": (
        "tls.established: false",
        "source.ip|contains: '192.0.2.'",
        "9:19: error: 'contains' does not go with 'source.ip', which is an IP address; write 'source.ip|cidr: 192.0.2.0/24'",
    ),
    "a network without cidr": (
        "tls.established: false",
        "source.ip: 192.0.2.0/24",
        "9:20: error: '192.0.2.0/24' is not an IP address; write 'source.ip|cidr: 192.0.2.0/24'",
    ),
    "a network that is none": (
        "tls.established: false",
        "source.ip|cidr: 192.0.2.0/33",
        "9:25: error: '192.0.2.0/33' is not a network; write 192.0.2.0/24 or 2001:db8::/32",
    ),
    "a network with bits behind its prefix": (
        "tls.established: false",
        "source.ip|cidr: 192.0.2.1/24",
        "9:25: error: '192.0.2.1/24' has bits set behind the prefix; write 192.0.2.0/24 or 192.0.2.1/32",
    ),
    "cidr with a placeholder": (
        "tls.established: false",
        "source.ip|cidr|expand: '%inside%'",
        "9:24: error: 'expand' cannot follow 'cidr'; list the networks here, or ask 'session.client_role'",
    ),
    "a name for an address": (
        "tls.established: false",
        "source.ip: mail.example",
        "9:20: error: 'mail.example' is not an IP address",
    ),
    "a text for a number": (
        "tls.established: false",
        "destination.port: smtp",
        "9:27: error: 'destination.port' is an integer, 'smtp' is not; write a number, or 'destination.port|gte: 500'",
    ),
    "a range as a wildcard": (
        "tls.established: false",
        "smtp.reply.code: 5*",
        "9:26: error: 'smtp.reply.code' is an integer, '5*' is not; write a number, or 'smtp.reply.code|gte: 500'",
    ),
    "a comparison with a text": (
        "tls.established: false",
        "destination.port|gte: '1024'",
        "9:31: error: 'gte' takes a number; write it without quotes",
    ),
    "a comparison of a text": (
        "tls.established: false",
        "smtp.helo|gt: 5",
        "9:19: error: 'gt' does not go with 'smtp.helo', which is a keyword",
    ),
    "a text for yes or no": (
        "tls.established: false",
        "tls.established: 'false'",
        "9:26: error: 'tls.established' is true or false, not 'false'; write it without quotes",
    ),
    "a number for a text": (
        "tls.established: false",
        "smtp.helo: 25",
        "9:20: error: 25 is not a text in YAML; write it in quotes",
    ),
    "a yes of YAML for a text": (
        "tls.established: false",
        "smtp.helo: NO",
        "9:20: error: NO is true or false in YAML; write it in quotes",
    ),
    "a word that the field never is": (
        "tls.established: false",
        "smtp.auth.outcome: sucess",
        "9:28: error: 'smtp.auth.outcome' is never 'sucess'; did you mean 'success'?",
    ),
    "a look-behind": (
        "tls.established: false",
        "smtp.helo|re: '(?<=a)b'",
        "9:23: error: RE2 does not take the expression: invalid perl operator: (?<= (it has no look-around and no back-references)",
    ),
    "an expression that is not closed": (
        "tls.established: false",
        "smtp.helo|re: '[a-z'",
        "9:23: error: RE2 does not take the expression: missing ]: [a-z",
    ),
    "a flag without an expression": (
        "tls.established: false",
        "smtp.helo|i: x",
        "9:19: error: 'i' is for expressions; write 'smtp.helo|re|i'",
    ),
    "a reference to a field that is none": (
        "tls.established: false",
        "smtp.auth.user|fieldref: smtp.mailfrom",
        "9:34: error: unknown field 'smtp.mailfrom', did you mean 'smtp.mail_from'?",
    ),
    "a reference to a field of another type": (
        "tls.established: false",
        "smtp.auth.user|fieldref: source.port",
        "9:34: error: 'smtp.auth.user' is a keyword and 'source.port' an integer; they are never equal",
    ),
    "a time that is compared whole": (
        "tls.established: false",
        "'@timestamp|gt': 2026-01-01",
        "9:21: error: 'gt' does not go with '@timestamp', which is a time; times are compared by minute, hour, day, week, month or year",
    ),
    "an hour that does not exist": (
        "tls.established: false",
        "'@timestamp|hour': 24",
        "9:28: error: 'hour' takes a whole number from 0 to 23",
    ),
    "exists with a word": (
        "tls.established: false",
        "smtp.helo|exists: yess",
        "9:27: error: 'exists' takes true or false, not 'yess'",
    ),
    "an empty list": (
        "tls.established: false",
        "smtp.helo: []",
        "9:20: error: an empty list is true of nothing; write null for 'missing'",
    ),
    "an empty selection": (
        "        event.action: auth\n        tls.established: false\n",
        "        {}\n",
        "8:9: error: the selection is empty",
    ),
    "a placeholder without values": (
        "tls.established: false",
        "smtp.helo|expand: '%mine%'",
        "9:27: error: unknown placeholder '%mine%'; give it values under 'placeholders:' in the config file",
    ),
    "a misspelt placeholder": (
        "tls.established: false",
        "smtp.helo|expand: '%partnrs%'",
        "9:27: error: unknown placeholder '%partnrs%', did you mean '%partners%'?",
    ),
    "an empty placeholder": (
        "tls.established: false",
        "smtp.helo|expand: '%nobody%'",
        "9:27: error: the placeholder '%nobody%' is an empty list; give it a value under 'placeholders:' in the config file",
    ),
    "wildcards in base64": (
        "tls.established: false",
        "smtp.helo|base64: a*",
        "9:27: error: base64 encoding of strings with wildcards is not allowed",
    ),
    "a misspelt setting": (
        "level: high",
        "level: high\nsmtpids: {mesage: x}",
        "12:11: error: unknown setting 'mesage', did you mean 'message'?",
    ),
    "a message with a misspelt field": (
        "level: high",
        "level: high\nsmtpids: {message: 'from {source.ipp}'}",
        "12:27: error: unknown field 'source.ipp', did you mean 'source.ip'?",
    ),
    "a brace that stands alone": (
        "level: high",
        "level: high\nsmtpids: {message: 'from {source.ip'}",
        "12:26: error: '{' stands alone; braces hold the name of a field",
    ),
    "suppress without a time": (
        "level: high",
        "level: high\nsmtpids: {suppress: {by: [source.ip]}}",
        "12:21: error: 'for' takes a time such as 30s, 10m, 1h or 1d",
    ),
    "suppress for a number": (
        "level: high",
        "level: high\nsmtpids: {suppress: {by: [source.ip], for: 10}}",
        "12:44: error: 'for' takes a time such as 30s, 10m, 1h or 1d",
    ),
    "suppress by a misspelt field": (
        "level: high",
        "level: high\nsmtpids: {suppress: {by: [source.id], for: 1h}}",
        "12:27: error: unknown field 'source.id', did you mean 'source.ip'?",
    ),
    "once_per and suppress": (
        "level: high",
        "level: high\nsmtpids: {once_per: session.id, suppress: {by: [source.ip], for: 1h}}",
        "12:11: error: 'once_per' and 'suppress' are two; keep one",
    ),
    "a least number of values where there is no average": (
        "level: high",
        "level: high\nsmtpids: {min_values: 10}",
        "12:11: error: 'min_values' is for correlations of type 'value_avg'; remove it",
    ),
    "enabled as a word": (
        "level: high",
        "level: high\nsmtpids: {enabled: 'off'}",
        "12:20: error: 'enabled' is true or false",
    ),
    "a number that is too large": (
        "level: high",
        "level: high\nsmtpids: {sid: 5000000000}",
        "12:16: error: 'sid' takes a whole number from 1 to 999999999",
    ),
    "settings that are a list": (
        "level: high",
        "level: high\nsmtpids: [message]",
        "12:10: error: 'smtpids' takes keys: message, sid, suppress, ...",
    ),
    "a message about what the event lacks": (
        "level: high",
        "level: high\nsmtpids: {message: '{smtp.message.size}'}",
        "12:20: error: 'smtp.message.size' is not in the events of this rule; it comes with message",
    ),
}
#: What is given as a rule, and what is said.
STRANGERS = {
    "nothing but a comment": (
        "# to be written\n",
        "1:1: error: the file is empty; a rule begins with 'title:'",
    ),
    "a list of rules": (
        "- title: Probe\n",
        "1:1: error: expected a rule, found a list; a rule begins with 'title:'",
    ),
    "a word": (
        "probe\n",
        "1:1: error: expected a rule, found a single value; a rule begins with 'title:'",
    ),
    "a rule of Suricata": (
        'alert smtp $EXTERNAL_NET any -> $HOME_NET 25 (msg:"x"; sid:1;)\n',
        "1:1: error: is a rule of Suricata or Snort; write it as a Sigma rule (rules/README.md)",
    ),
    "a rule of Snort behind comments": (
        '# local rules\n\nalert tcp any any -> any 25 (msg:"x"; sid:1;)\n',
        "3:1: error: is a rule of Suricata or Snort; write it as a Sigma rule (rules/README.md)",
    ),
    "a Zeek script": (
        "@load base/protocols/smtp\nevent smtp_request(c: connection) { }\n",
        "1:1: error: is a Zeek script; write it as a Sigma rule (rules/README.md)",
    ),
    "a YARA rule": (
        'rule evil\n{\n  strings: $a = "x"\n}\n',
        "1:1: error: is a YARA rule; write it as a Sigma rule (rules/README.md)",
    ),
    "rules of Falco": (
        "- rule: Outbound mail\n  desc: x\n  condition: fd.sport=25\n  output: x\n  priority: NOTICE\n",
        "1:1: error: is a list of rules of Falco; write it as a Sigma rule (rules/README.md)",
    ),
    "a rule of Elastic": (
        '[metadata]\ncreation_date = "2026/01/01"\n\n[rule]\nname = "x"\n',
        "1:1: error: is a rule of Elastic Security; write it as a Sigma rule (rules/README.md)",
    ),
    "an alert": (
        '{"@timestamp":"2026-03-01T09:15:00Z","event":{"kind":"alert"},"rule":{"id":"x"}}\n',
        "1:1: error: is an alert or record of smtpids, not a rule; take it out of the folder",
    ),
    "an event of Suricata": (
        '{"timestamp":"2026-03-01T09:15:00Z","event_type":"smtp"}\n',
        "1:1: error: is an event of Suricata (EVE), not a rule; take it out of the folder",
    ),
    "XML": (
        '<group name="mail"><rule id="1"/></group>\n',
        "1:1: error: is XML, perhaps a rule of Wazuh; write it as a Sigma rule (rules/README.md)",
    ),
    "a pipeline of converters": (
        "name: ours\npriority: 10\ntransformations: []\n",
        "1:1: error: is a processing pipeline for Sigma's converters, not a rule; take it out of the folder",
    ),
    "a test under a wrong name": (
        "tests:\n    - name: a login\n",
        "1:1: error: is a test of rules; give it a name that ends in '.test.yml'",
    ),
    "a global document": (
        "action: global\ntitle: x\n---\ndetection: {}\n",
        "1:1: error: 'action' shares parts between documents in Sigma 1; write each rule wholly, in a file of its own",
    ),
}
#: The same of FILTER.
FILTERS = {
    "a filter without its rules": (
        "    rules: [probe]\n",
        "",
        "4:5: error: 'rules' takes the rules that the filter is for, as in [auth_before_tls]",
    ),
    "a filter for a misspelt rule": (
        "[probe]",
        "[prboe]",
        "4:13: error: unknown rule 'prboe', did you mean 'probe'?",
    ),
    "a filter with a message": (
        "    condition: not selection\n",
        "    condition: not selection\nsmtpids: {message: x}\n",
        "7:11: error: 'message' is for rules; a filter has 'expires', 'enabled'",
    ),
    "a filter with a misspelt field": (
        "source.ip:",
        "client.ip:",
        "5:17: error: unknown field 'client.ip', did you mean 'source.ip'?",
    ),
}
#: What is legal and unwise.
UNWISE = {
    "no id": (
        "id: 7d0f1f3a-3c5e-4d2b-9a55-5a1d3f0b6c11\n",
        "",
        "1:1: warning: no id; add 'id: eb4d7ac4-a4e4-53ac-81ca-18bbdeba3999'",
    ),
    "no description": (
        "description: A rule for tests.\n",
        "",
        "1:1: warning: no description; say what is found and why it matters",
    ),
    "a selection that nobody asks for": (
        "    condition: selection",
        "    other: {smtp.helo: x}\n    condition: selection",
        "10:5: warning: the condition does not use 'other'",
    ),
    "a filter without not": (
        "    condition: selection",
        "    filter_robot: {smtp.helo: x}\n    condition: selection and filter_robot",
        "11:16: warning: 'filter_robot' is asked for, not filtered out; write 'and not filter_robot'",
    ),
    "a filter among all of them": (
        "    condition: selection",
        "    filter_robot: {smtp.helo: x}\n    condition: all of them",
        "11:16: warning: 'all of them' asks for 'filter_robot', too; name the selections, and the filters behind 'not'",
    ),
    "a filter behind two nots": (
        "    condition: selection",
        "    filter_robot: {smtp.helo: x}\n    condition: selection and not (not filter_robot)",
        "11:16: warning: 'filter_robot' is asked for, not filtered out; write 'and not filter_robot'",
    ),
    "the same asked for and excluded": (
        "    condition: selection",
        "    other: {smtp.helo: x}\n    condition: selection and other and not other",
        "11:16: warning: the same is asked for and excluded; this is never true",
    ),
    "two values at once": (
        "    condition: selection",
        "    other: {tls.established: true}\n    condition: selection and other",
        "11:16: warning: 'tls.established' cannot be 'false' and 'true' at once",
    ),
    "an alternative that adds nothing": (
        "    condition: selection",
        "    other: {event.action: tls}\n    more: {smtp.helo: x}\n    condition: selection or other or (other and more)",
        "12:16: warning: one alternative is part of another, which therefore adds nothing",
    ),
    "keywords": (
        "    condition: selection",
        "    words: [foo, bar]\n    condition: selection and words",
        "10:12: warning: keywords search every value of the event and are slow; name the field, as in 'smtp.command.line|contains'",
    ),
    "every event": (
        "        event.action: auth\n",
        "",
        "7:5: warning: the rule is asked of every event; add 'event.action' to each selection",
    ),
    "a number in quotes": (
        "tls.established: false",
        "destination.port: '25'",
        "9:27: warning: '25' is compared as a number; write it without quotes",
    ),
    "a control character": (
        "tls.established: false",
        'smtp.helo: "a\\x01b"',
        "9:20: warning: the value holds the control character U+0001, which nobody sees; write 'smtp.helo|re' and \\x01",
    ),
    "an expression that is a text": (
        "tls.established: false",
        "smtp.helo|re: mail",
        "9:23: warning: the expression is only a text; write 'smtp.helo|contains|cased: mail'",
    ),
    "an expression that is an escaped text": (
        "tls.established: false",
        "smtp.helo|re|i: 'mail\\.example'",
        "9:25: warning: the expression is only a text; write 'smtp.helo|contains: mail.example'",
    ),
    "an expression with an idle beginning": (
        "tls.established: false",
        "smtp.helo|re: '.*[0-9]'",
        "9:23: warning: '.*' at the beginning has no effect: expressions are found anywhere",
    ),
    "an expression with an idle end": (
        "tls.established: false",
        "smtp.helo|re: '[0-9].*'",
        "9:23: warning: '.*' at the end has no effect: expressions are found anywhere",
    ),
    "contains with stars": (
        "tls.established: false",
        "smtp.helo|contains: '*mail*'",
        "9:29: warning: 'contains' looks beyond the value as it is; remove the '*'",
    ),
    "startswith with a star": (
        "tls.established: false",
        "smtp.helo|startswith: 'mail*'",
        "9:31: warning: 'startswith' looks beyond the value as it is; remove the '*'",
    ),
    "a value twice": (
        "tls.established: false",
        "smtp.helo: [mail, MAIL]",
        "9:27: warning: 'MAIL' stands in the list twice",
    ),
    "a text within another": (
        "tls.established: false",
        "smtp.helo|contains: [mail, webmail]",
        "9:36: warning: 'webmail' adds nothing to 'mail', which is in the list",
    ),
    "a beginning within another": (
        "tls.established: false",
        "smtp.helo|startswith: [mail, mailer]",
        "9:38: warning: 'mailer' adds nothing to 'mail', which is in the list",
    ),
    "a network within another": (
        "tls.established: false",
        "source.ip|cidr: [10.1.0.0/16, 10.0.0.0/8]",
        "9:26: warning: '10.1.0.0/16' adds nothing to '10.0.0.0/8', which is in the list",
    ),
    "all of one": (
        "tls.established: false",
        "smtp.helo|contains|all: x",
        "9:9: warning: 'all' has no effect on one value",
    ),
    "a placeholder without expand": (
        "tls.established: false",
        "smtp.helo: '%partners%'",
        "9:20: warning: '%partners%' is taken as it stands; for a placeholder write 'smtp.helo|expand'",
    ),
    "expand without a placeholder": (
        "tls.established: false",
        "smtp.helo|expand: partners",
        "9:27: warning: 'expand' has no effect: there is no %placeholder% here",
    ),
    "a tag twice": (
        "level: high",
        "level: high\ntags: [attack.t1040, attack.t1040]",
        "12:22: warning: the tag 'attack.t1040' stands there twice",
    ),
    "a technique that does not exist": (
        "level: high",
        "level: high\ntags: [attack.t1041.009]",
        "12:8: warning: ATT&CK has no technique T1041.009",
    ),
    "a tactic with an underscore": (
        "level: high",
        "level: high\ntags: [attack.credential_access]",
        "12:8: warning: 'attack.credential_access' is neither a tactic nor a technique; write 'attack.credential-access'",
    ),
    "a tactic that does not exist": (
        "level: high",
        "level: high\ntags: [attack.annoyance]",
        "12:8: warning: 'attack.annoyance' is neither a tactic nor a technique",
    ),
}


def faults(folder: Path) -> list[str]:
    """Load a folder that has errors; return them without the folder's name."""
    with pytest.raises(RuleSetError) as caught:
        load([folder], placeholders=PLACEHOLDERS)
    return [str(fault).removeprefix(f"{folder}/") for fault in caught.value.errors]


@pytest.mark.parametrize("mistake", SPOILED)
def test_a_mistake_in_a_rule_is_told_once_with_place_and_advice(
    mistake: str, tmp_path: Path
) -> None:
    old, new, fault = SPOILED[mistake]
    assert PROBE.count(old) == 1
    (tmp_path / "probe.yml").write_text(PROBE.replace(old, new))
    assert [f"probe.yml:{fault}"] == faults(tmp_path)


@pytest.mark.parametrize("stranger", STRANGERS)
def test_what_is_no_rule_is_called_by_its_name(stranger: str, tmp_path: Path) -> None:
    text, fault = STRANGERS[stranger]
    (tmp_path / "probe.yml").write_text(text)
    assert [f"probe.yml:{fault}"] == faults(tmp_path)


@pytest.mark.parametrize("mistake", FILTERS)
def test_a_mistake_in_a_filter_is_told_once_with_place_and_advice(
    mistake: str, tmp_path: Path
) -> None:
    old, new, fault = FILTERS[mistake]
    assert FILTER.count(old) == 1
    (tmp_path / "probe.yml").write_text(PROBE)
    (tmp_path / "filter.yml").write_text(FILTER.replace(old, new))
    assert [f"filter.yml:{fault}"] == faults(tmp_path)


@pytest.mark.parametrize("habit", UNWISE)
def test_what_is_unwise_is_a_warning_with_place_and_advice(habit: str, tmp_path: Path) -> None:
    old, new, warning = UNWISE[habit]
    assert PROBE.count(old) == 1
    (tmp_path / "probe.yml").write_text(PROBE.replace(old, new))
    told = load([tmp_path], placeholders=PLACEHOLDERS).warnings
    assert [f"probe.yml:{warning}"] == [str(one).removeprefix(f"{tmp_path}/") for one in told]
