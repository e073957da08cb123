"""The rows of all vectors."""

from tests.providers.vector_rows.google import GOOGLE
from tests.providers.vector_rows.hashes import HASHES
from tests.providers.vector_rows.policies import POLICIES
from tests.providers.vector_rows.row import Row

ROWS: dict[str, Row] = {**POLICIES, **GOOGLE, **HASHES}
