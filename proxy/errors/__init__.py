"""The tree of errors.

HlsAuthProxyError
├── SettingsError               the configuration is wrong; lists every problem
├── StartError                  the environment is wrong, e.g. the port is in use
│   ├── BuildError              streams that cannot be built; lists every problem
│   └── SecretError             a secret that cannot be used
│       ├── SecretFileError     its file is missing, open to others, empty
│       └── KeyUnusableError    the key does not fit its algorithm
├── TokenError
│   ├── SourceError             a source returned no token this time
│   │   └── ExpiryError         the token has expired, or its expiry is unreadable
│   └── TokenUnavailableError   a keeper has no token that may be used now
├── NameUnknownError            no such stream, rendition or resource
│   └── KeyUnknownError         no access key, or a wrong one
├── NameUndecidedError          cannot find out yet whether the name exists
├── CrowdedError                too many new members, or selections, at once
└── UpstreamError
    ├── UnreachableError        no answer: refused, reset, timed out
    │   └── KeyNotKeptError     a recording is kept, but its key is not
    ├── AddressRefusedError     policy forbids the address
    ├── RedirectRefusedError    policy forbids the redirect, or there are too many
    ├── BadAnswerError          an answer that cannot be used
    │   ├── LimitError          more than a limit allows
    │   ├── ImposterError       expected media, got a web page, JSON or nothing
    │   └── TruncatedError      the answer's body is incomplete
    ├── RefusedError            the upstream refused, and a newer token did not help
    │   ├── ChildRefusedError   it refused what it listed, and a newer URL did not help
    │   └── PlayerRefusedError  it refused what one player added to its request
    ├── SignatureRefusedError   a URL that the platform itself signed was refused
    ├── NotReadyError           a live stream that has not started
    └── StatusError             another status, which is passed on to the player

Messages never contain a URL, a query, a token or a key, because they are logged.

root      the root of the tree
start     what the operator has to mend: the configuration, or this machine
tokens    no usable token: what sources and keepers raise
names     what a player asked for is unknown, or there is no room for it
upstream  the upstream, or the connection to it, failed
"""

from proxy.errors.names import (
    CrowdedError,
    KeyUnknownError,
    NameUndecidedError,
    NameUnknownError,
)
from proxy.errors.root import HlsAuthProxyError
from proxy.errors.start import (
    BuildError,
    KeyUnusableError,
    Problem,
    SecretError,
    SecretFileError,
    SettingsError,
    StartError,
)
from proxy.errors.tokens import (
    ExpiryError,
    SourceError,
    TokenError,
    TokenUnavailableError,
)
from proxy.errors.upstream import (
    AddressRefusedError,
    BadAnswerError,
    ChildRefusedError,
    ImposterError,
    KeyNotKeptError,
    LimitError,
    NotReadyError,
    PlayerRefusedError,
    RedirectRefusedError,
    RefusedError,
    SignatureRefusedError,
    StatusError,
    TruncatedError,
    UnreachableError,
    UpstreamError,
    said_by_upstream,
)

__all__ = [
    "AddressRefusedError",
    "BadAnswerError",
    "BuildError",
    "ChildRefusedError",
    "CrowdedError",
    "ExpiryError",
    "HlsAuthProxyError",
    "ImposterError",
    "KeyNotKeptError",
    "KeyUnknownError",
    "KeyUnusableError",
    "LimitError",
    "NameUndecidedError",
    "NameUnknownError",
    "NotReadyError",
    "PlayerRefusedError",
    "Problem",
    "RedirectRefusedError",
    "RefusedError",
    "SecretError",
    "SecretFileError",
    "SettingsError",
    "SignatureRefusedError",
    "SourceError",
    "StartError",
    "StatusError",
    "TokenError",
    "TokenUnavailableError",
    "TruncatedError",
    "UnreachableError",
    "UpstreamError",
    "said_by_upstream",
]
