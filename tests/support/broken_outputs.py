"""Outputs that are wrong, and what is said of each: the place, the fault, what to write."""
# ruff: noqa: E501
# What is said stands here as it is said.

from __future__ import annotations

#: A broken file, and all that is said of it.
BROKEN: tuple[tuple[str, list[str]], ...] = (
    (
        "outputs: alerts.json\n",
        ["1:10: error: 'outputs' takes a list; write - {type: file, path: alerts.json}"],
    ),
    (
        "outputs: [alerts.json]\n",
        ["1:11: error: an entry of 'outputs' has keys; write - {type: file, path: alerts.json}"],
    ),
    ("outputs:\n", ["1:1: error: 'outputs' has no value; give it one, or remove it"]),
    (
        "outputs:\n  - {path: a.json}\n",
        ["2:5: error: an output needs 'type'; one of file, stdout, syslog, http, kafka"],
    ),
    (
        "outputs:\n  - {type: fil, path: a.json}\n",
        [
            "2:12: error: unknown type 'fil', did you mean 'file'?; one of file, stdout, syslog, http, kafka"
        ],
    ),
    (
        "outputs:\n  - {type: [file], path: a.json}\n",
        ["2:12: error: 'type' is one word; one of file, stdout, syslog, http, kafka"],
    ),
    (
        "outputs:\n  - {type: elastic, url: 'https://es:9200'}\n",
        ["2:12: error: 'elastic' is a dialect of type http; write type: http, dialect: elastic"],
    ),
    (
        "outputs:\n  - {type: file}\n",
        ["2:5: error: type file needs 'path'; write path: alerts.json"],
    ),
    (
        "outputs:\n  - {type: syslog}\n",
        ["2:5: error: type syslog needs 'url'; write url: tls://logs.example:6514"],
    ),
    (
        "outputs:\n  - {type: http, dialect: loki}\n",
        ["2:5: error: type http needs 'url'; write url: https://logs.example:9200"],
    ),
    (
        "outputs:\n  - {type: kafka, topic: mail}\n",
        ["2:5: error: type kafka needs 'brokers'; write brokers: [b1:9092, b2:9092]"],
    ),
    (
        "outputs:\n  - {type: file, paht: a.json}\n",
        [
            "2:5: error: type file needs 'path'; write path: alerts.json",
            "2:18: error: unknown key of an output 'paht', did you mean 'path'?",
        ],
    ),
    (
        "outputs:\n  - {type: stdout, path: a.json}\n",
        ["2:20: error: 'path' is for type file; remove it"],
    ),
    (
        "outputs:\n  - {type: syslog, url: 'tls://h', index: logs}\n",
        ["2:36: error: 'index' is for type http, dialect elastic or splunk_hec; remove it"],
    ),
    (
        "outputs:\n  - {type: http, dialect: loki, url: 'https://h', index: logs}\n",
        ["2:51: error: 'index' is for type http, dialect elastic or splunk_hec; remove it"],
    ),
    (
        "outputs:\n  - {type: http, dialect: elastic, url: 'https://h', labels: {a: b}}\n",
        ["2:54: error: 'labels' is for type http, dialect loki; remove it"],
    ),
    (
        "outputs:\n  - {type: syslog, path: /dev/log}\n",
        [
            "2:5: error: type syslog needs 'url'; write url: tls://logs.example:6514",
            "2:20: error: 'path' is for type file; type syslog has 'url'",
        ],
    ),
    (
        "outputs:\n  - {type: file, path: a.json, timeout: 5s}\n",
        ["2:32: error: 'timeout' is for type syslog, http or kafka; remove it"],
    ),
    (
        "outputs:\n  - {type: file, path: a.json, sasl_mecanism: PLAIN}\n",
        ["2:32: error: unknown key of an output 'sasl_mecanism', did you mean 'sasl_mechanism'?"],
    ),
    (
        "outputs:\n  - {type: file, path: a.json, qqqq: 1}\n",
        ["2:32: error: unknown key of an output 'qqqq'; 'smtpids list outputs' shows all"],
    ),
    (
        "outputs:\n  - {type: file, path: }\n",
        ["2:18: error: 'path' has no value; give it one, or remove it"],
    ),
    ("outputs:\n  - {type: file, path: ''}\n", ["2:24: error: 'path' takes a path; write one"]),
    (
        "outputs:\n  - {type: file, path: 7}\n",
        ["2:24: error: 'path' takes a path; put it in quotes"],
    ),
    (
        "outputs:\n  - {type: file, path: '-'}\n",
        ["2:24: error: '-' is standard output; write {type: stdout}"],
    ),
    (
        "outputs:\n  - {type: file, path: ~/a.json}\n",
        ["2:24: error: 'path' begins with '~'; write the whole path, or ./~"],
    ),
    (
        'outputs:\n  - {type: file, path: "a\\0b"}\n',
        ["2:24: error: 'path' holds a zero octet, which no path has; remove it"],
    ),
    (
        "outputs:\n  - {type: file, path: a.json}\n  - {type: file, path: a.json}\n",
        ["3:18: error: output a.json is named twice (first at line 2): name it once"],
    ),
    (
        "outputs:\n  - {type: file, path: a.json}\n  - {type: file, path: ./x/../a.json, name: b}\n",
        ["3:18: error: output ./x/../a.json is named twice (first at line 2): name it once"],
    ),
    (
        "outputs:\n  - {type: stdout}\n  - {type: stdout, format: table}\n",
        ["3:6: error: output - is named twice (first at line 2): name it once"],
    ),
    (
        "outputs:\n  - {type: syslog, url: 'tls://h:6514'}\n  - {type: syslog, url: 'tls://H'}\n",
        ["3:20: error: output tls://h:6514 is named twice (first at line 2): name it once"],
    ),
    (
        "outputs:\n  - {type: http, url: 'https://h/a'}\n  - {type: http, url: 'https://h/b'}\n",
        [
            "3:5: error: two outputs have the name 'webhook h:443' (first at line 2); give this one another 'name'"
        ],
    ),
    (
        "outputs:\n  - {type: file, path: a.json, name: x}\n  - {type: file, path: b.json, name: x}\n",
        [
            "3:32: error: two outputs have the name 'x' (first at line 2); give this one another 'name'"
        ],
    ),
    (
        "outputs:\n  - {type: syslog, url: 'tls://h', name: a/b}\n",
        [
            "2:42: error: 'name' takes up to 128 letters, digits, blanks and _.:@- , and begins with a letter or digit"
        ],
    ),
    (
        "outputs:\n  - {type: syslog, url: 'tls://h', name: ''}\n",
        ["2:42: error: 'name' is empty; write a name"],
    ),
    (
        "outputs:\n  - {type: syslog, url: logs.example}\n",
        [
            "2:25: error: 'logs.example' is no URL; write tls://logs.example:6514, with udp://, tcp://, tls:// or unix:// before it"
        ],
    ),
    (
        "outputs:\n  - {type: syslog, url: 'tsl://h'}\n",
        [
            "2:25: error: unknown scheme 'tsl' for type syslog; write udp://, tcp://, tls:// or unix://"
        ],
    ),
    (
        "outputs:\n  - {type: syslog, url: 'ftp://h'}\n",
        [
            "2:25: error: unknown scheme 'ftp' for type syslog; write udp://, tcp://, tls:// or unix://"
        ],
    ),
    (
        "outputs:\n  - {type: http, url: 'tls://h'}\n",
        ["2:23: error: unknown scheme 'tls' for type http; write http:// or https://"],
    ),
    (
        "outputs:\n  - {type: http, url: [a]}\n",
        ["2:23: error: 'url' takes a URL; write https://logs.example:9200"],
    ),
    (
        "outputs:\n  - {type: http, url: 'https://me:hunter2@h'}\n",
        ["2:23: error: the URL holds a user; put it in 'username' and 'password_file'"],
    ),
    (
        "outputs:\n  - {type: http, url: 'me:hunter2@h'}\n",
        [
            "2:23: error: the value is no URL; write https://logs.example:9200, with http:// or https:// before it"
        ],
    ),
    (
        "outputs:\n  - {type: syslog, url: 'tls://me:hunter2@h'}\n",
        ["2:25: error: the URL holds a user, and syslog knows none; remove it"],
    ),
    (
        "outputs:\n  - {type: http, url: 'https://h/?token=hunter2'}\n",
        ["2:23: error: the URL has a query; write it without, secrets go in 'token_file'"],
    ),
    (
        "outputs:\n  - {type: http, url: 'https://h/#a'}\n",
        ["2:23: error: the URL has a fragment; write it without, secrets go in 'token_file'"],
    ),
    (
        "outputs:\n  - {type: syslog, url: 'tls://h/a'}\n",
        ["2:25: error: the URL has a path; write tls://host:port alone"],
    ),
    (
        "outputs:\n  - {type: syslog, url: 'tls://h?a=hunter2'}\n",
        ["2:25: error: the URL has a query; write tls://host:port alone"],
    ),
    (
        "outputs:\n  - {type: http, url: 'https://h/a b'}\n",
        ["2:23: error: the path of the URL holds what must be escaped; write %20 for a blank"],
    ),
    (
        "outputs:\n  - {type: http, url: 'https://'}\n",
        ["2:23: error: the host is missing; write its name or address"],
    ),
    (
        "outputs:\n  - {type: http, url: 'https://a b/'}\n",
        ["2:23: error: 'a b' is no host; write logs.example, 192.0.2.7 or [2001:db8::7]"],
    ),
    (
        "outputs:\n  - {type: http, url: 'https://bücher.example/'}\n",
        ["2:23: error: 'bücher.example' is no host; write it as xn--..."],
    ),
    (
        "outputs:\n  - {type: http, url: 'https://2001:db8::1/'}\n",
        ["2:23: error: an IPv6 address has brackets here; write [2001:db8::1]"],
    ),
    (
        "outputs:\n  - {type: http, url: 'https://[2001:db8::g]/'}\n",
        ["2:23: error: '[2001:db8::g]' is no host; write logs.example, 192.0.2.7 or [2001:db8::7]"],
    ),
    (
        "outputs:\n  - {type: http, url: 'https://192.0.2.999/'}\n",
        ["2:23: error: '192.0.2.999' is no host; write logs.example, 192.0.2.7 or [2001:db8::7]"],
    ),
    (
        "outputs:\n  - {type: syslog, url: 'tls://h:0'}\n",
        ["2:25: error: '0' is no port; write 1 to 65535"],
    ),
    (
        "outputs:\n  - {type: syslog, url: 'tls://h:65536'}\n",
        ["2:25: error: '65536' is no port; write 1 to 65535"],
    ),
    (
        "outputs:\n  - {type: syslog, url: 'tls://h:smtp'}\n",
        ["2:25: error: 'smtp' is no port; write 1 to 65535"],
    ),
    (
        "outputs:\n  - {type: syslog, url: 'tls://[::1]514'}\n",
        ["2:25: error: a colon is missing before the port; write [::1]:6514"],
    ),
    (
        "outputs:\n  - {type: http, url: 'https://h', dialect: elstic}\n",
        [
            "2:45: error: unknown dialect 'elstic', did you mean 'elastic'?; one of elastic, splunk_hec, loki, webhook"
        ],
    ),
    (
        "outputs:\n  - {type: http, url: 'https://h', dialect: [loki], labels: {a: b}}\n",
        ["2:45: error: 'dialect' is one word; one of elastic, splunk_hec, loki, webhook"],
    ),
    (
        "outputs:\n  - {type: stdout, format: json}\n",
        ["2:28: error: unknown format 'json'; one of ecs, eve, table"],
    ),
    (
        "outputs:\n  - {type: stdout, format: [ecs]}\n",
        ["2:28: error: 'format' is one word; one of ecs, eve, table"],
    ),
    (
        "outputs:\n  - {type: stdout, events: [alerts]}\n",
        [
            "2:29: error: unknown event 'alerts', did you mean 'alert'?; some of alert, session, message, anomaly, stats, or all alone"
        ],
    ),
    (
        "outputs:\n  - {type: stdout, events: [all, alert]}\n",
        [
            "2:29: error: unknown event 'all'; some of alert, session, message, anomaly, stats, or all alone"
        ],
    ),
    (
        "outputs:\n  - {type: stdout, events: []}\n",
        ["2:28: error: 'events' is empty; write [alert, session] or all"],
    ),
    (
        "outputs:\n  - {type: stdout, events: {alert: true}}\n",
        ["2:28: error: 'events' takes a list; write [alert, session]"],
    ),
    (
        "outputs:\n  - {type: stdout, level: hihg}\n",
        [
            "2:27: error: unknown level 'hihg', did you mean 'high'?; one of low, medium, high, critical"
        ],
    ),
    (
        "outputs:\n  - {type: stdout, level: informational}\n",
        ["2:27: error: unknown level 'informational'; one of low, medium, high, critical"],
    ),
    (
        "outputs:\n  - {type: syslog, url: 'tls://h', format: table}\n",
        ["2:36: error: format table is for people; write ecs or eve"],
    ),
    (
        "outputs:\n  - {type: http, url: 'https://h', token: hunter2}\n",
        ["2:36: error: a secret is not written here ('token'); write token_file, a path"],
    ),
    (
        "outputs:\n  - {type: http, url: 'https://h', username: me, password: hunter2}\n",
        ["2:50: error: a secret is not written here ('password'); write password_file, a path"],
    ),
    (
        "outputs:\n  - {type: file, path: a.json, api_key: hunter2}\n",
        ["2:32: error: a secret is not written here ('api_key'); write token_file, a path"],
    ),
    (
        "outputs:\n  - {type: http, url: 'https://h', username: me}\n",
        [
            "2:36: error: 'username' needs 'password_file'; write the path of the file that holds the password"
        ],
    ),
    (
        "outputs:\n  - {type: http, url: 'https://h', password_file: p}\n",
        ["2:36: error: 'password_file' needs 'username'; write who we are to the receiver"],
    ),
    (
        "outputs:\n  - {type: http, url: 'https://h', username: 'a:b', password_file: p}\n",
        ["2:46: error: 'username' holds a colon or what cannot be printed; remove it"],
    ),
    (
        "outputs:\n  - {type: http, url: 'https://h', username: me, password_file: p, token_file: t}\n",
        ["2:68: error: 'token_file' and 'password_file' are two ways to say who we are; keep one"],
    ),
    (
        "outputs:\n  - {type: http, url: 'https://h', dialect: splunk_hec}\n",
        [
            "2:5: error: dialect splunk_hec needs 'token_file'; write the path of the file with the HEC token"
        ],
    ),
    (
        "outputs:\n  - {type: syslog, url: 'tls://h', key_file: k.pem}\n",
        [
            "2:36: error: 'key_file' needs 'cert_file'; write the path of the certificate that goes with it"
        ],
    ),
    (
        "outputs:\n  - {type: syslog, url: 'tcp://h', ca_file: ca.pem}\n",
        ["2:36: error: 'ca_file' is for tls://, and the URL begins with tcp://"],
    ),
    (
        "outputs:\n  - {type: http, url: 'http://h', server_name: h}\n",
        ["2:35: error: 'server_name' is for https://, and the URL begins with http://"],
    ),
    (
        "outputs:\n  - {type: syslog, url: 'tls://h', server_name: 'a b'}\n",
        ["2:49: error: 'server_name' takes a name of a host; write logs.example"],
    ),
    (
        "outputs:\n  - {type: syslog, url: 'tls://h', facility: local8}\n",
        [
            "2:46: error: unknown facility 'local8', did you mean 'local7'?; one of kern, user, mail, daemon, auth, syslog, lpr, news, uucp, cron, authpriv, ftp, local0, local1, local2, local3, local4, local5, local6, local7"
        ],
    ),
    (
        "outputs:\n  - {type: syslog, url: 'tls://h', timeout: 10}\n",
        ["2:45: error: 'timeout' takes a time such as 500ms, 30s, 10m, 1h or 1d"],
    ),
    (
        "outputs:\n  - {type: syslog, url: 'tls://h', batch_events: 0}\n",
        ["2:50: error: 'batch_events' takes a number from 1 to 100000, such as 500"],
    ),
    (
        "outputs:\n  - {type: syslog, url: 'tls://h', spool_size: big}\n",
        ["2:48: error: 'spool_size' takes a number above 0, such as 50000 or 64M"],
    ),
    (
        "outputs:\n  - {type: syslog, url: 'tls://h', batch_size: 128M}\n",
        [
            "2:36: error: 'batch_size' is more than 'queue_size'; write less, or a larger 'queue_size'"
        ],
    ),
    (
        "outputs:\n  - {type: syslog, url: 'tls://h', spool_size: 1M}\n",
        [
            "2:36: error: 'batch_size' is more than 'spool_size'; write less, or a larger 'spool_size'"
        ],
    ),
    (
        "outputs:\n  - {type: stdout, record_size: 100}\n",
        ["2:33: error: 'record_size' is at least 1K; write 32K"],
    ),
    (
        "outputs:\n  - {type: http, url: 'https://h', gzip: 1}\n",
        ["2:42: error: 'gzip' is true or false"],
    ),
    (
        "outputs:\n  - {type: http, url: 'https://h', dialect: elastic, index: Logs}\n",
        [
            "2:61: error: 'Logs' is no index: lower-case letters, digits and ._- are; write logs-smtpids"
        ],
    ),
    (
        "outputs:\n  - {type: http, url: 'https://h', dialect: loki, labels: [a]}\n",
        ["2:59: error: 'labels' takes names and their texts; write {site: berlin}"],
    ),
    (
        "outputs:\n  - {type: http, url: 'https://h', dialect: loki, labels: {a-b: c}}\n",
        ["2:60: error: 'a-b' is no label; letters, digits and '_' are, not '__' or a digit first"],
    ),
    (
        "outputs:\n  - {type: http, url: 'https://h', dialect: loki, labels: {a: ''}}\n",
        ["2:63: error: the label 'a' takes a text; write {site: berlin}"],
    ),
    (
        "outputs:\n  - {type: kafka, brokers: []}\n",
        ["2:28: error: 'brokers' is empty; write [b1:9092, b2:9092]"],
    ),
    (
        "outputs:\n  - {type: kafka, brokers: 'b1,b2'}\n",
        ["2:28: error: 'brokers' takes a list; write [b1:9092, b2:9092]"],
    ),
    (
        "outputs:\n  - {type: kafka, brokers: ['kafka://b1']}\n",
        ["2:29: error: a broker is host:port, no URL; write b1:9092"],
    ),
    (
        "outputs:\n  - {type: kafka, brokers: ['me:hunter2@b1']}\n",
        ["2:29: error: a broker holds no user; put it in 'username' and 'password_file'"],
    ),
    (
        "outputs:\n  - {type: kafka, brokers: ['b1:9092', b1]}\n",
        ["2:40: error: 'b1:9092' is listed twice; remove one"],
    ),
    (
        "outputs:\n  - {type: kafka, brokers: ['b1:x']}\n",
        ["2:29: error: 'x' is no port; write 1 to 65535"],
    ),
    (
        "outputs:\n  - {type: kafka, brokers: [b1], topic: 'a b'}\n",
        [
            "2:41: error: 'a b' is no topic: letters, digits and ._- are, and {kind}; write smtpids.{kind}"
        ],
    ),
    (
        "outputs:\n  - {type: kafka, brokers: [b1], topic: 'a.{level}'}\n",
        [
            "2:41: error: 'a.{level}' is no topic: letters, digits and ._- are, and {kind}; write smtpids.{kind}"
        ],
    ),
    (
        "outputs:\n  - {type: kafka, brokers: [b1], sasl_mechanism: SCRAM}\n",
        ["2:50: error: unknown SASL mechanism 'SCRAM'; one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512"],
    ),
    (
        "outputs:\n  - {type: kafka, brokers: [b1], username: me, password_file: p}\n",
        ["2:34: error: 'username' needs 'sasl_mechanism', too; write both"],
    ),
    (
        "outputs:\n  - {type: kafka, brokers: [b1], sasl_mechanism: PLAIN}\n",
        ["2:34: error: 'sasl_mechanism' needs 'username', too; write both"],
    ),
    (
        "outputs:\n  - {type: kafka, brokers: [b1], tls: false, ca_file: ca.pem}\n",
        ["2:46: error: 'ca_file' means TLS, and 'tls' is false; remove one of them"],
    ),
    (
        "outputs:\n  - {type: stdout, format: tabel, level: hihg, nme: a}\n",
        [
            "2:28: error: unknown format 'tabel', did you mean 'table'?; one of ecs, eve, table",
            "2:42: error: unknown level 'hihg', did you mean 'high'?; one of low, medium, high, critical",
            "2:48: error: unknown key of an output 'nme', did you mean 'name'?",
        ],
    ),
    (
        "outputs:\n  - {type: syslog, url: 'unix://dev/log'}\n",
        ["2:25: error: the URL names no socket; write unix:///dev/log"],
    ),
    (
        "outputs:\n  - {type: http, url: 'https://h', dialect: splunk_hec, token_file: t, index: 'a{kind}'}\n",
        ["2:72: error: an index of splunk_hec is one for all records; name one"],
    ),
    (
        "outputs:\n  - {type: kafka, brokers: [b1], server_name: h}\n",
        ["2:34: error: 'server_name' is for type syslog or http; remove it"],
    ),
    ("spool: ~/spool\n", ["1:8: error: 'spool' begins with '~'; write the whole path, or ./~"]),
    ("spool: [a]\n", ["1:8: error: 'spool' takes a path; write one"]),
)
