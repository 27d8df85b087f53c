/** The REST API as `docs/openapi.json` describes it, called by a signed-in person. */

import createClient, { type Client, type Middleware } from "openapi-fetch";
import type { Config } from "./config";
import type { components, paths } from "./generated/rest";
import { asProblem, OFFLINE, ProblemError } from "./problem";
import type { Session } from "./session";

export type Schemas = components["schemas"];
export type Rest = Client<paths>;

const BEARER = "Bearer ";

/**
 * A client that signs each request, and throws `ProblemError` for each refusal.
 *
 * Every POST gets an idempotency key unless the caller gives one: a repeat with the same key has no further effect.
 */
export function restClient(config: Config, session: Session): Rest {
	const client = createClient<paths>({ baseUrl: config.rest_url, fetch: patient });
	const signed: Middleware = {
		async onRequest({ request }) {
			if (!request.headers.has("Authorization")) {
				request.headers.set("Authorization", BEARER + (await session.token()));
			}
			if (request.method === "POST" && !request.headers.has("Idempotency-Key")) {
				request.headers.set("Idempotency-Key", crypto.randomUUID());
			}
			return request;
		},
		async onResponse({ request, response }) {
			if (response.ok || response.status === 304) return;
			const body = await response.json().catch(() => null);
			if (response.status === 401) session.refused(request.headers.get("Authorization")?.slice(BEARER.length) ?? "");
			throw new ProblemError(asProblem(response.status, body));
		},
	};
	client.use(signed);
	return client;
}

async function patient(request: Request): Promise<Response> {
	try {
		return await fetch(request);
	} catch {
		throw new ProblemError(OFFLINE);
	}
}
