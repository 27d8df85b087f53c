"""What the CDK command line runs: see `cdk.json`."""

import sys

from infra.assembly import app
from infra.markets import MarketFaultsError

try:
    app().synth()
except MarketFaultsError as error:
    sys.exit(str(error))
