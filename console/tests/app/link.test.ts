import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Config } from "../../src/api/config";

const CONFIG = { stage: "local", rest_url: "https://api.example/live" } as Config;
const ANSWER = { access_token: "access", refresh_token: "next", expires_in_s: 3600 };

let address: string;
let kept: Map<string, string>;
let asked: { url: string; body: unknown }[];

beforeEach(() => {
	kept = new Map();
	asked = [];
	vi.resetModules(); // the link is taken once in the life of a page
	vi.stubGlobal("history", {
		replaceState: (_state: unknown, _title: string, url: string) => {
			address = url;
		},
	});
	vi.stubGlobal("sessionStorage", {
		getItem: (key: string) => kept.get(key) ?? null,
		setItem: (key: string, value: string) => kept.set(key, value),
		removeItem: (key: string) => kept.delete(key),
	});
});

afterEach(() => vi.unstubAllGlobals());

async function opened(hash: string, status = 200, config = CONFIG): Promise<void> {
	address = `/console/${hash}`;
	vi.stubGlobal("location", { hash, pathname: "/console/", search: "" });
	vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
		expect(address).not.toContain("signin"); // before anything leaves the page
		asked.push({ url, body: JSON.parse(String(init.body)) });
		return new Response(JSON.stringify(status === 200 ? ANSWER : { code: "x", detail: "no" }), { status });
	});
	const { signInByLink } = await import("../../src/app/link");
	await Promise.all([signInByLink(config), signInByLink(config)]);
}

test("the link's token is exchanged once, for the operator's page, and leaves the address", async () => {
	await opened("#signin=to%2Bken");
	expect(asked).toEqual([{ url: "https://api.example/live/v1/auth/refresh", body: { refresh_token: "to+ken" } }]);
	expect(address).toBe("/console/#/");
	expect(JSON.parse(kept.get("rideflow.operator") ?? "null")).toMatchObject({ access: "access", refresh: "next" });
});

test("a token that is refused leaves the person signed out, at the usual page", async () => {
	await opened("#signin=old", 401);
	expect(address).toBe("/console/#/");
	expect(kept.size).toBe(0);
});

test("a link that was cut while it was copied leads to the usual page, too", async () => {
	await opened("#signin=to%2");
	expect([asked, address]).toEqual([[], "/console/#/"]);
});

test("an address without a token is left as it is", async () => {
	await opened("#/ride");
	expect(asked).toEqual([]);
	expect(address).toBe("/console/#/ride");
});

test.each(["dev", "prod"])(
	"on the stage %s a link signs nobody in, and its token leaves the address",
	async (stage) => {
		await opened("#signin=token", 200, { ...CONFIG, stage });

		expect(asked).toEqual([]);
		expect(address).toBe("/console/#/");
	},
);
