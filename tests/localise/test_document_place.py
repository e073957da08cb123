"""Where a document is."""

from proxy.core.hls.names import Base, Marks
from proxy.core.tokens.secrets.recogniser import Recogniser
from proxy.localise.document_place import DocumentPlace
from proxy.localise.folders import Folder


def test_neither_address_nor_token_is_printed() -> None:
    """Both may be secrets."""
    url = "https://h/?signature"
    place = DocumentPlace(
        path="index.m3u8",
        depth=0,
        folder=Folder("main", "ts"),
        url=url,
        base=Base("https://h/", "https://h/"),
        marks=Marks(),
        allowed=lambda _: True,
        secrets=Recogniser({"A-SECRET"}),
    )
    assert "signature" not in repr(place)
    assert "A-SECRET" not in repr(place)
