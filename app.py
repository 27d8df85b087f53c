"""What the CDK command line runs: see `cdk.json`."""

from infra.assembly import app

app().synth()
