"""What the CDK command line runs: see `cdk.json`."""

import sys

from infra.assembly import app
from infra.markets import MarketFaultsError
from infra.stages import StageSettingError, UnknownStageError

try:
    app().synth()
except (MarketFaultsError, StageSettingError, UnknownStageError) as error:
    sys.exit(str(error))
