/**
 * The WebSocket API as `docs/asyncapi.json` describes it: actions are sent, frames come.
 *
 * A lost connection is opened again after a growing pause. Frames may come twice: those of a known `id` are dropped.
 */

import type { Config } from "./config";
import type { components } from "./generated/live";
import { type Problem, ProblemError } from "./problem";
import type { Session } from "./session";

export type LiveSchemas = components["schemas"];

type Schema = LiveSchemas[keyof LiveSchemas];
type AnyFrame = Extract<Schema, { type: string; id: string; at: string; data: unknown }>;

/** Frames by their type. */
export type Frames = { [Known in AnyFrame as Known["type"]]: Known };

/** What an app sends. */
export type Action = Extract<Schema, { action: string }>;

export type Link = "closed" | "connecting" | "open";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** API Gateway ends a connection that is idle for ten minutes. */
const PING_EVERY_MS = 5 * 60_000;
const ANSWER_WITHIN_MS = 10_000;
const REMEMBERED = 500;

type Listener = (frame: AnyFrame) => void;

export class Live {
	private readonly config: Config;
	private readonly session: Session;
	private readonly frames = new Map<string, Set<Listener>>();
	private readonly links = new Set<() => void>();
	/** Actions without an answer yet; null answers those that will get none. */
	private readonly waiting = new Map<string, (frame: AnyFrame | null) => void>();
	private readonly seen: string[] = [];
	private socket: WebSocket | null = null;
	private pause = FIRST_PAUSE_MS;
	private timer = 0;
	private pings = 0;
	private wanted = false;
	/** Counts up with each attempt to connect: the last one counts. */
	private attempt = 0;
	private state: Link = "closed";

	constructor(config: Config, session: Session) {
		this.config = config;
		this.session = session;
	}

	/** Whether frames come at present. */
	link = (): Link => this.state;

	/** Call `listener` when the link changes; returns what ends that. */
	onLink = (listener: () => void): (() => void) => {
		this.links.add(listener);
		return () => this.links.delete(listener);
	};

	/** Call `listener` for each frame of the type; returns what ends that. */
	on<Type extends keyof Frames>(type: Type, listener: (frame: Frames[Type]) => void): () => void {
		const listeners = this.frames.get(type) ?? new Set();
		this.frames.set(type, listeners.add(listener as Listener));
		return () => listeners.delete(listener as Listener);
	}

	/** Connect, and stay connected until `close`. */
	open(): void {
		if (this.wanted) return;
		this.wanted = true;
		addEventListener("online", this.hurry);
		void this.connect();
	}

	close(): void {
		this.wanted = false;
		removeEventListener("online", this.hurry);
		clearTimeout(this.timer);
		this.socket?.close();
	}

	/** Send an action. False if there is no connection: nothing is kept for later. */
	send(action: Action): boolean {
		if (this.socket?.readyState !== WebSocket.OPEN) return false;
		this.socket.send(JSON.stringify(action));
		return true;
	}

	/**
	 * Send an action and wait for its answer. Throws `ProblemError` if it is refused, if it is not answered in 10 s, or if
	 * the connection ends before: answers come by the connection that asked.
	 */
	ask<Type extends keyof Frames>(action: Action): Promise<Frames[Type]> {
		const request_id = crypto.randomUUID();
		return new Promise((resolve, reject) => {
			const late = setTimeout(() => answered(null), ANSWER_WITHIN_MS);
			const answered = (frame: AnyFrame | null) => {
				clearTimeout(late);
				this.waiting.delete(request_id);
				if (frame === null) reject(new ProblemError(UNANSWERED));
				else if (frame.type === "problem") reject(new ProblemError(frame.data));
				else resolve(frame as Frames[Type]);
			};
			this.waiting.set(request_id, answered);
			if (!this.send({ ...action, request_id })) answered(null);
		});
	}

	private async connect(): Promise<void> {
		const attempt = ++this.attempt;
		this.tell("connecting");
		let token: string;
		try {
			token = await this.session.token();
		} catch (error) {
			if (attempt !== this.attempt) return;
			if (error instanceof ProblemError && error.problem.status === 401) this.tell("closed");
			else this.again();
			return;
		}
		if (!this.wanted || attempt !== this.attempt) return;
		const socket = new WebSocket(`${this.config.websocket_url}?token=${encodeURIComponent(token)}`);
		const former = this.socket;
		this.socket = socket;
		former?.close();
		socket.onopen = () => {
			clearTimeout(this.timer); // another attempt may wait: it would end this connection
			this.pause = FIRST_PAUSE_MS;
			this.pings = window.setInterval(() => this.send({ action: "ping" }), PING_EVERY_MS);
			this.tell("open");
		};
		socket.onmessage = (message) => this.receive(JSON.parse(String(message.data)) as AnyFrame);
		socket.onclose = () => {
			if (this.socket !== socket) return; // it was replaced before it was open
			this.socket = null;
			clearInterval(this.pings);
			for (const answered of [...this.waiting.values()]) answered(null);
			this.tell("closed");
			if (this.wanted) this.again();
		};
	}

	private readonly hurry = () => {
		if (this.state !== "open") {
			this.pause = FIRST_PAUSE_MS;
			this.again();
		}
	};

	private again(): void {
		clearTimeout(this.timer);
		const pause = this.pause * (0.5 + Math.random() / 2); // a crowd must not come back in one moment
		this.pause = Math.min(this.pause * 2, LONGEST_PAUSE_MS);
		this.timer = window.setTimeout(() => void this.connect(), pause);
	}

	private receive(frame: AnyFrame): void {
		if (frame.request_id) this.waiting.get(frame.request_id)?.(frame);
		if (this.seen.includes(frame.id)) return;
		this.seen.push(frame.id);
		if (this.seen.length > REMEMBERED) this.seen.shift();
		for (const listener of this.frames.get(frame.type) ?? []) listener(frame);
	}

	private tell(state: Link): void {
		if (state === this.state) return;
		this.state = state;
		for (const listener of this.links) listener();
	}
}

/** The data of an action's answer; null if none came in time. Throws `ProblemError` if the action is refused. */
export async function answerTo<Type extends keyof Frames>(
	live: Live,
	action: Action,
): Promise<Frames[Type]["data"] | null> {
	try {
		return (await live.ask<Type>(action)).data;
	} catch (error) {
		if (error instanceof ProblemError && error.problem.status === 0) return null;
		throw error;
	}
}

const UNANSWERED: Problem = { status: 0, code: "unanswered", detail: "The service did not answer. Try again." };
