// Lambda's runtime client for Node.js, which AWS publishes only as a native module: CDK's custom resources run on it.
// Run as `node node_runtime.mjs PARENT_PID HANDLER`, HANDLER being `file.export`.

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [parentPid, handlerName] = process.argv.slice(2);
const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;

setInterval(() => process.ppid === Number(parentPid) || process.exit(1), 1000).unref();

const post = (path, document) => fetch(`${api}/${path}`, { method: "POST", body: JSON.stringify(document ?? null) });
const errorDocument = (error) => ({
  errorType: error?.name ?? "Error",
  errorMessage: error?.message ?? String(error),
  trace: (error?.stack ?? "").split("\n"),
});

async function loadHandler() {
  const [, file, name] = handlerName.match(/^(.*)\.([^.]+)$/);
  const path = [".js", ".mjs", ".cjs"].map((suffix) => resolve(process.env.LAMBDA_TASK_ROOT, file + suffix)).find(existsSync);
  const module = await import(pathToFileURL(path));
  return module[name] ?? module.default[name];
}

const context = (headers) => ({
  awsRequestId: headers.get("lambda-runtime-aws-request-id"),
  invokedFunctionArn: headers.get("lambda-runtime-invoked-function-arn"),
  functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
  functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
  memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
  logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
  logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
  getRemainingTimeInMillis: () => Number(headers.get("lambda-runtime-deadline-ms")) - Date.now(),
  callbackWaitsForEmptyEventLoop: false,
});

const run = (handler, event, invocation) =>
  new Promise((answer, fail) => {
    const done = (error, result) => (error ? fail(error) : answer(result));
    const returned = handler(event, invocation, done);
    if (typeof returned?.then === "function") returned.then(answer, fail);
  });

let handler;
try {
  handler = await loadHandler();
} catch (error) {
  console.error(error);
  await post("init/error", errorDocument(error));
  process.exit(1);
}
for (;;) {
  const next = await fetch(`${api}/invocation/next`);
  if (next.status !== 200) process.exit(0);
  const invocation = context(next.headers);
  const outcome = `invocation/${invocation.awsRequestId}`;
  try {
    await post(`${outcome}/response`, await run(handler, await next.json(), invocation));
  } catch (error) {
    console.error(error);
    await post(`${outcome}/error`, errorDocument(error));
  }
}
