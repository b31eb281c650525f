from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.mime.links import LINK_TRAITS, link_facts


@pytest.mark.parametrize(
    ("url", "host", "traits"),
    [
        ("https://example.com/a", "example.com", None),
        ("https://example.com", "example.com", None),
        ("HTTPS://Example.COM:443/", "example.com", None),
        ("http://192.0.2.1/x", "192.0.2.1", ["ip_literal"]),
        ("http://3221225985/", "3221225985", ["ip_literal"]),
        ("http://[2001:db8::1]/", "[2001:db8::1]", ["ip_literal"]),
        ("http://xn--80ak6aa92e.com/", "xn--80ak6aa92e.com", ["punycode"]),
        ("http://b\u00e4nk.com/", "b\u00e4nk.com", ["non_ascii"]),
        ("https://bank.com@evil.net/", "evil.net", ["userinfo"]),
        ("https://evil.net\\@bank.com/", "evil.net", None),
        ("http://a.net:8080/", "a.net", ["odd_port"]),
        ("file://evil.net/share/x.rtf", "evil.net", ["file_scheme"]),
        ("https://a.net/?u=" + "http%3A%2F%2Fb.net" * 6, "a.net", ["many_redirects"]),
        ("https://a.net/?u=" + "http%3A%2F%2Fb.net" * 5, "a.net", None),
    ],
)
def test_a_url_shows_its_host_and_what_is_odd(
    url: str, host: str, traits: list[str] | None
) -> None:
    facts = link_facts([url], mismatch=False)
    assert (facts["email.url.hosts"], facts.get("email.url.traits")) == ([host], traits)


def test_each_host_is_named_once_in_order() -> None:
    urls = ["https://b.net/1", "https://b.net/2", "https://a.net/", "https://b.net:80/"]
    assert link_facts(urls, mismatch=True) == {
        "email.url.hosts": ["b.net", "a.net"],
        "email.url.traits": ["text_mismatch"],
    }


@given(
    st.lists(st.builds("{}://{}".format, st.sampled_from(["http", "file"]), st.text()), max_size=5)
)
def test_no_url_raises(urls: list[str]) -> None:
    traits = link_facts(urls, mismatch=False).get("email.url.traits", [])
    assert isinstance(traits, list)
    assert LINK_TRAITS.issuperset(map(str, traits))
