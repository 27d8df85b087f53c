"""The flows of a ride are watched as they happen, in a process of their own: it fills the product's caches."""

import json
import subprocess
import sys

from local.paths import ROOT


def test_the_files_of_each_flow_are_told() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.flows", "--json"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr

    flows = {each["flow"]: each for each in json.loads(done.stdout)["flows"]}

    assert list(flows) == ["quote", "request to accept", "position", "pickup", "complete to paid"]
    for flow in flows.values():
        assert flow["entries"] == sum(flow["files"].values()) == flow["re_entries"] + len(flow["files"])
    assert set(flows["position"]["crossings"]) == {"locations → supply", "supply → markets"}
    position = flows["position"]["files"]
    assert position["functions/locations/record_position.py"] == 1
    assert not [file for file in position if "payments" in file or "dispatch" in file]
    assert flows["complete to paid"]["files"]["functions/payments/capture_payment.py"] >= 1
    assert "functions/payments/place_hold.py" in flows["request to accept"]["files"]
