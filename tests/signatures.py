"""What tests of signatures need: the library, without which they are skipped at home and fail in CI."""

from __future__ import annotations

import os
from importlib.util import find_spec

import pytest

MISSING = find_spec("cryptography") is None
if MISSING and os.environ.get("CI") == "true":
    raise RuntimeError("the tests of signatures need cryptography: pip install 'bankcore[test]'")

needs_cryptography = pytest.mark.skipif(MISSING, reason="signatures are NOT TESTED without cryptography")
