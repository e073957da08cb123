"""The Cookie field of a request, combined from several sources."""

from proxy.core.http.headers import Fields

_COOKIE = "cookie"


def with_one_cookie_field(fields: Fields) -> Fields:
    """Return the fields with all cookies in a single Cookie field, which comes last.

    RFC 6265 section 5.4: a request has at most one Cookie field. If two cookies have
    the same name, the later one is used.
    """
    cookies: dict[str, str] = {}
    others = []
    for name, value in fields:
        if name.lower() != _COOKIE:
            others.append((name, value))
            continue
        for pair in filter(None, (part.strip() for part in value.split(";"))):
            key = pair.partition("=")[0]
            cookies.pop(key, None)
            cookies[key] = pair
    if not cookies:
        return fields
    return (*others, ("Cookie", "; ".join(cookies.values())))
