"""The folder of S3 objects that are too large for memory."""

import tempfile

from localstack.services.s3 import provider


def install() -> None:
    """Use a folder of this run below its temporary folder: only its first user can write to LocalStack's fixed one."""
    provider.DEFAULT_S3_TMP_DIR = tempfile.mkdtemp(prefix="s3-")
