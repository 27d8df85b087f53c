// Writes the types of requests, answers, actions and frames from the API's own descriptions in docs/.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";

const DOCS = new URL("../docs/", import.meta.url);
const INTO = new URL("./src/api/generated/", import.meta.url);

const rest = read("openapi.json");
const live = read("asyncapi.json");
mkdirSync(INTO, { recursive: true });
await write("rest.ts", rest);
await write("live.ts", asOpenApi(live));

/** AsyncAPI's messages as schemas: one tool then reads both documents. */
function asOpenApi(description) {
	const messages = Object.entries(description.components.messages);
	const payloads = Object.fromEntries(messages.map(([name, message]) => [`${name}Message`, message.payload]));
	const schemas = { ...description.components.schemas, ...payloads };
	return { openapi: "3.1.0", info: description.info, paths: {}, components: { schemas } };
}

function read(name) {
	return JSON.parse(readFileSync(new URL(name, DOCS), "utf8"));
}

async function write(name, document) {
	const cwd = new URL("./", import.meta.url); // its own default does not read every path
	const nodes = await openapiTS(document, { cwd, alphabetize: true, defaultNonNullable: false });
	writeFileSync(new URL(name, INTO), astToString(nodes));
}
