"""Scenes of ordinary mail: nothing in them is an attack, and those with TLS must raise no alert."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pcaps.record import accounts
from pcaps.record.accounts import ALICE, ALICE_PASSWORD, BOB, CAROL, NOBODY, OUTSIDER
from pcaps.record.captures import Capture
from pcaps.record.machines import CLIENT6, SERVER, SERVER6
from pcaps.record.scene import Letter, Login, Scene, Session, Stage
from pcaps.record.servers import (
    AUTHORITY,
    POSTFIX_MAIN,
    POSTFIX_MASTER,
    Aiosmtpd,
    Exim,
    OpenSmtpd,
    Postfix,
    Tls,
    prepare_exim,
    prepare_postfix,
)

if TYPE_CHECKING:
    from collections.abc import Callable

SMTPLIB_21 = accounts.letter(21, ALICE, BOB)
CURL_1 = accounts.letter(1, ALICE, BOB)
MSMTP_2 = accounts.letter(2, ALICE, CAROL)
SWAKS_3 = accounts.letter(3, ALICE, BOB)
ATTACHED_4 = accounts.letter_with_attachment(4, ALICE, BOB)
SWAKS_5 = accounts.letter(5, ALICE, BOB)
SWAKS_6 = accounts.letter(6, ALICE, BOB)
SENT_7 = accounts.letter_with_attachment(7, ALICE, BOB)
SENT_8 = accounts.letter_with_attachment(8, ALICE, BOB)
LONG_9 = accounts.letter_with_attachment(9, ALICE, BOB)
LOCAL_10 = accounts.letter(10, ALICE, BOB)

CLEAR_25 = ("port_25_no_tls",)


def smtplib(act: str) -> Callable[[Stage], object]:
    """Return the act of running one of `python_client.py`'s sessions."""
    return lambda stage: stage.python("python_client", act)


def _implicit(stage: Stage) -> None:
    stage.curl(
        "smtps://mail.example.org:465",
        *("--cacert", AUTHORITY, "--user", f"{ALICE}:{ALICE_PASSWORD}"),
        *("--mail-from", ALICE, "--mail-rcpt", BOB),
        letter=CURL_1,
    )


def _msmtp_starttls(stage: Stage) -> None:
    stage.client.write("/run/password", ALICE_PASSWORD)
    stage.msmtp(
        *("--port=587", "--tls=on", "--tls-starttls=on", f"--tls-trust-file={AUTHORITY}"),
        *("--auth=plain", f"--user={ALICE}", "--passwordeval=cat /run/password"),
        f"--from={ALICE}",
        letter=MSMTP_2,
        recipients=(CAROL,),
    )


def _pipelined(stage: Stage) -> None:
    stage.swaks("--pipeline", "-p", "25", "-f", ALICE, "-t", f"{BOB},{CAROL}", letter=SWAKS_3)


def _attached(stage: Stage) -> None:
    stage.swaks("-p", "25", "-f", ALICE, "-t", BOB, letter=ATTACHED_4)


def _some_refused(stage: Stage) -> None:
    to = f"{NOBODY},{BOB},{OUTSIDER}"
    stage.swaks("-p", "25", "-f", ALICE, "-t", to, letter=SWAKS_5)


def _lmtp(stage: Stage) -> None:
    to = f"{BOB},{CAROL}"
    stage.swaks("--protocol", "LMTP", "-p", "24", "-f", ALICE, "-t", to, letter=SWAKS_6)


EXIM_SENDER = f"""
primary_hostname = client.example.net
keep_environment =
begin routers
relay:
  driver = manualroute
  route_list = * {SERVER} byname
  transport = relay
begin transports
relay:
  driver = smtp
  hosts_avoid_tls = *
  hosts_try_chunking = *
"""


def _sent_by_exim(stage: Stage) -> None:
    prepare_exim(stage.client)
    stage.client.write("/etc/exim4/exim4.conf", EXIM_SENDER, 0o644)
    text = SENT_7.replace(b"\r\n", b"\n").decode()
    stage.client.run(["exim4", "-odf", "-f", ALICE, BOB, CAROL], stdin=text)


POSTFIX_SENDER = f"""
myhostname = client.example.net
relayhost = [{SERVER}]
default_transport = smtp
smtp_tls_security_level = none
"""


def _sent_by_postfix(stage: Stage) -> None:
    prepare_postfix(stage.client)
    stage.client.write("/etc/postfix/main.cf", POSTFIX_MAIN + POSTFIX_SENDER)
    stage.client.write("/etc/postfix/master.cf", POSTFIX_MASTER)
    stage.client.shell("postfix start >/dev/null 2>&1")
    text = SENT_8.replace(b"\r\n", b"\n").decode()
    stage.client.run(["sendmail", "-f", ALICE, BOB, CAROL], stdin=text)
    stage.wait_for_log("status=sent", "/var/log/postfix.log")


def _lossy(stage: Stage) -> None:
    envelope = ("--mail-from", ALICE, "--mail-rcpt", BOB)
    stage.curl("smtp://mail.example.org:25", *envelope, letter=LONG_9)


def _on_loopback(stage: Stage) -> None:
    path = "/run/letter"
    stage.server.write(path, LOCAL_10.decode().removesuffix("\r\n"))
    here = ["--server", "127.0.0.1", "-p", "25", "--ehlo", "localhost"]
    stage.server.run(["swaks", *here, "-f", ALICE, "-t", BOB, "--data", f"@{path}"])


def _several() -> tuple[Letter, ...]:
    both = (ALICE, CAROL)
    return (
        Letter(ALICE, (BOB,), octets=accounts.letter(24, ALICE, BOB)),
        Letter(BOB, (CAROL,), octets=accounts.letter(25, BOB, CAROL)),
        Letter(BOB, both, octets=accounts.letter(26, BOB, ", ".join(both))),
    )


SCENES = (
    Scene(
        "starttls-25.pcap",
        "Mail between servers as it should be: STARTTLS, TLS 1.3, one message",
        "smtplib",
        Postfix({25: Tls.STARTTLS}),
        25,
        smtplib("starttls"),
        (Session("established", "TLSv1.3", (), (Letter(ALICE, (BOB,)),), hidden=True),),
    ),
    Scene(
        "implicit-tls-465.pcapng",
        "Submission over implicit TLS with AUTH inside it; pcapng",
        "curl",
        Exim({465: Tls.IMPLICIT}, auth=True),
        465,
        _implicit,
        (
            Session(
                tls="TLSv1.3",
                logins=(Login("PLAIN", ALICE, "success"),),
                letters=(Letter(ALICE, (BOB,)),),
                hidden=True,
            ),
        ),
    ),
    Scene(
        "starttls-auth-587.pcap",
        "Submission: STARTTLS first, AUTH inside TLS",
        "msmtp",
        Postfix({587: Tls.STARTTLS}, auth=True),
        587,
        _msmtp_starttls,
        (
            Session(
                "established",
                "TLSv1.3",
                (Login("PLAIN", ALICE, "success"),),
                (Letter(ALICE, (CAROL,)),),
                hidden=True,
            ),
        ),
    ),
    Scene(
        "several-letters-rset-ipv6.pcap",
        "Three messages in one session over IPv6, an envelope dropped by RSET between them",
        "smtplib",
        OpenSmtpd({25: Tls.NONE}),
        25,
        smtplib("several_letters"),
        (Session(letters=_several(), ends=(CLIENT6, SERVER6)),),
        CLEAR_25,
    ),
    Scene(
        "pipelining.pcap",
        "MAIL, two RCPT and DATA in one segment, as PIPELINING allows",
        "swaks",
        Postfix({25: Tls.NONE}),
        25,
        _pipelined,
        (Session(letters=(Letter(ALICE, (BOB, CAROL), octets=SWAKS_3),)),),
        CLEAR_25,
    ),
    Scene(
        "bdat.pcap.zst",
        "Exim hands a message with an attachment to Postfix by BDAT; zstd-compressed",
        "exim",
        Postfix({25: Tls.NONE}),
        25,
        _sent_by_exim,
        (Session(letters=(Letter(ALICE, (BOB, CAROL), framing="BDAT"),)),),
        CLEAR_25,
        client_layers=("exim",),
    ),
    Scene(
        "attachment.pcap.gz",
        "A multipart message with a base64 attachment of 6,144 octets; gzip-compressed",
        "swaks",
        OpenSmtpd({25: Tls.NONE}),
        25,
        _attached,
        (Session(letters=(Letter(ALICE, (BOB,), octets=ATTACHED_4),)),),
        CLEAR_25,
    ),
    Scene(
        "rejected-recipients.pcap",
        "Of three recipients two are refused with 550, then the message is sent; SLL2",
        "swaks",
        Exim({25: Tls.NONE}),
        25,
        _some_refused,
        (Session(letters=(Letter(ALICE, (BOB,), (NOBODY, OUTSIDER), SWAKS_5),)),),
        CLEAR_25,
        capture=Capture(interfaces=("any",), options=("-y", "LINUX_SLL2")),
        link="Linux SLL2",
    ),
    Scene(
        "lmtp-24.pcap",
        "LMTP: LHLO, and a reply for each recipient after the end of data",
        "swaks",
        Aiosmtpd({24: Tls.NONE}, lmtp=True),
        24,
        _lmtp,
        (Session(letters=(Letter(ALICE, (BOB, CAROL), octets=SWAKS_6),)),),
        possible=("smtp_nonstandard_port",),
    ),
    Scene(
        "postfix-to-exim.pcap",
        "Server to server, pipelined by Postfix, two recipients, an attachment; SLL",
        "postfix",
        Exim({25: Tls.NONE}),
        25,
        _sent_by_postfix,
        (Session(letters=(Letter(ALICE, (BOB, CAROL)),)),),
        CLEAR_25,
        capture=Capture(interfaces=("any",), options=("-y", "LINUX_SLL")),
        client_layers=("postfix",),
        link="Linux SLL",
    ),
    Scene(
        "lossy-path.pcap",
        "Segments lost, doubled and out of order on the way, seen from the server; nanoseconds",
        "curl",
        Exim({25: Tls.NONE}),
        25,
        _lossy,
        (Session(letters=(Letter(ALICE, (BOB,), octets=LONG_9),)),),
        CLEAR_25,
        capture=Capture(at_server=True, options=("--time-stamp-precision=nano",)),
        bad_cable=True,
    ),
    Scene(
        "loopback-25.pcap",
        "A program on the server's own machine over 127.0.0.1, with the checksums unfilled",
        "swaks",
        Postfix({25: Tls.NONE}),
        25,
        _on_loopback,
        (
            Session(
                letters=(Letter(ALICE, (BOB,), octets=LOCAL_10),), ends=("127.0.0.1", "127.0.0.1")
            ),
        ),
        possible=CLEAR_25,
        capture=Capture(at_server=True, interfaces=("lo",)),
    ),
)
