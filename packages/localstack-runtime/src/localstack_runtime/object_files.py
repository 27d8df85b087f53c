"""Where LocalStack keeps the objects of S3 that are too large for memory."""

import tempfile

from localstack.services.s3 import provider


def install() -> None:
    """In a folder of this run, below its own temporary folder: the fixed one is the machine's first user's alone."""
    provider.DEFAULT_S3_TMP_DIR = tempfile.mkdtemp(prefix="s3-")
