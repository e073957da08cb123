"""Tokens exactly as the platforms make them, from settings alone."""

import pytest

from tests.providers.vector_rows.row import FOLDER, NAMED, VECTORS
from tests.providers.vector_rows.table import ROWS
from tests.tokens.signed import fetched

EXPECTED = ("token", "signature", "policy_b64", "url")
SOON = 300.0
BACKDATED = 60.0


def test_every_vector_has_a_row() -> None:
    """All 47 of them, and every row has a vector."""
    assert len(VECTORS) == 47
    assert sorted(ROWS) == sorted(NAMED)


@pytest.mark.parametrize("name", NAMED)
async def test_a_token_is_made_as_its_platform_expects(name: str) -> None:
    """Every part that the platform's own code, tests or documents show."""
    row, vector = ROWS[name], NAMED[name]
    lifetime = SOON
    if row.issued is not None:
        lifetime = row.expires - row.issued - BACKDATED
    token = await fetched(
        {**row.token, "lifetime": lifetime}, url=row.url, expires=row.expires
    )
    wanted = {each: vector[each] for each in EXPECTED if each in vector}
    assert wanted
    assert dict(token.fields) == wanted


@pytest.mark.parametrize("form", ["pkcs8.pem", "pkcs1.pem", "pkcs8.pem.b64"])
async def test_each_form_of_a_key_signs_alike(form: str) -> None:
    """The forms in which platforms hand it out."""
    row, vector = ROWS["fastpix jwt 1"], NAMED["fastpix jwt 1"]
    lifetime = row.expires - vector["claims"]["iat"] - BACKDATED
    config = {**row.token, "key_file": FOLDER / f"test_rsa_{form}"}
    token = await fetched({**config, "lifetime": lifetime}, expires=row.expires)
    assert token.fields["token"] == vector["token"]
