from __future__ import annotations

import base64
import json
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtpids.config import Limits
from smtpids.smtp.sasl import READERS, Exchange, decode_base64
from tests.support.attributes import attributes

SECRET = b"zQ7!lantern-Velvet#9"
USER = "smtp.auth.user"


def b64(octets: bytes) -> bytes:
    return base64.b64encode(octets)


def exchange(mechanism: str, *steps: bytes) -> Exchange:
    """Run an exchange: a step that begins with 334 is the server's, `+` an initial response."""
    made = Exchange(mechanism)
    for step in steps:
        if step.startswith(b"334 "):
            made.challenge(step[4:])
        elif step.startswith(b"+"):
            made.initial(step[1:])
        else:
            made.answer(step)
    return made


def scram_final() -> bytes:
    return b64(b"c=biws,r=abc,p=" + b64(SECRET))


COMPLETE: list[tuple[str, list[bytes], dict[str, object]]] = [
    (
        "PLAIN",
        [b"+" + b64(b"\x00alice\x00" + SECRET)],
        {USER: "alice", "smtp.auth.initial_response": True, "smtp.auth.length": 27},
    ),
    (
        "plain",
        [b"334 ", b64(b"boss\x00alice@example.org\x00" + SECRET)],
        {USER: "alice@example.org", "smtp.auth.authzid": "boss"},
    ),
    (
        "LOGIN",
        [b"334 " + b64(b"Username:"), b64(b"alice"), b"334 " + b64(b"Password:"), b64(SECRET)],
        {USER: "alice", "smtp.auth.initial_response": False, "smtp.auth.secret.common": False},
    ),
    (
        "LOGIN",
        [b"+" + b64(b"alice"), b"334 " + b64(b"Password:"), b64(SECRET)],
        {USER: "alice", "smtp.auth.initial_response": True, "smtp.auth.secret.empty": False},
    ),
    (
        "CRAM-MD5",
        [b"334 " + b64(b"<1@example.org>"), b64(b"al ice " + b"0123456789abcdef" * 2)],
        {USER: "al ice"},
    ),
    (
        "DIGEST-MD5",
        [
            b"334 " + b64(b'realm="example.org",nonce="x",algorithm=md5-sess'),
            b64(
                b'charset=utf-8,username="al\\"ice",realm="example.org",nonce="x",'
                b'response=0123456789abcdef0123456789abcdef,authzid="boss"'
            ),
            b"334 " + b64(b"rspauth=x"),
            b"",
        ],
        {USER: 'al"ice', "smtp.auth.realm": "example.org", "smtp.auth.authzid": "boss"},
    ),
    (
        "XOAUTH2",
        [b"+" + b64(b"user=a@example.org\x01auth=Bearer " + SECRET + b"\x01\x01")],
        {USER: "a@example.org", "smtp.auth.token_kind": "opaque"},
    ),
    (
        "XOAUTH2",
        [
            b"+" + b64(b"user=a@example.org\x01auth=Bearer eyJhbGciOiJub25lIn0.eyJ4.sig\x01\x01"),
            b"334 " + b64(b'{"status":"401"}'),
            b"",
        ],
        {USER: "a@example.org", "smtp.auth.token_kind": "jwt"},
    ),
    (
        "OAUTHBEARER",
        [
            b"+" + b64(b"n,a=a=2Cb@example.org,\x01host=mx\x01auth=Bearer " + SECRET + b"\x01\x01"),
            b"334 e30=",
            b64(b"\x01"),
        ],
        {USER: "a,b@example.org", "smtp.auth.token_kind": "opaque"},
    ),
    (
        "SCRAM-SHA-256",
        [b"+" + b64(b"n,,n=al=3Dice,r=abc"), b"334 cj1hYmM=", scram_final(), b"334 dj1k", b""],
        {USER: "al=ice"},
    ),
    (
        "SCRAM-SHA-1-PLUS",
        [b"334 ", b64(b"p=tls-unique,a=boss,n=alice,r=abc"), b"334 cj1hYmM=", scram_final()],
        {USER: "alice", "smtp.auth.authzid": "boss"},
    ),
    ("EXTERNAL", [b"+="], {"smtp.auth.length": 0}),
    ("EXTERNAL", [b"+" + b64(b"boss")], {"smtp.auth.authzid": "boss"}),
    ("ANONYMOUS", [b"334 ", b64(b"guest@example.org")], {USER: "guest@example.org"}),
    ("GSSAPI", [b"+" + b64(bytes(300))], {"smtp.auth.length": 300}),
    (
        "NTLM",
        [b"+" + b64(b"NTLMSSP\x00\x01\x00\x00\x00\x07\xb2\x00\x00")],
        {"smtp.auth.ntlm.stage": 1},
    ),
    ("X-SECRET", [b"+" + b64(SECRET)], {"smtp.auth.length": len(SECRET)}),
]


@pytest.mark.parametrize(("mechanism", "steps", "facts"), COMPLETE)
def test_an_exchange_tells_its_names(
    mechanism: str, steps: list[bytes], facts: dict[str, object]
) -> None:
    told = exchange(mechanism, *steps).facts()
    assert facts == {name: told.get(name) for name in facts}
    assert told["smtp.auth.malformed"] is False
    assert told["smtp.auth.base64_valid"] is True
    assert told["smtp.auth.cancelled"] is False


@pytest.mark.parametrize("mechanism", ["X-SECRET", "GSSAPI", "EXTERNAL"])
def test_mechanisms_without_a_visible_secret_judge_none(mechanism: str) -> None:
    told = exchange(mechanism, b"+" + b64(b"token")).facts()
    assert not [name for name in told if name.startswith("smtp.auth.secret")]
    assert USER not in told


@pytest.mark.parametrize(
    ("secret", "flags"),
    [
        (b"", (True, False, False)),
        (b"alice", (False, True, False)),
        (b"Alice@Example.org", (False, True, False)),
        (b"Password", (False, False, True)),
        (SECRET, (False, False, False)),
    ],
)
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_a_secret_is_reduced_to_flags(
    mechanism: str, secret: bytes, flags: tuple[bool, bool, bool]
) -> None:
    user = b"alice@example.org"
    steps = (
        [b64(b"\x00" + user + b"\x00" + secret)]
        if mechanism == "PLAIN"
        else [
            b64(user),
            b64(secret),
        ]
    )
    told = exchange(mechanism, *steps).facts()
    names = ("empty", "is_user", "common")
    assert flags == tuple(told[f"smtp.auth.secret.{name}"] for name in names)


def test_the_account_of_a_windows_domain_counts_as_the_user() -> None:
    told = exchange("LOGIN", b64(b"CORP\\alice"), b64(b"ALICE")).facts()
    assert told["smtp.auth.secret.is_user"] is True


def test_an_asterisk_cancels() -> None:
    told = exchange("LOGIN", b"334 VXNlcm5hbWU6", b"*").facts()
    assert told["smtp.auth.cancelled"] is True
    assert USER not in told


def test_a_user_asked_for_twice_is_not_a_secret() -> None:
    told = exchange(
        "LOGIN",
        b"+" + b64(b"alice"),
        b"334 " + b64(b"Username:"),
        b64(b"alice"),
        b"334 " + b64(b"Password:"),
        b64(SECRET),
    ).facts()
    assert told[USER] == "alice"
    assert told["smtp.auth.secret.is_user"] is False


def test_an_empty_initial_response_leaves_the_user_to_be_asked_for() -> None:
    told = exchange(
        "LOGIN", b"+=", b"334 " + b64(b"Username:"), b64(b"alice"), b"334 UGFzc3dvcmQ6", b64(SECRET)
    ).facts()
    assert told[USER] == "alice"
    assert told["smtp.auth.secret.empty"] is False


@pytest.mark.parametrize("prompt", [b64(b"Password:"), b"Password:", b"password"])
def test_what_answers_a_request_for_the_password_is_never_a_name(prompt: bytes) -> None:
    made = exchange("LOGIN", b"334 " + prompt, b64(SECRET))
    assert USER not in made.facts()
    assert made.facts()["smtp.auth.secret.empty"] is False


#: Responses that have not the form of their mechanism, where a name would be a guess.
ODD: list[tuple[str, bytes]] = [
    ("PLAIN", SECRET),
    ("PLAIN", b"alice\x00" + SECRET),
    ("PLAIN", b"\x00\x00" + SECRET),
    ("CRAM-MD5", SECRET),
    ("CRAM-MD5", b"alice " + SECRET),
    ("DIGEST-MD5", SECRET),
    ("DIGEST-MD5", b'username="' + SECRET),
    ("XOAUTH2", SECRET),
    ("XOAUTH2", b"user=alice auth=Bearer " + SECRET),
    ("OAUTHBEARER", SECRET),
    ("OAUTHBEARER", b"n,a=alice auth=Bearer " + SECRET + b",x"),
    ("SCRAM-SHA-256", SECRET),
    ("SCRAM-SHA-256", b"n,,n=" + SECRET),
]


@pytest.mark.parametrize(("mechanism", "response"), ODD)
def test_a_response_without_the_form_of_its_mechanism_names_nobody(
    mechanism: str, response: bytes
) -> None:
    told = exchange(mechanism, b"+" + b64(response)).facts()
    assert told["smtp.auth.malformed"] is True
    assert USER not in told


def test_a_nul_in_a_password_is_malformed() -> None:
    told = exchange("PLAIN", b"+" + b64(b"\x00alice\x00" + SECRET + b"\x00x")).facts()
    assert told["smtp.auth.malformed"] is True
    assert told[USER] == "alice"


@pytest.mark.parametrize("user", [b"ali\x00ce", b"alice\r\nRSET", b"al\nice"])
def test_a_line_break_in_a_name_is_malformed_and_escaped(user: bytes) -> None:
    told = exchange("LOGIN", b64(user)).facts()
    assert told["smtp.auth.malformed"] is True
    assert str(told[USER]).isprintable()


def every_shape(secret: bytes) -> list[Exchange]:
    """Return every exchange above, whole and odd, at each of its moments."""
    made = []
    for mechanism, steps, _ in COMPLETE:
        made += [exchange(mechanism, *steps[:count]) for count in range(len(steps) + 1)]
    made += [exchange(mechanism, b"+" + b64(response)) for mechanism, response in ODD]
    made += [exchange(mechanism, b"+" + secret) for mechanism in READERS if mechanism != "LOGIN"]
    return made


def test_the_secret_is_nowhere_in_an_exchange() -> None:
    for made in every_shape(SECRET):
        held = {name: getattr(made, name) for name in attributes(Exchange)}
        shown = repr(made) + repr(held) + json.dumps(made.facts())
        stored = pickle.dumps(made)
        for form in (SECRET, b64(SECRET), b64(SECRET).rstrip(b"="), SECRET.hex().encode()):
            assert form.decode() not in shown
            assert form not in stored


@pytest.mark.parametrize(
    ("line", "octets", "valid"),
    [
        (b"YWxpY2U=", b"alice", True),
        (b"YWxpY2U=\r\n", b"alice", True),
        (b"", b"", True),
        (b"YWxpY2U", b"alice", False),
        (b"YWxp Y2U=", b"alice", False),
        (b"YWxp!Y2U=", b"alice", False),
        (b"YWxpY2U=AHg=", b"alice\x00x", False),
        (b"YWxpY", b"ali", False),
        (b"====", b"", False),
    ],
)
def test_what_can_be_decoded_is(line: bytes, octets: bytes, valid: bool) -> None:
    assert decode_base64(line) == (octets, valid)


def test_bad_base64_is_noted_and_the_user_read() -> None:
    told = exchange("PLAIN", b"+" + b64(b"\x00alice\x00" + SECRET).rstrip(b"=") + b"!").facts()
    assert told["smtp.auth.base64_valid"] is False
    assert told[USER] == "alice"


@pytest.mark.parametrize(("line", "length"), [(b"!!!!", 4), (b"=", 0), (b"", 0), (b"!", 1)])
def test_what_cannot_be_decoded_at_all_was_sent_all_the_same(line: bytes, length: int) -> None:
    told = exchange("LOGIN", b"334 ", line).facts()
    assert told["smtp.auth.length"] == length


@pytest.mark.parametrize(("line", "unpadded"), [(b"YWI", True), (b"YWI=", False), (b"YQ", False)])
def test_three_digits_at_the_end_without_padding_are_noted(line: bytes, unpadded: bool) -> None:
    told = exchange("PLAIN", b"+" + line).facts()
    assert told["smtp.auth.base64_unpadded"] is unpadded


def test_the_longest_line_of_rfc_4954_is_read() -> None:
    told = exchange("GSSAPI", b"+" + b64(bytes(12288 // 4 * 3))).facts()
    assert told["smtp.auth.length"] == 9216
    assert told["smtp.auth.base64_valid"] is True


def test_names_are_bounded() -> None:
    made = Exchange("LOGIN" + "x" * 500, Limits(text_chars=8))
    assert len(made.mechanism) == 64
    made = Exchange("login", Limits(text_chars=8))
    made.initial(b64(b"a" * 9000))
    assert made.facts()[USER] == "aaaaaaa…"


MECHANISMS = [*READERS, "SCRAM-SHA-1", "unknown"]


@settings(max_examples=200)
@given(
    st.sampled_from(MECHANISMS),
    st.lists(
        st.tuples(
            st.sampled_from(["initial", "challenge", "answer"]),
            st.one_of(st.binary(max_size=40), st.binary(max_size=60).map(base64.b64encode)),
        ),
        max_size=5,
    ),
)
def test_no_exchange_raises(mechanism: str, steps: list[tuple[str, bytes]]) -> None:
    made = Exchange(mechanism)
    for step, octets in steps:
        getattr(made, step)(octets)
    for name, value in made.facts().items():
        assert name.startswith("smtp.auth.")
        assert isinstance(value, str | int)
        json.dumps(value).encode("utf-8")


@given(st.binary(min_size=6, max_size=40), st.sampled_from(["PLAIN", "LOGIN"]))
def test_no_password_is_told(secret: bytes, mechanism: str) -> None:
    steps = [b64(b"\x00usr\x00" + secret)] if mechanism == "PLAIN" else [b64(b"usr"), b64(secret)]
    made = exchange(mechanism, *steps)
    assert made.facts()[USER] == "usr"
    assert secret not in pickle.dumps(made) or secret in pickle.dumps(
        exchange(mechanism, *(steps[:-1]))
    )
