"""What players select, and how local names show it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.hls.selection import chosen, selection_of, split, suffix_of
from proxy.core.http.paths import LocalPath, parse

PARAMETERS = frozenset({"lang", "maxResolution", "audio", "720p", "x-y", "ä", "common"})


@pytest.mark.parametrize(
    ("query", "selection", "suffix"),
    [
        ("", "", ""),
        ("other=1&_HLS_msn=7&CMCD=lang%3Dde", "", ""),
        ("lang=de", "lang=de", ".lang-de"),
        ("maxResolution=720p&lang=de", "lang=de&maxResolution=720p", None),
        ("lang=de&other=1", "lang=de", ".lang-de"),
        ("lang=b&lang=a", "lang=b&lang=a", ".lang-b.lang-a"),
        ("lang=", "lang=", ".lang-"),
        ("lang", "lang", ".lang"),
        ("lang=pt-BR", "lang=pt-BR", ".lang-pt-BR"),
        ("lang=a.b%2f_=", "lang=a.b%2F_%3D", ".lang-a_2eb_252F_5f_253D"),
        # In any spelling.
        *((f"lang={de}", "lang=de", ".lang-de") for de in ("%64e", "d%65", "%64%65")),
        *((f"lang={ue}", "lang=%C3%BC", None) for ue in ("ü", "%c3%bc", "%C3%BC")),
        ("lang=%252f", "lang=%252f", ".lang-_25252f"),
        ("lang=50%&lang=%zz", "lang=50%25&lang=%25zz", None),
        ("lang=%ff", "lang=%FF", ".lang-_25FF"),
        # Some servers decode a plus sign as a space, so it differs from both.
        ("lang=a+b%20c%2Bd", "lang=a+b%20c%2Bd", ".lang-a_2bb_2520c_252Bd"),
        ("x-y=1", "x-y=1", ".x_2dy-1"),
        # They could be slugs, which have no underscore.
        ("audio=en", "audio=en", "._61udio-en"),
        ("720p=1", "720p=1", "._3720p-1"),
        ("common", "common", "._63ommon"),
    ],
)
def test_a_selection_shows_in_names(
    query: str, selection: str, suffix: str | None
) -> None:
    """Only allowed parameters select, in the order of their names."""
    assert chosen(query, PARAMETERS) == selection
    if suffix is not None:
        assert suffix_of(selection) == suffix


@given(
    parts=st.lists(
        st.tuples(
            st.sampled_from(sorted(PARAMETERS)),
            st.none() | st.text(st.characters(codec="utf-8", exclude_characters="&")),
        ),
        max_size=4,
    ),
    folder=st.sampled_from(
        ["720p-3000k", "main", "common", "ad-abcdefgh2345.360p", "360p.x.ts.main"]
    ),
)
def test_the_selection_is_read_back_from_a_name(
    parts: list[tuple[str, str | None]], folder: str
) -> None:
    """Byte for byte, also after a restart, except for a long one."""
    query = "&".join(n if value is None else f"{n}={value}" for n, value in parts)
    selection = chosen(query, PARAMETERS)
    suffix = suffix_of(selection)
    assert split(folder + suffix, PARAMETERS) == (folder, suffix)
    assert selection_of(suffix) in {selection, None}
    assert (selection_of(suffix) is None) == ("__" in suffix)
    path = f"/lobby/{folder}{suffix}/s.ts"
    assert parse(path, families=()) == LocalPath("lobby", None, path.split("/", 2)[2])


@pytest.mark.parametrize(
    "folder",
    [
        *("720p-3000k", "lang-de", "720p.other-1", "720p.Lang-de", "a-b.audio-en"),
        *("720p.lang-_2564e", "720p.lang-_25c3_25bc", "720p.lang-a_3ab"),
        *("720p.lang-a_2Eb", "720p.lang-a_61", "720p.lang-_ff", "720p.lang_2d-a"),
        *("720p.maxResolution-1.lang-de", "720p._6cang-de", "720p.lang-de.x", ""),
        *(f"720p.lang-{'a' * 200}", "720p.audio-en"),
    ],
)
def test_other_folders_show_no_selection(folder: str) -> None:
    """Not with another spelling or order, or a name that is not allowed."""
    assert split(folder, PARAMETERS) == (folder, "")


def test_without_allowed_parameters_there_is_no_selection() -> None:
    """Not even a hash."""
    assert split("720p.lang-de", frozenset()) == ("720p.lang-de", "")
    assert split("720p.__abcdefgh2345", frozenset()) == ("720p.__abcdefgh2345", "")


def test_a_long_selection_is_a_hash() -> None:
    """File systems and players limit the length of names."""
    suffix = suffix_of(f"lang={'x' * 5000}")
    assert len(suffix) == 15
    assert split(f"720p{suffix}", PARAMETERS) == ("720p", suffix)
    assert suffix != suffix_of(f"lang={'y' * 5000}")
