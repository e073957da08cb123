"""Origins without a platform: a bearer token opens everything."""

from dataclasses import dataclass, replace
from pathlib import Path

from tests.providers.emulation.asks import EVERYTHING, Ask, Role
from tests.providers.emulation.carriers import Header
from tests.providers.emulation.checks import Known
from tests.providers.emulation.doors import UNAUTHORIZED, Door
from tests.providers.emulation.layout import Layout
from tests.providers.emulation.links import AsHeader
from tests.providers.emulation.platform import Platform
from tests.providers.emulation.programme import Programme
from tests.providers.emulation.stage import Cast
from tests.providers.platforms.row import FOREVER, LIFETIME, Emulated, Row, Table

# Whoever writes a token's file does so well before the old token expires.
OVERLAP_SECONDS = 20.0
FIRST = "never-changing-token"


def bearer(table: Table, known: Known, *, segments: str = "home") -> Emulated:
    """Any origin behind `Authorization: Bearer`; media may be on another one."""
    path = table["url"].removesuffix("/index.m3u8").rpartition("/")[2]
    return Emulated(
        Platform(
            doors=(
                Door(Header("Authorization", "Bearer "), known, statuses=UNAUTHORIZED),
            ),
            layout=Layout(
                entry=f"/{path}/index.m3u8",
                playlist=f"/{path}/{{rendition}}/index.m3u8",
                segment=f"/{path}/{{rendition}}/{{number}}.ts",
                key=f"/{path}/key.bin",
                hosts={Role.SEGMENT: (segments,)},
            ),
            programme=Programme(segments=None),
        )
    )


def written_by_another(emulated: Emulated, folder: Path, now: float) -> None:
    """Write a new token into the file, as the program that refreshes it does."""
    check = emulated.platform.doors[0].check
    assert isinstance(check, Known)
    if max(check.issued.values(), default=0.0) - now > OVERLAP_SECONDS:
        return
    token = f"opaque-token-{now:.0f}"
    check.issued[token] = now + LIFETIME
    file = folder / "yard.token"
    file.touch(mode=0o600)
    file.write_text(f"{token}\n")


@dataclass(slots=True)
class Renewing(Known):
    """Sends a newer token with each answer, and accepts all of them (an Issuer)."""

    def issue(self, ask: Ask, now: float) -> str:
        """Return a newer token."""
        del ask
        token = f"renewed-token-{now:.3f}"
        self.issued[token] = now + 2 * LIFETIME  # it outlives a pause
        return token


def renewing(table: Table) -> Emulated:
    """Return an origin that renews the token in a header, as in CTA-5007-B."""
    name = "Common-Access-Token"
    tokens = Renewing({FIRST: FOREVER})
    made = bearer(table, tokens)
    return Emulated(
        replace(
            made.platform,
            doors=(Door(Header(name), tokens, statuses=UNAUTHORIZED),),
            issuer=tokens,
            issued_to=EVERYTHING,
            gifts=(AsHeader(name),),
        )
    )


ROWS = {
    "bearer-file": Row(
        Cast("bearer", "yard", {"dock.token": "unused"}),
        lambda table: bearer(table, Known()),
        tend=written_by_another,
    ),
    "bearer-static": Row(
        Cast(
            "bearer",
            "dock",
            {"dock.token": FIRST},
            {"reach_origins": '["$media"]'},
        ),
        lambda table: bearer(table, Known({FIRST: FOREVER}), segments="media"),
        renewed=False,
    ),
    "renewed-by-header": Row(
        Cast(
            "bearer",
            "dock",
            {"dock.token": FIRST},
            {
                "placement": '[{ header = "Common-Access-Token" }]',
                "renewed_headers": '["Common-Access-Token"]',
            },
        ),
        renewing,
    ),
}
