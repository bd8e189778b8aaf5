"""Secrets that prove who somebody is: they work once, and only their hash is stored."""

from kanban import keys


def test_secrets_differ_and_only_their_hash_is_comparable() -> None:
    first, second = keys.new_secret(), keys.new_secret()
    assert first != second
    assert keys.fingerprint(first) == keys.fingerprint(first) != keys.fingerprint(second)
    assert first not in keys.fingerprint(first)
