"""What the sources that sign have in common: a key and a lifetime."""

from pydantic import SecretStr, ValidationInfo, field_validator

from proxy.settings.errors.mistakes import Mistake, Wrong, wrong
from proxy.settings.sources.base import TokenSource
from proxy.settings.values.secret import SecretPath, SecretVariable
from proxy.settings.values.times import Seconds

# A token is not used in the last second before it expires (the keeper's rule). It must
# be usable for a while before that.
_SHORTEST_LIFETIME_SECONDS = 2.0


class Signing(TokenSource):
    """A source whose tokens are signed here, with one key."""

    key_file: SecretPath | None = None
    key_env: SecretVariable | None = None
    key: SecretStr | None = None
    """The key itself; None beside the other two."""
    key_id_file: SecretPath | None = None
    """For a key that is rotated together with its id."""
    key_id: str = ""
    max_lifetime: Seconds | None = None
    """The longest lifetime that the platform accepts, in seconds."""
    lifetime: Seconds = 3600.0
    """In seconds."""

    @field_validator("key")
    @classmethod
    def _one_key(cls, key: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if not info.data.keys() >= {"key_file", "key_env"}:
            return key
        ways = (key, info.data["key_file"], info.data["key_env"])
        given = sum(way is not None for way in ways)
        if given != 1:
            found = "is set more than once" if given else "is missing"
            raise wrong(found, "expected exactly one of key, key_file and key_env")
        if key is not None and not key.get_secret_value():
            raise wrong("is empty", "expected a key")
        return key

    @field_validator("lifetime")
    @classmethod
    def _lifetime(cls, lifetime: float, info: ValidationInfo) -> float:
        longest = info.data.get("max_lifetime")
        if lifetime < _SHORTEST_LIFETIME_SECONDS:
            raise wrong(f"{lifetime:g} seconds", "expected 2 seconds or more")
        if longest is not None and lifetime > longest:
            wanted = f"expected {longest:g} seconds at most, as the platform accepts"
            raise wrong(f"{lifetime:g} seconds", wanted)
        return lifetime

    @field_validator("key_id")
    @classmethod
    def _key_id(cls, key_id: str, info: ValidationInfo) -> str:
        if key_id and info.data.get("key_id_file"):
            raise wrong("is set beside key_id_file", "expected one of them")
        return key_id


def is_named(info: ValidationInfo) -> bool:
    """Return whether the key has an id."""
    return bool(info.data["key_id"] or info.data["key_id_file"])


def nameless() -> Wrong:
    """Return the error for a missing key id that is needed."""
    wanted = "expected the id that the platform gave the key"
    return Wrong(Mistake("is missing", wanted, ("key_id",)))
