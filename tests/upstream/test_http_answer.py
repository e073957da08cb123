"""An answer tells where it came from, and what was sent on the way."""

from proxy.core.tokens.placing.rule import Stamped
from tests.raw_origin import RawOrigin, answer, redirect
from tests.upstream.asking import question, way_to


async def test_an_answer_says_where_it_came_from() -> None:
    """With its URL without a token, and with the query as it was sent."""

    def stamp(url: str) -> Stamped:
        return Stamped(f"{url}&t=1", carried=url.endswith("first"))

    async with (
        RawOrigin(redirect("/b?second"), answer()) as origin,
        way_to(origin.url()) as way,
    ):
        asked = question(origin.url("/a?first"), stamp=stamp)
        async with await way.upstream.ask(asked) as got:
            assert got.url == origin.url("/b?second")
            assert got.sent_query == "second&t=1"
            assert (got.carried, got.redirected) == (False, True)
        asked = question(origin.url("/c?first"), stamp=stamp)
        async with await way.upstream.ask(asked) as got:
            assert (got.carried, got.redirected) == (True, False)
