"""Signed policies of CloudFront, and JWTs."""

from typing import Any

from tests.providers.vector_rows.row import FOLDER, NAMED, Row, hashed

POLICY = (
    '{"Statement":[{"Resource":"%s",'
    '"Condition":{"DateLessThan":{"AWS:EpochTime":{expires}}}}]}'
)
CUSTOM_POLICY = (
    '{"Statement":[{"Resource":"foo","Condition":{"DateLessThan":{"AWS:EpochTime":'
    '{expires}},"IpAddress":{"AWS:SourceIp":"12.34.56.78/9"},"DateGreaterThan":'
    '{"AWS:EpochTime":{issued}}}}]}'
)
D111 = "https://d111111abcdef8.cloudfront.net"


def cloudfront(
    resource: str, algorithm: str, *, shown: bool, **keys: object
) -> dict[str, Any]:
    """Return the settings of a policy; `shown`: it is part of the token."""
    fields = {"signature": "{signature}"}
    if shown:
        fields["policy_b64"] = "{policy:base64-cloudfront}"
    return {
        **hashed(algorithm, "{policy}", output="base64-cloudfront", fields=fields),
        "texts": {"policy": POLICY % resource},
        "key_file": FOLDER / "test_rsa_pkcs8.pem",
        **keys,
    }


def json_web_token(vector: str) -> Row:
    """Return a JWT, with the placeholders in its parts again."""
    wanted = NAMED[vector]
    holes = {"kid": "{key_id}", "iat": "{issued}", "exp": "{expires}"}
    headers, claims = (
        {name: holes.get(name, value) for name, value in wanted[part].items()}
        for part in ("header", "claims")
    )
    token = {
        "source": "sign-jwt",
        "key_file": FOLDER / wanted["key_file"],
        "key_id": wanted["claims"]["kid"],
        "algorithm": headers.pop("alg"),
        "headers": headers,
        "claims": claims,
    }
    exp, iat = wanted["claims"]["exp"], wanted["claims"].get("iat")
    return Row(token, exp, issued=iat)


POLICIES: dict[str, Row] = {
    **{name: json_web_token(name) for name in NAMED if " jwt" in name},
    "cloudfront custom-policy 1": Row(
        cloudfront("{origin}/live/*", "rsa-sha1", shown=True),
        1700003600,
        f"{D111}/live/a.m3u8",
    ),
    "cloudfront custom-policy 2": Row(
        cloudfront("{origin}/live/*", "rsa-sha256", shown=True),
        1700003600,
        f"{D111}/live/a.m3u8",
    ),
    "cloudfront canned-policy 1": Row(
        cloudfront("{url}", "rsa-sha1", shown=False),
        1700003600,
        f"{D111}/live/master.m3u8?x=1",
    ),
    "cloudfront policy-encoding 1": Row(
        cloudfront(
            "",
            "rsa-sha1",
            shown=True,
            texts={"policy": CUSTOM_POLICY},
            fields={"policy_b64": "{policy:base64-cloudfront}"},
        ),
        1451606400,
        issued=1448928000,
    ),
}
