"""What proves who somebody is: secrets that work once, of which only a hash is stored."""

from kanban import keys


def test_secrets_differ_and_only_their_hash_is_comparable() -> None:
    first, second = keys.new_secret(), keys.new_secret()
    assert first != second
    assert keys.fingerprint(first) == keys.fingerprint(first) != keys.fingerprint(second)
    assert first not in keys.fingerprint(first)
