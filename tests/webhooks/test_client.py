"""The one client for addresses that people type in: where it goes, how long it waits, how much it reads."""

import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kanban.addresses import Reach, Target, may_call
from kanban.errors import Invalid
from kanban.webhooks.client import MOST_BYTES, Client, Failed
from tests.mail.server import write_certificate
from tests.webhooks.receiver import Receiver, answer, say, wait_for


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver().running() as receiver:
        yield receiver


def client(*, within_s: float = 5.0, **more: object) -> Client:
    return Client(Reach.PRIVATE, within_s=within_s, **more)  # type: ignore[arg-type]


PRIVATE = [
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "::1", "fd00::1"),
    *("::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "2002:a00:1::", "::127.0.0.1"),
]
NEVER = [
    *("169.254.169.254", "fe80::1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1"),
    *("0.0.0.0", "::", "224.0.0.1", "ff02::1", "240.0.0.1", "255.255.255.255", "192.0.2.1"),  # noqa: S104
    *("2001::1", "2001:db8::1", "64:ff9b:1::1", "4000::1", "100::1", "no address", "fe80::1%eth0"),
    *("fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "168.63.129.16", "::ffff:100.100.100.200"),
]


@pytest.mark.parametrize("ip", [*PRIVATE, *NEVER])
def test_only_the_public_net_is_called(ip: str) -> None:
    assert not may_call(ip, Reach.PUBLIC)


@pytest.mark.parametrize("ip", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"])
def test_the_public_net_is_called(ip: str) -> None:
    assert may_call(ip, Reach.PUBLIC)
    assert may_call(ip, Reach.PRIVATE)
    assert not may_call(ip, Reach.OFF)


def test_private_networks_are_called_where_the_operator_says_so_but_not_what_nobody_means() -> None:
    assert [ip for ip in PRIVATE if not may_call(ip, Reach.PRIVATE)] == []
    assert [ip for ip in NEVER if may_call(ip, Reach.PRIVATE)] == []


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("http://example.org/", "https://"),
        ("ftp://example.org/", "https://"),
        ("example.org/hook", "https://"),
        ("https:///hook", "whole address"),
        ("https://example.org:0/", "whole address"),
        ("https://example.org:99999/", "can’t be"),
        ("https://[::1", "can’t be"),
        ("https://ann:pw@example.org/", "password"),
        ("https://example.org/#part", "#"),
        ("https://example.org/a b", "no spaces"),
        ("https://example.org\\@127.0.0.1/", "no spaces"),
        ("https://exämple.org/", "plain letters"),
        ("https://example.org/\r\nHost: other", "no spaces"),
        ("https://localhost/", "private network"),
        ("https://api.localhost/", "private network"),
        ("https://127.0.0.1/", "private network"),
        ("https://[::ffff:10.0.0.1]/", "private network"),
        ("https://example.org/" + "a" * 1000, "at most"),
    ],
)
def test_an_address_that_can_not_be_used_is_told_why(address: str, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        Target.read(address, Reach.PUBLIC)


def test_an_address_is_taken_apart() -> None:
    assert Target.read("https://example.org", Reach.PUBLIC) == Target("example.org", 443, "/", is_tls=True)
    assert Target.read("https://Example.org:8443/a?b=c", Reach.PUBLIC) == Target(
        "example.org", 8443, "/a?b=c", is_tls=True
    )
    assert Target.read("http://10.0.0.1/", Reach.PRIVATE) == Target("10.0.0.1", 80, "/", is_tls=False)


def test_what_is_sent_arrives_and_its_answer_comes_back(receiver: Receiver) -> None:
    receiver.next = [answer(202, "Thank\n you\x00")]
    got = client().post(receiver.url + "?a=b", b"{}", {"Content-Type": "application/json"})
    assert (got.status, got.words) == (202, "Thank you")
    (taken,) = receiver.taken
    assert (taken.path, taken.body) == ("/hook?a=b", b"{}")
    assert taken.headers["host"] == f"127.0.0.1:{receiver.port}"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]"])
def test_a_private_address_is_not_called_however_it_is_written(receiver: Receiver, host: str) -> None:
    with pytest.raises(Failed, match="private network"):
        Client(Reach.PUBLIC).post(f"https://{host}:{receiver.port}/", b"", {})
    assert receiver.taken == []


def test_a_name_is_looked_up_once_and_what_was_found_is_called(receiver: Receiver) -> None:
    """A name that leads to this machine at its second look-up, after a public address was checked at its first."""
    answers = [["127.0.0.1"], ["169.254.169.254"]]
    pinned = client(look_up=lambda _host, _port: answers.pop(0))
    assert pinned.post(f"http://rebound.example:{receiver.port}/", b"", {}).status == 200
    assert answers == [["169.254.169.254"]]
    assert receiver.taken[0].headers["host"] == f"rebound.example:{receiver.port}"


def test_a_name_that_leads_into_a_private_network_is_not_called(receiver: Receiver) -> None:
    inward = Client(Reach.PUBLIC, look_up=lambda _host, _port: ["127.0.0.1", "::ffff:127.0.0.1"])
    with pytest.raises(Failed, match="private network"):
        inward.post(f"https://rebound.example:{receiver.port}/", b"", {})
    assert receiver.taken == []


def test_the_next_address_is_tried_where_the_first_does_not_answer(receiver: Receiver) -> None:
    two = client(look_up=lambda _host, _port: ["127.0.0.2", "127.0.0.1"])
    assert two.post(f"http://two.example:{receiver.port}/", b"", {}).status == 200


def test_a_redirect_is_an_answer_and_never_followed(receiver: Receiver) -> None:
    receiver.next = [answer(307, Location=receiver.url + "/elsewhere")]
    assert client().post(receiver.url, b"", {}).status == 307
    assert len(receiver.taken) == 1


@pytest.mark.parametrize("trickle", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 100 Continue\r\n\r\n"])
def test_nobody_is_waited_for_longer_than_that_however_slowly_they_talk(receiver: Receiver, trickle: bytes) -> None:
    release = threading.Event()
    receiver.next = [say(trickle, times=1000, every_s=0.02) if trickle else wait_for(release)]
    with pytest.raises(Failed, match=r"within 0\.3 seconds"):
        client(within_s=0.3).post(receiver.url, b"", {})
    release.set()


def test_a_slow_look_up_counts_as_well(receiver: Receiver) -> None:
    release = threading.Event()

    def look_up(_host: str, _port: int) -> list[str]:
        release.wait(20)
        return []

    with pytest.raises(Failed, match=r"within 0\.1 seconds"):
        client(within_s=0.1, look_up=look_up).post(receiver.url, b"", {})
    release.set()


def test_a_body_that_never_ends_is_not_waited_for_twice_and_its_status_counts(receiver: Receiver) -> None:
    release = threading.Event()

    def behave(handler: object) -> None:
        say(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nSo far")(handler)  # type: ignore[arg-type]
        release.wait(20)

    receiver.next = [behave]
    got = client(within_s=0.3).post(receiver.url, b"", {})
    assert (got.status, got.words) == (200, "So far")
    release.set()


def test_of_a_large_answer_only_the_beginning_is_read(receiver: Receiver) -> None:
    sent = [0]

    def behave(handler: object) -> None:
        say(b"HTTP/1.1 200 OK\r\n\r\n")(handler)  # type: ignore[arg-type]
        for _ in range(2000):
            say(b"x" * 10_000)(handler)  # type: ignore[arg-type]
            sent[0] += 10_000

    receiver.next = [behave]
    got = client().post(receiver.url, b"", {})
    assert got.status == 200
    assert got.words == "x" * 199 + "…"
    assert sent[0] < 20_000_000


def test_of_endless_headers_no_more_is_read(receiver: Receiver) -> None:
    receiver.next = [say(b"HTTP/1.1 200 OK\r\n" + b"X: " + b"x" * (MOST_BYTES + 10))]
    with pytest.raises(Failed, match="no HTTP answer"):
        client().post(receiver.url, b"", {})


@pytest.mark.parametrize("words", [b"", b"220 mail.example.org ESMTP\r\n", b"HTTP/1.1 abc\r\n\r\n"])
def test_what_is_no_http_is_told_so(receiver: Receiver, words: bytes) -> None:
    receiver.next = [say(words)]
    with pytest.raises(Failed, match="no HTTP answer"):
        client().post(receiver.url, b"", {})


def test_a_closed_port_and_an_unknown_host_are_told_so(receiver: Receiver) -> None:
    with pytest.raises(Failed, match="could not be reached"):
        client(look_up=lambda _host, _port: ["127.0.0.2"]).post(f"http://a.example:{receiver.port}/", b"", {})
    with pytest.raises(Failed, match="no such host"):
        client(look_up=lambda _host, _port: []).post("http://a.example/", b"", {})


def test_the_certificate_is_checked_for_the_name_and_not_for_the_address(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(file, write_certificate(file))
    trusting = ssl.create_default_context(cafile=str(file))
    with Receiver(context=served).running() as receiver:
        here = client(look_up=lambda _host, _port: ["127.0.0.1"], context=lambda: trusting)
        assert here.post(f"https://localhost:{receiver.port}/", b"", {}).status == 200
        assert receiver.taken[0].headers["host"] == f"localhost:{receiver.port}"
        with pytest.raises(Failed, match="certificate can’t be trusted"):
            here.post(f"https://other.example:{receiver.port}/", b"", {})
        with pytest.raises(Failed, match="certificate can’t be trusted"):
            client(look_up=lambda _host, _port: ["127.0.0.1"]).post(f"https://localhost:{receiver.port}/", b"", {})
        assert len(receiver.taken) == 1


def test_a_server_without_tls_is_told_so(receiver: Receiver) -> None:
    with pytest.raises(Failed, match="No TLS connection"):
        client().post(f"https://127.0.0.1:{receiver.port}/", b"", {})
