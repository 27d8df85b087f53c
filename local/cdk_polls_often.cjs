// The CDK command line asks CloudFormation every five seconds how a stack is doing, and has no option for it. Against
// LocalStack, whose stacks take less than that, the waits would be most of a deploy. Loaded by `node --require`.
"use strict";

const INTERVAL_MS = 5000;
const LOCAL_INTERVAL_MS = 200;

const original = globalThis.setTimeout;
globalThis.setTimeout = Object.defineProperties(
  (callback, delay, ...rest) => original(callback, delay === INTERVAL_MS ? LOCAL_INTERVAL_MS : delay, ...rest),
  Object.getOwnPropertyDescriptors(original),
);
