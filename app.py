"""What the CDK command line runs: see `cdk.json`."""

import sys

from infra.areas import AreaFilesError
from infra.assembly import app

try:
    app().synth()
except AreaFilesError as error:
    sys.exit(str(error))
