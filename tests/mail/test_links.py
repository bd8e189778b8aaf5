"""Personal links: genuine ones are read, all others are nothing; kept mails show no secrets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanban import keys
from kanban.mail import links
from kanban.mail.links import LinkClaim, Purpose, SignedAddress

KEY = "the installation's key"


@given(st.sampled_from(Purpose), st.integers(1, 2**53), st.integers(1, 10**6))
def test_a_token_tells_its_purpose_delivery_and_serial(purpose: Purpose, delivery_id: int, serial: int) -> None:
    token = links.sign(KEY, purpose, delivery_id, serial)
    assert links.read(KEY, token, purpose) == LinkClaim(purpose, delivery_id, serial)
    assert token.replace("-", "").isalnum()
    assert token[-1].isalnum()


def test_a_token_for_one_purpose_is_worthless_for_another() -> None:
    token = links.sign(KEY, Purpose.READ, 7, 1)
    assert links.read(KEY, token, Purpose.STOP) is None
    assert links.read(KEY, token.replace("r-", "s-", 1), Purpose.STOP) is None
    assert links.read(KEY, token, Purpose.READ, Purpose.PREFERENCES) == LinkClaim(Purpose.READ, 7, 1)
    assert links.read(KEY, token) is None


def test_another_key_makes_other_tokens() -> None:
    assert links.read("another key", links.sign(KEY, Purpose.READ, 7, 1), Purpose.READ) is None


@given(st.integers(0, 45), st.characters())
def test_a_token_with_one_sign_changed_is_nothing(place: int, sign: str) -> None:
    token = links.sign(KEY, Purpose.READ, 123456, 1)
    changed = token[:place] + sign + token[place + 1 :]
    assert changed == token or links.read(KEY, changed, *Purpose) is None


@pytest.mark.parametrize("start", ["r-1-1-", "x-1-1-", "r-0-1-", "r-١-1-", "r-1-", "R-1-1-"])
@pytest.mark.parametrize("end", ["", "a" * 31, "a" * 32, "a" * 33, "ä" * 32, "1" * 32])
def test_nonsense_is_nothing(start: str, end: str) -> None:
    assert links.read(KEY, start + end, *Purpose) is None
    assert links.read(KEY, end, *Purpose) is None


def test_a_kept_mail_shows_no_secret() -> None:
    personal = links.personal_address("https://kanban.example.org/", links.sign(KEY, Purpose.STOP, 7, 1))
    single = keys.link_address("http://127.0.0.1:8000", keys.new_secret())
    text = (
        f'Read it:\n{personal}\n<a href="{single}">Sign in</a> https://kanban.example.org/items/FERRY-1 {personal}?x=1'
    )
    assert links.mask_links(text) == (
        "Read it:\nhttps://kanban.example.org/u/…\n"
        '<a href="http://127.0.0.1:8000/sign-in/link/…">Sign in</a> https://kanban.example.org/items/FERRY-1 '
        "https://kanban.example.org/u/…?x=1"
    )


@pytest.mark.parametrize(
    ("address", "way"), [(SignedAddress.FORM, ""), (SignedAddress.CONFIRM, "confirm/"), (SignedAddress.MINE, "mine/")]
)
def test_a_signed_address_opens_that_alone_and_is_masked(address: SignedAddress, way: str) -> None:
    token = links.sign_address(KEY, address, 7, 2)
    assert links.signed_url("https://a.example/", address, token) == f"https://a.example/requests/{way}{token}"
    assert links.read_signed_address(KEY, token, address) == (7, 2)
    assert {links.read_signed_address(KEY, token, other) for other in SignedAddress if other is not address} == {None}
    assert links.read_signed_address("another key", token, address) is None
    assert links.read(KEY, token, *Purpose) is None
    assert links.read_signed_address(KEY, links.sign(KEY, Purpose.READ, 7, 2), address) is None
    assert links.mask_links(f"POST /requests/{way}{token}") == f"POST /requests/{way}…"
    assert links.mask_links("/products/FE/requests/7") == "/products/FE/requests/7"
