"""The mail servers of the scenes: how each is configured and started, and where its log is.

A server is told which ports it has and what it does about TLS on each (`Tls`). All of them know the
same mailboxes and passwords, throw accepted mail away, and write down what they did; `logs.py`
reads that.
"""

from __future__ import annotations

import json
import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from pcaps.record import accounts
from pcaps.record.machines import SERVER, Machine, wait_for

if TYPE_CHECKING:
    from collections.abc import Mapping

CERTIFICATE = "/etc/ssl/recorded.crt"
KEY = "/etc/ssl/recorded.key"
PRIVATE_KEY = "/etc/ssl/private.key"
"""The same key for a server that insists on nobody else being able to read it."""
AUTHORITY = "/etc/ssl/authority.crt"
"""What the clients trust."""


class Tls(StrEnum):
    """What a port does about TLS."""

    NONE = "none"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"
    BROKEN = "broken"
    """STARTTLS is offered, but the certificate cannot be loaded."""


@dataclass(frozen=True)
class Server(ABC):
    """A mail server: `start` it on a machine, then read its `log`."""

    ports: Mapping[int, Tls]
    auth: bool = False
    legacy: bool = False
    """Whether TLS 1.0 and 1.1 are accepted."""
    address: str = ""
    """Where it listens; everywhere if empty."""

    title: ClassVar[str]
    layer: ClassVar[str]
    package: ClassVar[str]
    log_file: ClassVar[str]

    def start(self, machine: Machine) -> None:
        """Configure and start the server; return when it listens on all of its ports."""
        make_certificate(machine)
        self.launch(machine)
        for port in self.ports:
            wait_for(lambda port=port: machine.listens(port), f"{self.title} on {port}")  # type: ignore[misc]

    @abstractmethod
    def launch(self, machine: Machine) -> None:
        """Write the configuration and start the processes."""

    def log(self, machine: Machine) -> str:
        """Return what the server has written down."""
        return machine.read(self.log_file)

    def certificate(self, tls: Tls) -> str:
        """Return the path of the certificate, which does not exist where TLS shall be broken."""
        return "/etc/ssl/missing.crt" if tls is Tls.BROKEN else CERTIFICATE


def make_certificate(machine: Machine) -> None:
    """Make an authority, a key and a certificate, which live as long as the machine."""
    machine.write("/etc/ssl/leaf.ext", "subjectAltName=DNS:mail.example.org\n")
    machine.shell(f"""
        cd /etc/ssl
        openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=Recording -keyout ca.key \
            -out {AUTHORITY} 2>/dev/null
        openssl req -newkey rsa:2048 -nodes -subj /CN=mail.example.org -keyout {KEY} \
            -out leaf.csr 2>/dev/null
        openssl x509 -req -in leaf.csr -CA {AUTHORITY} -CAkey ca.key -CAcreateserial -days 30 \
            -extfile leaf.ext -out {CERTIFICATE} 2>/dev/null
        chmod 644 {KEY}
        cp {KEY} {PRIVATE_KEY}
        chmod 600 {PRIVATE_KEY}
    """)


@dataclass(frozen=True)
class Postfix(Server):
    """Postfix, with Cyrus SASL on the ports that ask for passwords."""

    pipelining: bool = True
    title = "Postfix"
    layer = "postfix"
    package = "postfix"
    log_file = "/var/log/postfix.log"

    def launch(self, machine: Machine) -> None:
        """Start Postfix without chroot, each port a service of its own."""
        prepare_postfix(machine)
        boxes = " ".join(f"{{{name} = here}}" for name in accounts.MAILBOXES)
        level = "@SECLEVEL=0" if self.legacy else ""
        lowest = "TLSv1" if self.legacy else "TLSv1.2"
        machine.write(
            "/etc/postfix/main.cf",
            f"""
{POSTFIX_MAIN}
myhostname = mail.example.org
virtual_mailbox_domains = example.org
virtual_mailbox_maps = inline:{{ {boxes} }}
virtual_transport = discard
smtpd_tls_key_file = {KEY}
smtpd_tls_loglevel = 1
smtpd_tls_protocols = >={lowest}
smtpd_tls_mandatory_protocols = >={lowest}
tls_medium_cipherlist = DEFAULT{level}
smtpd_sasl_path = smtpd
smtpd_error_sleep_time = 0
smtpd_client_auth_rate_limit = 0
smtpd_client_port_logging = yes
smtpd_recipient_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_relay_restrictions =
""",
        )
        services = "".join(self._service(port, tls) for port, tls in self.ports.items())
        machine.write("/etc/postfix/master.cf", POSTFIX_MASTER + services)
        if self.auth:
            machine.write(
                "/etc/postfix/sasl/smtpd.conf",
                "pwcheck_method: auxprop\nauxprop_plugin: sasldb\n"
                "mech_list: PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-256\n",
            )
            for name, password in accounts.PASSWORDS.items():
                user, _, domain = name.partition("@")
                machine.run(["saslpasswd2", "-p", "-c", "-u", domain, user], stdin=password)
            machine.shell("chmod 644 /etc/sasldb2")
        machine.shell("postfix start >/dev/null 2>&1")

    def _service(self, port: int, tls: Tls) -> str:
        name = f"{self.address}:{port}" if self.address else str(port)
        options = {
            "smtpd_tls_security_level": "none" if tls is Tls.NONE else "may",
            "smtpd_tls_wrappermode": "yes" if tls is Tls.IMPLICIT else "no",
            "smtpd_tls_cert_file": self.certificate(tls),
            "smtpd_sasl_auth_enable": "yes" if self.auth else "no",
            "smtpd_discard_ehlo_keywords": "" if self.pipelining else "pipelining",
        }
        settings = "".join(f"  -o {key}={value}\n" for key, value in options.items())
        return f"{name} inet n - n - - smtpd\n{settings}"


POSTFIX_MAIN = """
compatibility_level = 3.6
maillog_file = /var/log/postfix.log
queue_directory = /var/spool/postfix
data_directory = /var/lib/postfix
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = all
inet_protocols = all
mynetworks = 127.0.0.0/8
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtp_address_preference = ipv4
"""

POSTFIX_MASTER = """
pickup unix n - n 1 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 discard
defer unix - - n - 0 discard
trace unix - - n - 0 discard
smtp unix - - n - - smtp
discard unix - - n - - discard
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
"""


def prepare_postfix(machine: Machine) -> None:
    """Give a machine the users and folders that Postfix wants."""
    machine.add_user("postfix", 990, "/var/spool/postfix")
    machine.shell(
        "echo postdrop:x:991: >>/etc/group; mkdir -p /var/lib/postfix /var/spool/postfix;"
        "chown postfix /var/lib/postfix; echo example.org >/etc/mailname"
    )


@dataclass(frozen=True)
class Exim(Server):
    """Exim with GnuTLS, as Debian builds it; recipients are checked while the client waits."""

    title = "Exim"
    layer = "exim"
    package = "exim4-daemon-light"
    log_file = "/var/log/exim4/mainlog"

    def launch(self, machine: Machine) -> None:
        """Start Exim's daemon with one configuration file."""
        prepare_exim(machine)
        modes = set(self.ports.values())
        offers = bool(modes & {Tls.STARTTLS, Tls.BROKEN})
        broken = Tls.BROKEN if Tls.BROKEN in modes else Tls.NONE
        implicit = [str(port) for port, tls in self.ports.items() if tls is Tls.IMPLICIT]
        text = EXIM.format(
            ports=" : ".join(map(str, self.ports)),
            implicit=" : ".join(implicit),
            offers="*" if offers else "",
            certificate=self.certificate(broken),
            key=KEY,
            interfaces=f"local_interfaces = <; {self.address}" if self.address else "",
            boxes=" : ".join(name.partition("@")[0] for name in accounts.MAILBOXES),
            authenticators=EXIM_AUTHENTICATORS if self.auth else "",
            passwords=" ".join(f"{name}={word}" for name, word in accounts.PASSWORDS.items()),
        )
        machine.write("/etc/exim4/exim4.conf", text, 0o640)
        machine.shell("chown root:Debian-exim /etc/exim4/exim4.conf; exim4 -bd")


def prepare_exim(machine: Machine) -> None:
    """Give a machine the user and folders that Exim wants."""
    machine.add_user("Debian-exim", 992, "/var/spool/exim4")
    machine.shell(
        "mkdir -p /var/spool/exim4 /var/log/exim4 /run/exim4;"
        "chown -R Debian-exim:Debian-exim /var/spool/exim4 /var/log/exim4 /run/exim4"
    )


EXIM = """
primary_hostname = mail.example.org
daemon_smtp_ports = {ports}
tls_on_connect_ports = {implicit}
tls_advertise_hosts = {offers}
tls_certificate = {certificate}
tls_privatekey = {key}
auth_advertise_hosts = *
chunking_advertise_hosts = *
pipelining_connect_advertise_hosts =
host_lookup =
rfc1413_hosts =
smtp_accept_max = 0
keep_environment =
acl_smtp_rcpt = recipient
acl_smtp_vrfy = everyone
log_selector = +received_recipients +tls_cipher +smtp_connection +smtp_no_mail +pipelining \
  +incoming_port
PASSWORDS = {passwords}
{interfaces}

begin acl
everyone:
  accept
recipient:
  deny domains = example.org
       ! local_parts = {boxes}
       message = Unknown user
  accept domains = example.org
  accept authenticated = *
  deny message = Relay not permitted

begin routers
everything:
  driver = redirect
  data = :blackhole:

begin authenticators
{authenticators}
"""

EXIM_AUTHENTICATORS = """
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${if eq{$auth3}{${extract{$auth2}{PASSWORDS}{$value}fail}}}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${if eq{$auth2}{${extract{$auth1}{PASSWORDS}{$value}fail}}}
  server_set_id = $auth1
"""


@dataclass(frozen=True)
class OpenSmtpd(Server):
    """OpenSMTPD, which never offers AUTH before TLS."""

    title = "OpenSMTPD"
    layer = "opensmtpd"
    package = "opensmtpd"
    log_file = "/var/log/smtpd.log"

    def launch(self, machine: Machine) -> None:
        """Start smtpd in the foreground of its own session, its words into the log."""
        machine.add_user("opensmtpd", 993, "/run/opensmtpd")
        machine.add_user("opensmtpq", 994, "/run/opensmtpd")
        machine.add_user("vmail", 995, "/var/mail")
        entries = []
        for name, password in accounts.PASSWORDS.items():
            hashed = machine.run(["openssl", "passwd", "-6", "-stdin"], stdin=password).stdout
            entries.append(f'"{name}" = "{hashed.strip()}"')
        boxes = ", ".join(f'"{name}" = "vmail"' for name in accounts.MAILBOXES)
        listeners = [self._listener(port, tls) for port, tls in self.ports.items()]
        lines = [
            f'pki mail.example.org cert "{CERTIFICATE}"',
            f'pki mail.example.org key "{PRIVATE_KEY}"',
            f"table people {{ {', '.join(entries)} }}",
            f"table boxes {{ {boxes} }}",
            *listeners,
            'action "drop" mda "/bin/cat >/dev/null" virtual <boxes>',
            'match from any for domain "example.org" action "drop"',
        ]
        machine.write("/etc/smtpd.conf", "\n".join(lines) + "\n")
        machine.shell(
            "mkdir -p /run/opensmtpd /var/spool/smtpd /var/mail;"
            "echo mail.example.org >/etc/mailname;"
            f"chmod 711 /var/spool/smtpd; setsid smtpd -d >{self.log_file} 2>&1 </dev/null &"
        )

    def _listener(self, port: int, tls: Tls) -> str:
        words = {Tls.NONE: "", Tls.STARTTLS: "tls", Tls.IMPLICIT: "smtps"}[tls]
        pki = "pki mail.example.org " if words else ""
        # smtpd refuses to start with passwords on a port without TLS
        auth = "auth-optional <people>" if self.auth and words else ""
        return f"listen on wire port {port} {words} {pki}{auth} hostname mail.example.org"


@dataclass(frozen=True)
class Aiosmtpd(Server):
    """aiosmtpd with our own authenticators, for what the others do not offer."""

    lmtp: bool = False
    mechanisms: tuple[str, ...] = ()
    title = "aiosmtpd"
    layer = ""
    package = "aiosmtpd"
    log_file = "/var/log/aiosmtpd.log"

    def launch(self, machine: Machine) -> None:
        """Start `aio_server.py` in a session of its own."""
        settings = {
            "address": self.address or SERVER,
            "ports": {str(port): str(tls) for port, tls in self.ports.items()},
            "lmtp": self.lmtp,
            "mechanisms": self.mechanisms if self.auth else (),
            "certificate": CERTIFICATE,
            "key": KEY,
        }
        program = f"{sys.executable} -m pcaps.record.aio_server '{json.dumps(settings)}'"
        machine.shell(f"setsid {program} >{self.log_file} 2>&1 </dev/null &")
