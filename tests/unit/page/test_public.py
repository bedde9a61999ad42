"""Public addresses of a page behind a proxy, and whose word for a client's address counts."""

import pytest

from hil.neighbours.this_machine import handed_on
from hil.page.public import neighbourhood, proxies_of, public_of
from twin.errors import BadInput


@pytest.mark.parametrize(
    ("text", "origin", "address"),
    [
        ("https://hukka.example.fi", "https://hukka.example.fi", "https://hukka.example.fi/"),
        ("https://Hukka.Example.fi:443/", "https://hukka.example.fi", "https://hukka.example.fi/"),
        (
            "https://a.example:8443/hukka/",
            "https://a.example:8443",
            "https://a.example:8443/hukka/",
        ),
        ("https://[2001:db8::7]/x/y", "https://[2001:db8::7]", "https://[2001:db8::7]/x/y/"),
    ],
)
def test_public_addresses(text, origin, address):
    found = public_of(text)
    assert (found.origin, found.address) == (origin, address)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("http://hukka.example.fi", "plain http"),
        ("hukka.example.fi", "must be https://"),
        ("https://", "must be https://"),
        ("https://a.example:99999", "must be https://"),
        ("https://*.example", "must be https://"),
        ("https://user@a.example", "must be https://"),
        ("https://a.example/?x=1", "must be https://"),
        ("https://a.example/#x", "must be https://"),
        ("https://a.example/../x", "must be https://"),
        ("https://a.example//x", "must be https://"),
        ("https://a.example/x;y", "must be https://"),
        ("https://lämpö.example", "must be https://"),
        ("https://a.example/api", "must not begin with /api"),
        ("https://a.example/assets/x", "must not begin with /api"),
    ],
)
def test_what_is_none_is_refused_with_its_value(text, rule):
    with pytest.raises(BadInput) as refusal:
        public_of(text)
    assert "--public" in str(refusal.value)
    assert text in str(refusal.value)
    assert rule in str(refusal.value)


def test_a_prefix_is_taken_off_once_and_only_where_it_is():
    below = public_of("https://a.example/hukka").below
    assert below("/hukka/api/site") == "/api/site"
    assert below("/api/site") == "/api/site"
    assert below("/hukkala/x") == "/hukkala/x"
    assert below("/hukka/hukka/x") == "/hukka/x"
    assert below("/hukka") is None
    assert public_of("https://a.example").below("/hukka") == "/hukka"


PUBLIC = public_of("https://a.example")


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "asker"),
    [
        (None, "127.0.0.1", ["203.0.113.9"], "127.0.0.1"),
        ((), "127.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ((), "::1", ["2001:DB8::9"], "2001:db8::9"),
        ((), "127.0.0.1", ["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
        ((), "127.0.0.1", ["198.51.100.1", "203.0.113.9"], "203.0.113.9"),
        ((), "127.0.0.1", [], "127.0.0.1"),
        ((), "127.0.0.1", ["nobody"], "127.0.0.1"),
        ((), "203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        (("10.0.0.2",), "10.0.0.2", ["203.0.113.9"], "203.0.113.9"),
        (("10.0.0.2",), "127.0.0.1", ["203.0.113.9"], "127.0.0.1"),
        (("10.0.0.2", "10.0.0.3"), "10.0.0.2", ["1.2.3.4, 203.0.113.9, 10.0.0.3"], "203.0.113.9"),
    ],
)
def test_who_asks(proxies, peer, forwarded, asker):
    known = proxies_of(None, ()) if proxies is None else proxies_of(PUBLIC, proxies)
    headers = [(b"x-forwarded-for", text.encode()) for text in forwarded]
    scope = {"type": "http", "client": (peer, 5), "headers": headers}
    assert known.asker(scope) == asker


@pytest.mark.parametrize(
    ("public", "address", "rule"),
    [(PUBLIC, "proxy.example", "address in numbers"), (None, "10.0.0.2", "goes with --public")],
)
def test_proxies_that_are_none(public, address, rule):
    with pytest.raises(BadInput, match=rule):
        proxies_of(public, (address,))


@pytest.mark.parametrize(
    ("address", "counts_as"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("?", "?"),
    ],
)
def test_a_client_of_ipv6_is_its_64(address, counts_as):
    assert neighbourhood(address) == counts_as


@pytest.mark.parametrize(
    "name",
    [
        *("forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-port", "via"),
        *("x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip", "cf-ray", "cdn-loop"),
        *("fastly-client-ip", "x-envoy-external-address", "x-original-host", "x-azure-clientip"),
        *("x-amzn-trace-id", "x-cluster-client-ip", "x-original-forwarded-for", "x-proxyuser-ip"),
    ],
)
def test_headers_of_what_stands_between(name):
    assert handed_on(["host", name])


OF_CLIENTS = """
host connection accept accept-encoding accept-language authorization cache-control cookie
content-length content-type dnt if-none-match last-event-id origin priority pragma referer
sec-ch-ua sec-fetch-site sec-gpc te upgrade-insecure-requests user-agent x-csrf-token
x-prometheus-scrape-timeout-seconds x-requested-with
"""


def test_headers_of_browsers_and_of_prometheus_are_nothing_of_the_kind():
    assert not handed_on(OF_CLIENTS.split())
