// Parses an AsyncAPI document as the specification's own parser does; prints what it finds wrong, as JSON.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], "utf8"));
console.log(
  JSON.stringify({
    operations: document?.operations().all().map((operation) => operation.id()) ?? [],
    diagnostics: diagnostics.map(({ code, message, path }) => `${code} at ${path.join(".")}: ${message}`),
  }),
);
