"""Parts of CloudFormation templates."""

from typing import Any

RUNTIME = "python3.13"

Resource = dict[str, Any]


def ref(name: str) -> Resource:
    return {"Ref": name}


def att(name: str, attribute: str) -> Resource:
    return {"Fn::GetAtt": [name, attribute]}


def resource(kind: str, **properties: Any) -> Resource:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def function(code: str, **properties: Any) -> Resource:
    return resource(
        "Lambda::Function",
        Runtime=RUNTIME,
        Handler="index.handler",
        Code={"ZipFile": code},
        Role=att("Role", "Arn"),
        **{"Timeout": 5, "MemorySize": 256, **properties},
    )


def invocation_uri(name: str) -> Resource:
    path = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${Arn}/invocations"
    return {"Fn::Sub": [path, {"Arn": att(name, "Arn")}]}


def policy(*statements: Resource) -> Resource:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(actions: str | list[str], resources: Any, **more: Any) -> Resource:
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def role() -> Resource:
    services = [f"{name}.amazonaws.com" for name in ("lambda", "scheduler", "states")]
    trust = {"Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole"}
    return resource("IAM::Role", AssumeRolePolicyDocument=policy(trust))


def grants(role: str, *statements: Resource) -> Resource:
    return resource("IAM::Policy", PolicyName=role, Roles=[ref(role)], PolicyDocument=policy(*statements))
