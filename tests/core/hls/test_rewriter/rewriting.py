"""A pass that names references by numbers and records them."""

from proxy.core.hls.references import Finder, Reference
from proxy.core.hls.rewriter import Rewriter
from proxy.core.hls.variables import Variables
from proxy.core.http.uri import Resolver
from proxy.core.kind import Kind

FOLDER = "https://cdn.example/live/"


class Pass:
    """A pass that names the references 0, 1, 2 … and records them."""

    def __init__(self, *, multivariant: bool = False) -> None:
        self.references: list[Reference] = []
        self.manifests: list[str] = []
        variables = Variables(None, {}, frozenset())
        finder = Finder(Resolver(FOLDER + "index.m3u8"), variables)
        self.rewriter = Rewriter(
            finder, variables, self._name, self._steering, multivariant=multivariant
        )

    def __call__(self, text: str) -> str:
        """Rewrite these lines."""
        return self.rewriter.text(text.encode()).decode()

    @property
    def kinds(self) -> list[Kind]:
        """The kinds of all named references."""
        return [reference.kind for reference in self.references]

    def _name(self, reference: Reference) -> str:
        self.references.append(reference)
        return str(len(self.references) - 1)

    def _steering(self, manifest: str) -> str | None:
        self.manifests.append(manifest)
        return "data:,local" if "json" in manifest else None
