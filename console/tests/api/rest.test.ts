import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Config } from "../../src/api/config";
import { restClient } from "../../src/api/rest";
import type { Session } from "../../src/api/session";

const CONFIG = { rest_url: "https://api.example/live" } as Config;

let asked: Request[];
let answer: () => Response;
const session = { token: async () => "access", refused: vi.fn() } as unknown as Session;
const rest = () => restClient(CONFIG, session);

beforeEach(() => {
	asked = [];
	answer = () => Response.json({});
	vi.mocked(session.refused).mockClear();
	vi.stubGlobal("fetch", async (request: Request) => {
		asked.push(request);
		return answer();
	});
});

afterEach(() => vi.unstubAllGlobals());

test("each request is signed, and each POST has a key of its own unless it is given one", async () => {
	const body = { quote_id: "q" };
	await rest().GET("/v1/riders/me");
	await rest().POST("/v1/trips", { params: { header: { "idempotency-key": "trip-q" } }, body });
	await rest().POST("/v1/drivers/me/offline");
	await rest().POST("/v1/drivers/me/offline");
	expect(asked.map((request) => request.headers.get("Authorization"))).toEqual(Array(4).fill("Bearer access"));
	const [read, given, ...own] = asked.map((request) => request.headers.get("Idempotency-Key"));
	expect([read, given]).toEqual([null, "trip-q"]);
	expect(new Set(own).size).toBe(2);
});

test("a refusal is thrown in the service's words", async () => {
	answer = () =>
		Response.json({ status: 409, code: "active_trip_exists", detail: "You have a ride." }, { status: 409 });
	await expect(rest().GET("/v1/riders/me")).rejects.toThrow("You have a ride.");
	expect(session.refused).not.toHaveBeenCalled();
});

test("a refused access token is told to the session, which signs its person out", async () => {
	answer = () => Response.json({ status: 401, code: "unauthenticated", detail: "Sign in again." }, { status: 401 });
	await expect(rest().GET("/v1/riders/me")).rejects.toThrow("Sign in again.");
	expect(session.refused).toHaveBeenCalledExactlyOnceWith("access");
});

test("a request that cannot be sent is told as a lost connection", async () => {
	vi.stubGlobal("fetch", async () => {
		throw new TypeError("Failed to fetch");
	});
	await expect(rest().GET("/v1/riders/me")).rejects.toMatchObject({ code: "offline" });
});
