"""The root of every error that this program raises on purpose."""

from typing import Self


class HlsAuthProxyError(Exception):
    """The root of every error this program raises on purpose."""

    forbidden: str = ""
    """The origin that the configuration does not allow, if that caused the error."""

    def without_trace(self) -> Self:
        """Return an equal error that can be kept.

        It references neither frames nor loaded bodies.
        """
        kind = type(self)
        bare = kind.__new__(kind, *self.args)
        for name, value in vars(self).items():
            inner = isinstance(value, HlsAuthProxyError)
            setattr(bare, name, value.without_trace() if inner else value)
        return bare
