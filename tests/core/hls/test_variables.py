"""EXT-X-DEFINE: definitions, what players see of them, and expansion."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.hls.attributes import scan, splice
from proxy.core.hls.variables import Variables

HIDDEN = frozenset({"token", "expires"})


def variables(
    query: str | None = None, imports: dict[str, str] | None = None
) -> Variables:
    """Return variables of a stream whose token is in `token`."""
    return Variables(query, imports or {}, HIDDEN)


def define(table: Variables, line: bytes) -> bytes:
    """Define with this attribute list; return the list that players get."""
    return splice(line, table.define(list(scan(line, 0))))


@pytest.mark.parametrize(
    ("line", "shown", "values"),
    [
        (b'NAME="a",VALUE="x"', None, {"a": "x"}),
        (b'VALUE="x", NAME="a"', None, {"a": "x"}),
        (b'NAME="a",VALUE=""', None, {"a": ""}),
        (b'NAME="a",VALUE="{$b}"', None, {"a": "{$b}"}),
        (b'NAME="a"', None, {}),
        (b'VALUE="x"', None, {}),
        (b'IMPORT="auth"', None, {"auth": "?a=1"}),
        (b'IMPORT="other"', None, {}),
        (b'QUERYPARAM="sid"', b'NAME="sid",VALUE="a b"', {"sid": "a b"}),
        (b"X=1, QUERYPARAM=sid ", b'X=1, NAME="sid",VALUE="a b" ', {"sid": "a b"}),
        (b'QUERYPARAM="none"', None, {}),
        (b'QUERYPARAM="bare"', None, {}),
        (b'QUERYPARAM="empty"', b'NAME="empty",VALUE=""', {"empty": ""}),
        (b'QUERYPARAM="q"', b'NAME="q",VALUE="%22%0D%0A"', {"q": '"\r\n'}),
        (b"QUERYPARAM='a b'", None, {}),
        (b"", None, {}),
    ],
)
def test_definitions(line: bytes, shown: bytes | None, values: dict[str, str]) -> None:
    """By value, import or query parameter (RFC 8216bis, section 4.4.2.3)."""
    query = "x=1&sid=a%20b&bare&empty=&q=%22%0d%0a&a%20b=1"
    table = variables(query, {"auth": "?a=1"})
    assert define(table, line) == (line if shown is None else shown)
    assert table.as_text() == values


@pytest.mark.parametrize(
    ("line", "shown", "reference", "expanded", "censored"),
    [
        (
            'QUERYPARAM="token"',
            'NAME="token",VALUE=""',
            "s.ts?t={$token}",
            "s.ts?t=S~1",
            "s.ts?t=token",
        ),
        ('QUERYPARAM="Token"', 'NAME="Token",VALUE=""', "{$Token}", "S2", "Token"),
        (
            'NAME="a",VALUE="?token=S"',
            'NAME="a",VALUE=""',
            "s{$a}",
            "s?token=S",
            "s?token=",
        ),
        (
            'NAME="a",VALUE="s.ts?t%6Fken=S=1&x=1&Expires=9&y"',
            'NAME="a",VALUE=""',
            "{$a}",
            "s.ts?t%6Fken=S=1&x=1&Expires=9&y",
            "s.ts?t%6Fken=&x=1&Expires=&y",
        ),
        ('IMPORT="Token"', 'IMPORT="Token"', "{$Token}", "S3", "Token"),
        ('IMPORT="b"', 'IMPORT="b"', "{$b}", "?token=S4", "?token="),
        (
            'NAME="a",VALUE="https://token/?x"',
            'NAME="a",VALUE="https://token/?x"',
            "{$a}",
            "https://token/?x",
            "https://token/?x",
        ),
        ('NAME="a",VALUE="token"', 'NAME="a",VALUE="token"', "{$a}", "token", "token"),
    ],
)
def test_hidden_values_are_expanded_but_not_shown(
    line: str, shown: str, reference: str, expanded: str, censored: str
) -> None:
    """No player sees the token or a volatile parameter, but URIs need the value."""
    table = variables("token=S~1&Token=S2", {"Token": "S3", "b": "?token=S4"})
    assert define(table, line.encode()) == shown.encode()
    assert table.expand(reference.encode()) == expanded.encode()
    assert table.censored(reference.encode()) == censored.encode()


@pytest.mark.parametrize(
    ("reference", "expanded"),
    [
        (b"s.ts", b"s.ts"),
        (b"{$a}{$a}/{$b}.ts", b"xx/{$a}.ts"),
        (b"{$A}", None),
        (b"{$a}{$none}", None),
        (b"{$}{$a b}{a}$a", b"{$}{$a b}{a}$a"),
    ],
)
def test_expansion_is_done_once(reference: bytes, expanded: bytes | None) -> None:
    """Names are case-sensitive; a value is not expanded again (section 4.3)."""
    table = variables()
    define(table, b'NAME="a",VALUE="x"')
    define(table, b'NAME="b",VALUE="{$a}"')
    assert table.expand(reference) == expanded


def test_the_total_growth_by_expansion_is_limited() -> None:
    """After that, many references to a long value count as undefined."""
    table = variables()
    define(table, b'NAME="a",VALUE="%b"' % (b"x" * 8192))
    sizes = [table.expand(b"{$a}") for _ in range(8193)]
    assert sizes[8191] is not None
    assert sizes[8192] is None


@pytest.mark.parametrize(("size", "fits"), [(8192, True), (8193, False)])
def test_the_growth_of_one_reference_is_limited(size: int, *, fits: bool) -> None:
    """No server accepts such a URL; a thousand of them would fill the memory."""
    table = variables()
    define(table, b'NAME="a",VALUE="%b"' % (b"x" * size))
    assert (table.expand(b"{$a}") is not None) is fits
    lines = table.expand_all(b"s.ts\n{$a}", lambda _: True)
    assert (lines is not None) is fits


def test_an_import_keeps_bytes() -> None:
    """A value in another encoding reaches the media playlist unchanged."""
    parent = variables()
    define(parent, b'NAME="a",VALUE="\xe5"')
    child = variables(imports=parent.as_text())
    define(child, b'IMPORT="a"')
    assert child.expand(b"{$a}") == b"\xe5"


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_no_definition_raises(line: bytes, reference: bytes) -> None:
    """Nor does any expansion."""
    table = variables("a=1&b", {"a": "1"})
    define(table, line)
    define(table, b"QUERYPARAM=" + line)
    table.expand(reference)
