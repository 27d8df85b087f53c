/** Doubles of what the pages talk to: the service by REST and by WebSocket, and the browser's storage. */

import { vi } from "vitest";
import type { Action, Frames, Link, Live } from "../src/api/live";
import { ProblemError } from "../src/api/problem";
import type { Rest } from "../src/api/rest";

/** A refusal with a code; with status 0 the request was not answered. */
export function refusal(status: number, code: string): ProblemError {
	return new ProblemError({ status, code, detail: `Refused: ${code}.` });
}

export interface Call {
	/** Such as `POST /v1/trips/{trip_id}/arrive`. */
	what: string;
	body: unknown;
}

interface Options {
	body?: unknown;
	params?: { path?: Record<string, string> };
}

type Answer = (body: unknown, path: Record<string, string>) => unknown;

/** REST: each operation is answered by what a test has set, and each call is kept. */
export class RestDouble {
	readonly calls: Call[] = [];
	private readonly answers = new Map<string, Answer>();

	/** Answer an operation, such as `GET /v1/drivers/me`, by this data. A `ProblemError` refuses it. */
	answer(what: string, by: Answer): void {
		this.answers.set(what, by);
	}

	/** The bodies of all calls of an operation. */
	bodies(what: string): unknown[] {
		return this.calls.filter((call) => call.what === what).map((call) => call.body);
	}

	get rest(): Rest {
		const method = (name: string) => async (path: string, options?: Options) => {
			const what = `${name} ${path}`;
			this.calls.push({ what, body: options?.body });
			const by = this.answers.get(what);
			if (!by) throw refusal(404, "not_found");
			const data = await by(options?.body, options?.params?.path ?? {});
			if (data instanceof ProblemError) throw data;
			return { data };
		};
		return Object.fromEntries(["GET", "POST", "PUT", "DELETE"].map((name) => [name, method(name)])) as unknown as Rest;
	}
}

type Asked = (action: Action) => unknown;

/** The WebSocket: a test opens and cuts it, and pushes frames. */
export class LiveDouble {
	readonly asked: Action[] = [];
	readonly sent: Action[] = [];
	/** The answer to an action. A `ProblemError` refuses it; with nothing the service does not answer. */
	answerBy: Asked = () => undefined;
	private readonly listeners = new Map<string, Set<(frame: unknown) => void>>();
	private readonly linked = new Set<() => void>();
	private state: Link = "closed";

	get live(): Live {
		return {
			link: () => this.state,
			onLink: (listener: () => void) => added(this.linked, listener),
			on: (type: string, listener: (frame: unknown) => void) => {
				const listeners = this.listeners.get(type) ?? new Set();
				this.listeners.set(type, listeners);
				return added(listeners, listener);
			},
			send: (action: Action) => {
				if (this.state === "open") this.sent.push(action);
				return this.state === "open";
			},
			ask: async (action: Action) => {
				this.asked.push(action);
				const data = this.answerBy(action) ?? refusal(0, "unanswered");
				if (data instanceof ProblemError) throw data;
				return { data };
			},
		} as unknown as Live;
	}

	push<Type extends keyof Frames>(type: Type, data: Partial<Frames[Type]["data"]>, at = Date.now()): void {
		const frame = { type, id: crypto.randomUUID(), at: new Date(at).toISOString(), data };
		for (const listener of this.listeners.get(type) ?? []) listener(frame);
	}

	/** Open or cut the connection. */
	links(state: Link): void {
		this.state = state;
		for (const listener of this.linked) listener();
	}
}

function added<Each>(all: Set<Each>, each: Each): () => void {
	all.add(each);
	return () => all.delete(each);
}

/** Storage of a browser for one test, until `vi.unstubAllGlobals`. */
export function stubStorage(name: "sessionStorage" | "localStorage"): Map<string, string> {
	const kept = new Map<string, string>();
	vi.stubGlobal(name, {
		getItem: (key: string) => kept.get(key) ?? null,
		setItem: (key: string, value: string) => kept.set(key, value),
		removeItem: (key: string) => kept.delete(key),
	});
	return kept;
}
