"""`[streams.NAME]`: one stream, with its provider's defaults already merged in."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self, cast

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from proxy.core.http import uri
from proxy.core.tokens.templates.template import fill, holes
from proxy.errors import NameUnknownError
from proxy.settings import providers
from proxy.settings.errors.mistakes import Mistake, Wrong, choice, shown, wrong
from proxy.settings.sources.base import Binding, TokenSource
from proxy.settings.sources.token import TokenSettings
from proxy.settings.stream.placement import PlacementSettings, shared
from proxy.settings.stream.store import StreamStoreSettings
from proxy.settings.stream.volatile import VolatileSettings
from proxy.settings.values.addresses import host as checked_host
from proxy.settings.values.headers import HeaderName, HeaderValue
from proxy.settings.values.origins import OriginText, checked_url
from proxy.settings.values.placeholders import (
    FILLERS,
    MEMBER,
    VariableName,
    is_family,
    refuse_unfilled,
    values,
)
from proxy.settings.values.surroundings import around
from proxy.settings.values.table import Table, WholeNumber

_MEMBER_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")


def _status(value: int) -> int:
    if not 400 <= value <= 599:  # noqa: PLR2004 - RFC 9110 sections 15.5 and 15.6
        raise wrong(shown(value), "expected a status from 400 to 599")
    return value


Status = Annotated[WholeNumber, AfterValidator(_status)]


def _try(token: TokenSource, info: ValidationInfo) -> None:
    """Raise `Wrong` if the token cannot be made with these settings."""
    # A wrong url is reported separately.
    known, entry = {MEMBER: "x"}, info.data.get("url") or "https://host/index.m3u8"
    surroundings = around(info)
    mistakes = surroundings.trial(
        token.filled(known),
        fill(entry, known),
        shared=surroundings.shared_secret_files,
    )
    if told := [each._replace(key=("token", *each.key)) for each in mistakes]:
        raise Wrong(*told)


def _unredirectable(stream: Mapping[str, object]) -> str:
    """Return what opens the media but does not fit into a URL; empty if nothing does.

    Settings that are wrong are missing, and reported separately.
    """
    url = stream.get("url")
    if isinstance(url, str) and "@" in (uri.split(url).authority or ""):
        return "a user and password in the url"
    if stream.get("reach") != "all":
        return ""
    if stream.get("renewed_headers"):
        return "credentials in renewed_headers"
    if stream.get("token") is None:
        return ""
    for place in cast("tuple[PlacementSettings, ...]", stream.get("placement", ())):
        if found := place.in_header:
            return f"the token in {found}"
    return ""


class StreamSettings(Table):
    """A stream as it is to be built: merged, filled in and checked."""

    provider: str = providers.GENERIC
    playback_id: str = ""
    host: str = ""
    variables: Mapping[VariableName, str] = Field(default_factory=dict)
    url: Annotated[str, Field(repr=False)] = ""
    """The entry playlist; of a family it still holds `{id}`."""
    token: TokenSettings | None = None
    """Where tokens come from; None: an open stream."""
    placement: tuple[PlacementSettings, ...] = ()
    reach: Literal["entry", "all"] = "entry"
    binding: Binding = "stream"
    """What one token is good for: everything in reach, one URL, or one request."""
    warm: Literal["played", "always"] = "played"
    """When the token is kept fresh: while somebody plays, or always."""
    preconnect: bool = True
    """Whether connections are opened before a player needs them."""
    reach_origins: frozenset[OriginText] = frozenset()
    """Origins besides the stream's own that get the token when `reach` is "all"."""
    origins: frozenset[OriginText] = frozenset()
    """Origins besides the stream's own and those that may be fetched."""
    follow: Literal["listed", "public"] = "listed"
    headers: Mapping[HeaderName, HeaderValue] = Field(default_factory=dict, repr=False)
    cookies: bool = True
    """Whether cookies of the upstream are kept and sent back."""
    renewed_headers: frozenset[HeaderName] = frozenset()
    """Response headers by which the upstream renews a credential."""
    refused: frozenset[Status] = frozenset({401, 403, 410})
    not_ready: frozenset[Status] = frozenset({404, 412, 425})
    volatile: VolatileSettings = VolatileSettings()
    player_parameters: frozenset[str] = frozenset()
    cmcd_on_media: bool = False
    """Whether CMCD in a player's query goes upstream with requests for media too."""
    delivery: Literal["relay", "redirect"] = "relay"
    """How players get media: from here, or by a redirect to the upstream."""
    store: StreamStoreSettings = StreamStoreSettings()

    @property
    def family(self) -> bool:
        """Return whether this is a family, which has one stream for each id."""
        return is_family(self.url)

    def for_member(self, member: str) -> Self:
        """Return the stream of one member of the family.

        The id comes from a player. If it could be more than a name in a path,
        `NameUnknownError` is raised.
        """
        if not _MEMBER_ID.fullmatch(member):
            raise NameUnknownError("no stream can have this id")
        known = {MEMBER: member}
        token = self.token.filled(known) if self.token else None
        return self.model_copy(update={"url": fill(self.url, known), "token": token})

    @field_validator("provider")
    @classmethod
    def _provider(cls, name: str) -> str:
        known = providers.known()
        if name not in known:
            raise wrong(shown(name), choice(name, known))
        return name

    @field_validator("host")
    @classmethod
    def _host(cls, host: str) -> str:
        return checked_host(host) if host else host

    @field_validator("url")
    @classmethod
    def _url(cls, template: str, info: ValidationInfo) -> str:
        if not info.data.keys() >= FILLERS:
            return template
        if not template:
            raise wrong("is missing", "expected the URL of the entry playlist")
        known = values(info.data)
        refuse_unfilled(dict.fromkeys(holes(template), ("url",)), known)
        url = fill(template, known)
        checked_url(fill(url, {MEMBER: "x"}))
        if is_family(uri.split(url).authority or ""):
            # Otherwise a player could choose the host.
            raise wrong("has {id} in its host", "expected it in the path or the query")
        return url

    @field_validator("token")
    @classmethod
    def _token(cls, token: TokenSettings | None, info: ValidationInfo) -> object:
        if token is None or not info.data.keys() >= FILLERS:
            return token
        known = values(info.data)
        held = {name: ("token", *token.held_by(name)) for name in token.holes()}
        refuse_unfilled(held, known, token.further())
        filled = token.filled(known)
        if MEMBER in filled.holes() and not is_family(info.data.get("url", "{id}")):
            found = "has {id}, but the url does not"
            where = ("token", *filled.held_by(MEMBER))
            raise wrong(found, "expected {id} in both or in neither", *where)
        if mistakes := [
            mistake._replace(key=("token", *mistake.key))
            for mistake in filled.mistakes()
        ]:
            raise Wrong(*mistakes)
        _try(filled, info)
        return filled

    @field_validator("placement")
    @classmethod
    def _placement(
        cls, placement: tuple[PlacementSettings, ...], info: ValidationInfo
    ) -> tuple[PlacementSettings, ...]:
        token, url = info.data.get("token"), info.data.get("url")
        if not isinstance(token, TokenSource) or url is None:
            return placement
        if not placement:
            raise wrong(
                "is missing",
                'expected where the token goes, such as [{ query = "token" }]',
            )
        parts = uri.split(url).path.count("/")
        mistakes = [
            mistake._replace(key=("placement", index))
            for index, place in enumerate(placement)
            for mistake in place.mistakes(token.field_names(), parts)
        ]
        mistakes += [
            Mistake(
                "is the place of an earlier one",
                "expected each place once",
                ("placement", index),
            )
            for index in shared(placement)
        ]
        if mistakes:
            raise Wrong(*mistakes)
        return placement

    @field_validator("binding")
    @classmethod
    def _binding(cls, binding: Binding, info: ValidationInfo) -> Binding:
        token = info.data.get("token")
        if not isinstance(token, TokenSource):
            return binding
        if binding not in token.bindings:
            # The model of a source contains it as a literal.
            source = getattr(token, "source", "")
            wanted = ", ".join(sorted(token.bindings))
            raise wrong(
                shown(binding), f"expected one of {wanted} for tokens of {source}"
            )
        everything = info.data.get("reach") == "all"
        if binding == "stream" and everything and token.needs_url:
            found = '"stream" with reach = "all"'
            wanted = 'expected "url": each token is signed for one URL'
            raise wrong(found, wanted)
        if binding == "once" and everything:
            found = '"once" with reach = "all"'
            raise wrong(found, 'expected reach = "entry"')
        if binding == "once" and not token.unique:
            found = '"once", but tokens of the same second are equal'
            raise wrong(
                found, "expected {random} or {uuid} in the token, such as a claim jti"
            )
        return binding

    @field_validator("delivery")
    @classmethod
    def _delivery(cls, delivery: str, info: ValidationInfo) -> str:
        if delivery == "relay":
            return delivery
        if found := _unredirectable(info.data):
            wanted = 'expected "relay": players get only the URL of a redirect'
            raise wrong(f"{shown(delivery)} with {found}", wanted)
        return delivery

    @field_validator("not_ready")
    @classmethod
    def _not_ready(
        cls, statuses: frozenset[int], info: ValidationInfo
    ) -> frozenset[int]:
        if both := statuses & info.data.get("refused", frozenset()):
            found = ", ".join(map(str, sorted(both)))
            raise wrong(
                f"{found} is in refused too", "expected each status in one of them"
            )
        return statuses
