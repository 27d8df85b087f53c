import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Config } from "../../src/api/config";
import { Session } from "../../src/api/session";
import { stubStorage } from "../doubles";

const CONFIG = { rest_url: "https://api.example/live" } as Config;
const SIGNED_IN = { access_token: accessOf("p-1"), refresh_token: "refresh-1", expires_in_s: 3600 };

let asked: { url: string; body: Record<string, string> }[];
let answer: () => Response | Promise<Response>;
let kept: Map<string, string>;

/** An access token of a person, as far as the page reads it. */
function accessOf(sub: string): string {
	return `header.${btoa(JSON.stringify({ sub })).replaceAll("=", "").replaceAll("+", "-").replaceAll("/", "_")}.signature`;
}

function says(status: number, body: object): Response {
	return new Response(status === 204 ? null : JSON.stringify(body), { status });
}

beforeEach(() => {
	vi.useFakeTimers({ now: 0 });
	kept = stubStorage("sessionStorage");
	asked = [];
	answer = () => says(200, SIGNED_IN);
	vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
		asked.push({ url: url.replace(CONFIG.rest_url, ""), body: JSON.parse(String(init.body)) });
		return answer();
	});
});

afterEach(() => {
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

async function signedIn(): Promise<Session> {
	const session = new Session("rider", CONFIG);
	await session.signIn("rita@example.com", "Secret-1234");
	asked.length = 0;
	return session;
}

test("a token that is good for a minute more is used without a request", async () => {
	const session = await signedIn();
	vi.setSystemTime((3600 - 61) * 1000);
	expect(await session.token()).toBe(SIGNED_IN.access_token);
	expect(asked).toEqual([]);
});

test("an expired token is refreshed once for calls at the same time", async () => {
	const session = await signedIn();
	vi.setSystemTime((3600 - 59) * 1000);
	answer = () => says(200, { ...SIGNED_IN, access_token: "access-2", refresh_token: "refresh-2" });
	expect(await Promise.all([session.token(), session.token(), session.token()])).toEqual(Array(3).fill("access-2"));
	expect(asked).toEqual([{ url: "/v1/auth/refresh", body: { refresh_token: "refresh-1" } }]);

	vi.setSystemTime(2 * 3600 * 1000);
	await session.token();
	expect(asked.at(-1)?.body).toEqual({ refresh_token: "refresh-2" });
});

test("a refused refresh signs the person out, and the page hears of it", async () => {
	const session = await signedIn();
	const heard = vi.fn();
	session.subscribe(heard);
	vi.setSystemTime(2 * 3600 * 1000);
	answer = () => says(401, { status: 401, code: "unauthenticated", detail: "Sign in again." });
	await expect(session.token()).rejects.toThrow("Sign in again.");
	expect([session.signedIn, session.personId, kept.size, heard.mock.calls.length]).toEqual([false, null, 0, 1]);
	await expect(session.token()).rejects.toThrow("Sign in first.");
	expect(asked).toHaveLength(1);
});

describe("a refresh that is answered after its person has signed out", () => {
	let arrives: (answer: Response) => void;
	let refreshed: Promise<string>;
	let session: Session;

	beforeEach(async () => {
		session = await signedIn();
		answer = () =>
			new Promise((resolve) => {
				arrives = resolve;
			});
		refreshed = session.renew();
		answer = () => says(204, {});
		await session.signOut();
		asked.length = 0;
	});

	test("signs nobody in, and its tokens are ended", async () => {
		arrives(says(200, { ...SIGNED_IN, refresh_token: "refresh-2" }));
		await expect(refreshed).rejects.toThrow("Sign in first.");
		expect([session.signedIn, kept.size]).toEqual([false, 0]);
		expect(asked).toEqual([{ url: "/v1/auth/logout", body: { refresh_token: "refresh-2" } }]);
	});

	test.each([
		["answered", () => says(200, SIGNED_IN)],
		["refused", () => says(401, { status: 401, code: "unauthenticated", detail: "Sign in again." })],
	])("changes nothing for the next person if it is %s", async (_, late) => {
		answer = () => says(200, { ...SIGNED_IN, access_token: accessOf("p-2") });
		await session.signIn("omar@example.com", "Secret-1234");
		arrives(late());
		await expect(refreshed).rejects.toThrow();
		expect([session.personId, await session.token()]).toEqual(["p-2", accessOf("p-2")]);
	});
});

test("a request of the person before that is refused late does not sign the next one out", async () => {
	const session = await signedIn();
	await session.signOut();
	answer = () => says(200, { ...SIGNED_IN, access_token: accessOf("p-2") });
	await session.signIn("omar@example.com", "Secret-1234");
	session.refused(SIGNED_IN.access_token);
	expect(session.personId).toBe("p-2");
	session.refused(accessOf("p-2"));
	expect([session.signedIn, kept.size]).toEqual([false, 0]);
});

test.each([
	["the service failed", () => says(503, {})],
	[
		"there is no connection",
		() => {
			throw new TypeError("Failed to fetch");
		},
	],
])("if %s, the person stays signed in, and the next call tries again", async (_, failure) => {
	const session = await signedIn();
	vi.setSystemTime(2 * 3600 * 1000);
	answer = failure;
	await expect(session.token()).rejects.toThrow();
	expect(session.signedIn).toBe(true);
	answer = () => says(200, SIGNED_IN);
	expect(await session.token()).toBe(SIGNED_IN.access_token);
});

test("who signs out is out also if the service cannot be told", async () => {
	const session = await signedIn();
	answer = () => says(503, {});
	await session.signOut();
	expect([session.signedIn, kept.size]).toEqual([false, 0]);
	expect(asked).toEqual([{ url: "/v1/auth/logout", body: { refresh_token: "refresh-1" } }]);
});

test("after a reload of the tab the person is the same, and each page has its own", async () => {
	await signedIn();
	expect(new Session("rider", CONFIG).personId).toBe("p-1");
	expect(new Session("driver", CONFIG).signedIn).toBe(false);
});
