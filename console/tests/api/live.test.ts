import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Config } from "../../src/api/config";
import { answerTo, Live } from "../../src/api/live";
import { ProblemError } from "../../src/api/problem";
import type { Session } from "../../src/api/session";

const CONFIG = { websocket_url: "wss://api.example/live" } as Config;
const PING = { action: "ping" } as const;

/** A browser's WebSocket; the test is the service. */
class Socket {
	static readonly OPEN = 1;
	static made: Socket[] = [];
	readyState = 0;
	sent: { action: string; request_id?: string }[] = [];
	onopen = () => undefined as unknown;
	onmessage = (_: { data: string }) => undefined as unknown;
	onclose = () => undefined as unknown;

	constructor(readonly url: string) {
		Socket.made.push(this);
	}

	send(text: string): void {
		this.sent.push(JSON.parse(text));
	}

	close(): void {
		this.readyState = 3;
		this.onclose();
	}

	opens(): void {
		this.readyState = Socket.OPEN;
		this.onopen();
	}

	says(frame: object): void {
		this.onmessage({ data: JSON.stringify({ at: "2026-10-01T00:00:00Z", ...frame }) });
	}
}

let live: Live;
let token: () => Promise<string>;
let isOnline: () => void;

function socket(): Socket {
	return Socket.made.at(-1) as Socket;
}

beforeEach(async () => {
	vi.useFakeTimers();
	vi.stubGlobal("WebSocket", Socket);
	vi.stubGlobal("addEventListener", (_: "online", listener: () => void) => {
		isOnline = listener;
	});
	vi.stubGlobal("removeEventListener", () => undefined);
	vi.stubGlobal("window", globalThis);
	Socket.made = [];
	token = async () => "a token";
	live = new Live(CONFIG, { token: () => token() } as Session);
	live.open();
	await vi.advanceTimersByTimeAsync(0);
});

afterEach(() => {
	live.close();
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

test("a connection is made with the person's token", () => {
	expect(socket().url).toBe("wss://api.example/live?token=a%20token");
	expect(live.link()).toBe("connecting");
	expect(live.send(PING)).toBe(false);
	socket().opens();
	expect(live.link()).toBe("open");
	expect(live.send(PING)).toBe(true);
});

test("a frame that comes twice is told once, to those who listen to its type", () => {
	const heard = vi.fn();
	const end = live.on("trip.offer", heard);
	socket().opens();
	for (const id of ["1", "1", "2"]) socket().says({ type: "trip.offer", id, data: {} });
	socket().says({ type: "pong", id: "3", data: {} });
	end();
	socket().says({ type: "trip.offer", id: "4", data: {} });
	expect(heard).toHaveBeenCalledTimes(2);
});

test("an answer reaches the one who asked, and a refusal is thrown", async () => {
	socket().opens();
	const answers = [live.ask(PING), live.ask(PING)];
	const refused = expect(answers[1]).rejects.toThrow("Too fast.");
	const [first, second] = socket().sent;
	socket().says({
		type: "problem",
		id: "1",
		request_id: second?.request_id,
		data: { status: 429, detail: "Too fast." },
	});
	socket().says({ type: "pong", id: "2", request_id: first?.request_id, data: {} });
	expect((await answers[0])?.type).toBe("pong");
	await refused;
});

test("no answer in ten seconds is none, and neither is an action without a connection", async () => {
	const cut = expect(live.ask(PING)).rejects.toMatchObject({ code: "unanswered" });
	await cut;
	socket().opens();
	const late = answerTo<"pong">(live, PING);
	await vi.advanceTimersByTimeAsync(10_000);
	expect(await late).toBeNull();
});

test("what was asked by a connection that is lost gets no answer, and that is known at once", async () => {
	socket().opens();
	const cut = answerTo<"pong">(live, PING);
	socket().close();
	expect(await cut).toBeNull();
	await vi.advanceTimersByTimeAsync(500);
	socket().opens();
	const replaced = answerTo<"pong">(live, PING);
	isOnline(); // the connection is open: nothing is made anew
	await vi.advanceTimersByTimeAsync(9_999);
	expect(Socket.made).toHaveLength(2);
	await vi.advanceTimersByTimeAsync(1);
	expect(await replaced).toBeNull();
});

test("an attempt that was to come is left out once there is a connection", async () => {
	isOnline();
	socket().opens();
	await vi.advanceTimersByTimeAsync(20_000);
	expect([Socket.made.length, live.link()]).toEqual([1, "open"]);
});

test("a connection is kept from being idle by one ping in five minutes, also after others", async () => {
	for (let time = 0; time < 3; time++) {
		socket().opens();
		socket().close();
		await vi.advanceTimersByTimeAsync(500);
	}
	socket().opens();
	await vi.advanceTimersByTimeAsync(10 * 60_000);
	expect(socket().sent.filter((each) => each.action === "ping")).toHaveLength(2);
});

test("the pause before another attempt is never longer than 15 seconds, and differs from person to person", async () => {
	const random = vi.spyOn(Math, "random").mockReturnValue(1);
	for (let time = 0; time < 8; time++) {
		socket().close();
		await vi.advanceTimersByTimeAsync(15_000);
	}
	expect(Socket.made).toHaveLength(9);
	random.mockReturnValue(0);
	socket().close();
	await vi.advanceTimersByTimeAsync(7_500);
	expect(Socket.made).toHaveLength(10);
	socket().opens();
	socket().close();
	await vi.advanceTimersByTimeAsync(250);
	expect(Socket.made).toHaveLength(11);
	random.mockRestore();
});

test("a frame of some time ago that comes again is still known", () => {
	const heard = vi.fn();
	live.on("trip.offer", heard);
	socket().opens();
	for (let frame = 0; frame < 400; frame++) socket().says({ type: "trip.offer", id: String(frame), data: {} });
	socket().says({ type: "trip.offer", id: "0", data: {} });
	expect(heard).toHaveBeenCalledTimes(400);
});

test("a lost connection is opened again after a pause that grows, until it is not wanted any more", async () => {
	vi.spyOn(Math, "random").mockReturnValue(1);
	socket().opens();
	socket().close();
	expect(live.link()).toBe("closed");
	await vi.advanceTimersByTimeAsync(499);
	expect(Socket.made).toHaveLength(1);
	await vi.advanceTimersByTimeAsync(1);
	expect(Socket.made).toHaveLength(2);
	socket().close();
	await vi.advanceTimersByTimeAsync(999);
	expect(Socket.made).toHaveLength(2);
	await vi.advanceTimersByTimeAsync(1);
	expect(Socket.made).toHaveLength(3);
	socket().opens();
	live.close();
	await vi.advanceTimersByTimeAsync(60_000);
	expect([Socket.made.length, live.link()]).toEqual([3, "closed"]);
});

test("a browser that is online again connects anew; of two attempts the last one counts", async () => {
	let arrived = (_: string): void => undefined;
	token = () =>
		new Promise((resolve) => {
			arrived = resolve;
		});
	const hangs = socket();
	isOnline();
	await vi.advanceTimersByTimeAsync(500);
	const late = arrived;
	isOnline();
	await vi.advanceTimersByTimeAsync(500);
	arrived("new");
	late("old");
	await vi.advanceTimersByTimeAsync(0);
	expect(Socket.made.map((each) => each.url.split("=")[1])).toEqual(["a%20token", "new"]);
	expect(hangs.readyState).toBe(3);
	socket().opens();
	await vi.advanceTimersByTimeAsync(60_000);
	expect([Socket.made.length, live.link()]).toEqual([2, "open"]);
});

test("who is signed out is not connected again", async () => {
	socket().opens();
	token = async () => {
		throw new ProblemError({ status: 401, code: "unauthenticated", detail: "Sign in again." });
	};
	socket().close();
	await vi.advanceTimersByTimeAsync(60_000);
	expect([Socket.made.length, live.link()]).toEqual([1, "closed"]);
});
