"""Builds a stream's rule from its settings: where its token goes."""

from dataclasses import replace

from proxy.core.http import uri
from proxy.core.tokens.placing.path_placement import PathPart, PathPrefix
from proxy.core.tokens.placing.placement import (
    Basic,
    Cookie,
    Header,
    Placement,
    Query,
    QueryText,
)
from proxy.core.tokens.placing.rule import Reach, Rule, WholeUrl
from proxy.settings.stream.placement import PlacementSettings
from proxy.settings.stream.stream import StreamSettings


def rule_of(settings: StreamSettings) -> Rule:
    """Return the rule: where the stream's token goes, and on which requests."""
    reach = Reach(
        everything=settings.reach == "all",
        origins=settings.reach_origins | {uri.origin(settings.url)},
    )
    exclusive = any(place.exclusive for place in settings.placement)
    # Placements by path part count the parts of a path without a prefix.
    ordered = sorted(settings.placement, key=lambda place: bool(place.path_prefix))
    placements = tuple(_placement(place) for place in ordered if not place.whole_url)
    rule = Rule(placements, reach, exclusive=exclusive)
    entry = rule.blank(settings.url, entry=True)
    wholes = (
        WholeUrl(entry, place.value) for place in settings.placement if place.whole_url
    )
    return replace(rule, whole=next(wholes, None))


def _placement(settings: PlacementSettings) -> Placement:
    value = settings.value
    match settings.place:
        case "query", str(name):
            placed: Placement = Query(name, value, settings.raw)
        case "query_text", tuple(names):
            placed = QueryText(names, value)
        case "header", str(name):
            placed = Header(name, value)
        case "cookie", str(name):
            placed = Cookie(name, value)
        case "path_part", int(part):
            placed = PathPart(part, value)
        case "path_prefix", str(mark):
            placed = PathPrefix(mark, value, settings.at)
        case "basic", str(user):
            placed = Basic(user, value)
        case place:
            raise AssertionError(place)
    return placed
