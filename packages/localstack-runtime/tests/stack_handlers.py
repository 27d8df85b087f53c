"""The functions of the stack in `template`, as their code is deployed."""

ECHO = """
import os
VERSION = %d
def handler(event, context):
    import json, time
    if "sleep" in event: time.sleep(event["sleep"])
    if "exit" in event: os._exit(event["exit"])
    if "requestContext" not in event:
        return {"pid": os.getpid(), "version": VERSION, "environment": dict(os.environ), "event": event}
    print("echo", event["requestContext"].get("routeKey") or event["requestContext"].get("resourcePath"))
    said = {"version": VERSION, "context": event["requestContext"], "body": event.get("body"),
            "base64": event.get("isBase64Encoded")}
    return {"statusCode": 200, "headers": {"X-Version": str(VERSION)}, "body": json.dumps(said)}
"""
CONNECT = """
def handler(event, context):
    query = event.get("queryStringParameters") or {}
    offered = event["headers"].get("Sec-WebSocket-Protocol")
    headers = {"Sec-WebSocket-Protocol": offered.split(",")[0]} if offered else {}
    return {"statusCode": int(query.get("status", 200)), "headers": headers}
"""
# Reports through its log: nobody waits for the answer of $disconnect.
DISCONNECT = """
import json
def handler(event, context):
    print(json.dumps(event["requestContext"]))
    return {"statusCode": 200}
"""
AUTHORIZER = """
import uuid
def handler(event, context):
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    token = event.get("authorizationToken") or headers.get("authorization")
    token = token or (event.get("queryStringParameters") or {}).get("token")
    if token == "unknown": raise Exception("Unauthorized")
    if token == "broken": raise ValueError("no")
    if token == "nonsense": return {"yes": True}
    stage = "/".join(event["methodArn"].split("/")[:2])
    statements = [{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": stage + "/*"}]
    if token == "denied": statements[0]["Effect"] = "Deny"
    if token == "reader": statements.append(
        {"Action": "execute-api:Invoke", "Effect": "Deny", "Resource": stage + "/POST/*"})
    return {"principalId": token or "nobody", "policyDocument": {"Version": "2012-10-17", "Statement": statements},
            "context": {"person_id": token or "", "number": 7, "flag": True, "call": uuid.uuid4().hex}}
"""
CONSUMER = """
def handler(event, context):
    failed = [record["messageId"] for record in event["Records"] if "poison" in record["body"]]
    for record in event["Records"]:
        print("consumed", record["body"])
    return {"batchItemFailures": [{"itemIdentifier": message} for message in failed]}
"""
CUSTOM = """
import json, urllib.request
def handler(event, context):
    data = {"Answer": event["ResourceProperties"]["V"]}
    answer = {"Status": "SUCCESS", "PhysicalResourceId": "custom-1", "Data": data,
              **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}}
    if event["ResourceProperties"]["V"] == "fail": answer.update(Status="FAILED", Reason="because")
    print(event["RequestType"], event["ResourceProperties"]["V"], (event.get("OldResourceProperties") or {}).get("V"))
    urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], json.dumps(answer).encode(), method="PUT"))
"""
