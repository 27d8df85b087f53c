// Unpacks the package's Chromium, its software renderer, fonts and libraries into TMPDIR, where `inflate` writes.

import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { inflate } from "@sparticuz/chromium";

const packed = fileURLToPath(new URL("../bin/", import.meta.resolve("@sparticuz/chromium")));
await Promise.all(readdirSync(packed).map((name) => inflate(packed + name)));
