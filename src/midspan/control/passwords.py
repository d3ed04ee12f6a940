"""Passwords: what one has to be, and its hash. Nothing that is stored leads back to a password."""

import unicodedata

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

LENGTH_MIN, LENGTH_MAX = 10, 256

_HASHER = argon2.PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)
"""Argon2id as OWASP's cheat sheet on password storage recommends it: 46 MiB and one pass, about 50 ms of one core."""
_NOBODYS = "$argon2id$v=19$m=47104,t=1,p=1$7E8ottTJvXSLwv17DqjilQ$8cvgjrD9FAZ7Ys9BdTHIbjhX7BRTIG88WGSwqcKFdeg"
"""The hash, with these parameters, of a password that no account has. Made beforehand: a start need not wait for it."""


def faults(password: str, email: str) -> list[str]:
    """What keeps a password from being taken, in sentences for the field; none when it is good."""
    plain = unicodedata.normalize("NFKC", password)
    if not LENGTH_MIN <= len(plain) <= LENGTH_MAX or not plain.strip():
        return [f"A password has {LENGTH_MIN} to {LENGTH_MAX} characters; several words make a good one."]
    if plain.casefold() == email.casefold():
        return ["The password is not the email."]
    if len(set(plain)) < 4:
        return ["The password repeats too few characters."]
    return []


def hashed(password: str) -> str:
    """The hash of a password in PHC's form. Takes about 50 ms and 46 MiB."""
    return _HASHER.hash(_bytes(password))


def is_right(stored: str, password: str) -> bool:
    """Whether the password is the one whose hash is stored. It takes as long where none is stored (""): how long an
    answer takes tells nobody whether there is such an account.
    """
    try:
        _HASHER.verify(stored or _NOBODYS, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False
    return bool(stored)


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters than those of today."""
    return _HASHER.check_needs_rehash(stored)


def _bytes(password: str) -> bytes:
    # A half of a surrogate pair has no UTF-8: it can be no password's, but must not be a fault of ours.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")[: LENGTH_MAX * 32]
