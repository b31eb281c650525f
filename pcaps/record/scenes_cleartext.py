"""Scenes of mail without the protection it should have: clear passwords, refused or old TLS."""

from __future__ import annotations

from pcaps.record import accounts
from pcaps.record.accounts import (
    ALICE,
    ALICE_PASSWORD,
    BOB,
    CAROL,
    TOKEN,
    WRONG_PASSWORDS,
)
from pcaps.record.machines import SERVER
from pcaps.record.scene import Letter, Login, Scene, Session, Stage
from pcaps.record.scenes_ordinary import smtplib
from pcaps.record.servers import AUTHORITY, Aiosmtpd, Exim, OpenSmtpd, Postfix, Tls

SWAKS_11 = accounts.letter(11, ALICE, BOB)
MSMTP_12 = accounts.letter(12, ALICE, BOB)
CURL_13 = accounts.letter(13, ALICE, BOB)
CURL_14 = accounts.letter(14, ALICE, CAROL)
SWAKS_15 = accounts.letter(15, ALICE, BOB)
CURL_16 = accounts.letter(16, ALICE, BOB)
CURL_17 = accounts.letter(17, ALICE, BOB)
MSMTP_18 = accounts.letter(18, ALICE, BOB)
CURL_20 = accounts.letter(20, ALICE, BOB)

WRONG = WRONG_PASSWORDS[3]


def _plain(stage: Stage) -> None:
    login = ("-a", "PLAIN", "-au", ALICE, "-ap", ALICE_PASSWORD)
    stage.swaks("-p", "587", *login, "-f", ALICE, "-t", BOB, letter=SWAKS_11)


def _login_refused(stage: Stage) -> None:
    # 67: curl's "login denied"
    options = ("--login-options", "AUTH=LOGIN", "--user", f"{BOB}:{WRONG}")
    envelope = ("--mail-from", BOB, "--mail-rcpt", ALICE)
    stage.curl(f"smtp://{SERVER}:587", *options, *envelope, letter=CURL_13, codes=(67,))


def _challenges(stage: Stage) -> None:
    for mechanism in ("cram-md5", "digest-md5", "scram-sha-256"):
        stage.client.write("/run/password", ALICE_PASSWORD)
        login = (f"--auth={mechanism}", f"--user={ALICE}", "--passwordeval=cat /run/password")
        stage.msmtp("--port=587", *login, f"--from={ALICE}", letter=MSMTP_18, recipients=(BOB,))


def _no_tls(stage: Stage) -> None:
    stage.msmtp("--port=25", f"--from={ALICE}", letter=MSMTP_12, recipients=(BOB,))


def _not_used(stage: Stage) -> None:
    stage.curl(f"smtp://{SERVER}:25", "--mail-from", ALICE, "--mail-rcpt", CAROL, letter=CURL_14)


def _refused_by_postfix(stage: Stage) -> None:
    stage.swaks("-p", "25", "-tlso", "-f", ALICE, "-t", BOB, letter=SWAKS_15)


def _refused_by_exim(stage: Stage) -> None:
    # --ssl: TLS if possible, else without
    login = ("--ssl", "--user", f"{ALICE}:{ALICE_PASSWORD}")
    envelope = ("--mail-from", ALICE, "--mail-rcpt", BOB)
    stage.curl(f"smtp://{SERVER}:587", *login, *envelope, letter=CURL_16)


def _token(stage: Stage, mechanism: str, token: str, *options: str) -> None:
    login = ("--user", ALICE, "--oauth2-bearer", token, "--login-options", f"AUTH={mechanism}")
    envelope = ("--mail-from", ALICE, "--mail-rcpt", BOB)
    codes = (0,) if token == TOKEN else (67,)
    url = f"smtp://{SERVER}:587"
    stage.curl(url, *login, *options, *envelope, letter=CURL_17, codes=codes)


def _xoauth2(stage: Stage) -> None:
    _token(stage, "XOAUTH2", TOKEN, "--sasl-ir")
    _token(stage, "XOAUTH2", WRONG)


def _oauthbearer(stage: Stage) -> None:
    _token(stage, "OAUTHBEARER", TOKEN, "--sasl-ir")


SAID_BY_HAND = """
for line in 'EHLO client.example.net' 'MAIL FROM:<alice@example.org>' 'RCPT TO:<bob@example.org>' \\
    DATA 'Subject: By hand\n\nOver old TLS.\n.' QUIT
do sleep 0.4; printf "$line\n"
done | openssl s_client -quiet -crlf -starttls smtp -name client.example.net \\
    -tls1 -cipher DEFAULT@SECLEVEL=0 -CAfile {authority} -connect {server}:587 2>/dev/null
"""


def _tls_1_0(stage: Stage) -> None:
    stage.client.shell(SAID_BY_HAND.format(authority=AUTHORITY, server=SERVER))


def _tls_1_1(stage: Stage) -> None:
    old = ("--tlsv1.0", "--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0")
    login = ("--cacert", AUTHORITY, "--user", f"{ALICE}:{ALICE_PASSWORD}")
    envelope = ("--mail-from", ALICE, "--mail-rcpt", BOB, "--login-options", "AUTH=PLAIN")
    stage.curl("smtps://mail.example.org:465", *old, *login, *envelope, letter=CURL_20)


def _handshake_fails(stage: Stage) -> None:
    # 29: swaks's "TLS failed"
    stage.swaks("-p", "587", "-tls", "-f", ALICE, "-t", BOB, codes=(29,))


def _three_failures() -> Session:
    return Session("offered", logins=(Login("LOGIN", ALICE, "failure"),) * 3)


SCENES = (
    Scene(
        "auth-plain-587.pcap",
        "AUTH PLAIN in clear, accepted; the server offers no STARTTLS",
        "swaks",
        Exim({587: Tls.NONE}, auth=True),
        587,
        _plain,
        (
            Session(
                logins=(Login("PLAIN", ALICE, "success"),),
                letters=(Letter(ALICE, (BOB,), octets=SWAKS_11),),
            ),
        ),
        ("auth_before_tls",),
        ("submission_mail_without_tls",),
    ),
    Scene(
        "auth-plain-587-starttls-offered.pcap",
        "STARTTLS is offered and not used; AUTH PLAIN in clear, accepted",
        "smtplib",
        Exim({587: Tls.STARTTLS}, auth=True),
        587,
        smtplib("login_in_clear"),
        (
            Session(
                "offered",
                logins=(Login("PLAIN", ALICE, "success"),),
                letters=(Letter(ALICE, (BOB,), octets=accounts.letter(22, ALICE, BOB)),),
            ),
        ),
        ("auth_before_tls", "starttls_offered_not_used"),
        ("submission_mail_without_tls",),
    ),
    Scene(
        "auth-login-failed-587.pcap",
        "AUTH LOGIN in clear, refused with 535",
        "curl",
        Exim({587: Tls.STARTTLS}, auth=True),
        587,
        _login_refused,
        (Session("offered", logins=(Login("LOGIN", BOB, "failure"),), quit=False),),
        ("auth_before_tls", "starttls_offered_not_used"),
    ),
    Scene(
        "failed-logins-587.pcap",
        "Two sessions with three wrong passwords each, then a third with the right one",
        "smtplib",
        Postfix({587: Tls.STARTTLS}, auth=True),
        587,
        smtplib("failed_logins"),
        (
            _three_failures(),
            _three_failures(),
            Session(
                "offered",
                logins=(Login("CRAM-MD5", ALICE, "success"),),
                letters=(Letter(ALICE, (BOB,), octets=accounts.letter(27, ALICE, BOB)),),
            ),
        ),
        ("auth_before_tls", "starttls_offered_not_used"),
        ("auth_success_after_failures", "auth_weak_mechanism", "submission_mail_without_tls"),
    ),
    Scene(
        "auth-challenges-587.pcap",
        "Three sessions: CRAM-MD5, DIGEST-MD5 and SCRAM-SHA-256 in clear, all accepted",
        "msmtp",
        Postfix({587: Tls.NONE}, auth=True),
        587,
        _challenges,
        tuple(
            Session(
                logins=(Login(mechanism, ALICE, "success"),),
                letters=(Letter(ALICE, (BOB,), octets=MSMTP_18),),
            )
            for mechanism in ("CRAM-MD5", "DIGEST-MD5", "SCRAM-SHA-256")
        ),
        possible=("auth_before_tls", "auth_weak_mechanism", "submission_mail_without_tls"),
    ),
    Scene(
        "xoauth2-587.pcap",
        "Two sessions with XOAUTH2 in clear: accepted at once, refused after a challenge",
        "curl",
        Aiosmtpd({587: Tls.NONE}, auth=True, mechanisms=("XOAUTH2",)),
        587,
        _xoauth2,
        (
            Session(
                logins=(Login("XOAUTH2", ALICE, "success"),),
                letters=(Letter(ALICE, (BOB,), octets=CURL_17),),
            ),
            Session(logins=(Login("XOAUTH2", ALICE, "failure"),), quit=False),
        ),
        ("auth_before_tls", "auth_token_in_clear"),
        ("submission_mail_without_tls",),
    ),
    Scene(
        "oauthbearer-587.pcap",
        "OAUTHBEARER in clear, accepted",
        "curl",
        Aiosmtpd({587: Tls.NONE}, auth=True, mechanisms=("OAUTHBEARER",)),
        587,
        _oauthbearer,
        (
            Session(
                logins=(Login("OAUTHBEARER", ALICE, "success"),),
                letters=(Letter(ALICE, (BOB,), octets=CURL_17),),
            ),
        ),
        ("auth_before_tls", "auth_token_in_clear"),
        ("submission_mail_without_tls",),
    ),
    Scene(
        "port-25-no-tls.pcap",
        "One message on port 25; the server offers no STARTTLS",
        "msmtp",
        OpenSmtpd({25: Tls.NONE}),
        25,
        _no_tls,
        (Session(letters=(Letter(ALICE, (BOB,), octets=MSMTP_12),)),),
        ("port_25_no_tls",),
    ),
    Scene(
        "port-25-starttls-not-used.pcap",
        "One message on port 25 in clear although STARTTLS is offered",
        "curl",
        Postfix({25: Tls.STARTTLS}),
        25,
        _not_used,
        (Session("offered", letters=(Letter(ALICE, (CAROL,), octets=CURL_14),)),),
        ("port_25_no_tls",),
        ("starttls_offered_not_used",),
    ),
    Scene(
        "port-465-cleartext.pcap",
        "A server set up wrongly: SMTP in clear on port 465, with AUTH and a message",
        "smtplib",
        Exim({465: Tls.NONE}, auth=True),
        465,
        smtplib("clear_on_465"),
        (
            Session(
                logins=(Login("PLAIN", BOB, "success"),),
                letters=(Letter(BOB, (CAROL,), octets=accounts.letter(23, BOB, CAROL)),),
            ),
        ),
        ("auth_before_tls", "port_465_cleartext"),
    ),
    Scene(
        "starttls-refused-auth-587.pcap",
        "STARTTLS gets 454 (no certificate); the client logs in and sends in clear",
        "curl",
        Exim({587: Tls.BROKEN}, auth=True),
        587,
        _refused_by_exim,
        (
            Session(
                "refused",
                logins=(Login("PLAIN", ALICE, "success"),),
                letters=(Letter(ALICE, (BOB,), octets=CURL_16),),
            ),
        ),
        ("auth_before_tls", "starttls_refused_then_cleartext"),
        ("submission_mail_without_tls",),
    ),
    Scene(
        "starttls-refused-25.pcap",
        "STARTTLS gets 454 (no certificate); the client sends in clear, without AUTH",
        "swaks",
        Postfix({25: Tls.BROKEN}),
        25,
        _refused_by_postfix,
        (Session("refused", letters=(Letter(ALICE, (BOB,), octets=SWAKS_15),)),),
        ("port_25_no_tls",),
        ("starttls_refused_then_cleartext",),
    ),
    Scene(
        "tls10-starttls-587.pcap",
        "TLS 1.0 agreed on after STARTTLS",
        "openssl",
        Postfix({587: Tls.STARTTLS}, legacy=True),
        587,
        _tls_1_0,
        (Session("established", "TLSv1", letters=(Letter(ALICE, (BOB,)),), hidden=True),),
        ("tls_legacy_version",),
    ),
    Scene(
        "tls11-465.pcap",
        "TLS 1.1 agreed on with implicit TLS",
        "curl",
        Postfix({465: Tls.IMPLICIT}, auth=True, legacy=True),
        465,
        _tls_1_1,
        (
            Session(
                tls="TLSv1.1",
                logins=(Login("PLAIN", ALICE, "success"),),
                letters=(Letter(ALICE, (BOB,)),),
                hidden=True,
            ),
        ),
        ("tls_legacy_version",),
    ),
    Scene(
        "tls-handshake-fails-587.pcap",
        "STARTTLS is accepted, the server closes in the middle of the handshake",
        "swaks",
        OpenSmtpd({587: Tls.STARTTLS}, auth=True),
        587,
        _handshake_fails,
        (Session("accepted", quit=False),),
    ),
)
