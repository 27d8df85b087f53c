import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Config } from "../../src/api/config";
import { ForPage, usePerson } from "../../src/app/person";
import { SignUp } from "../../src/app/SignUp";
import { Refusal, useSending } from "../../src/app/sending";
import { LinkState } from "../../src/ride/LinkState";
import { refusal, stubStorage } from "../doubles";
import { Page } from "../page";

const TOKENS = { access_token: "access", refresh_token: "refresh", expires_in_s: 3600 };

class Socket {
	static readonly OPEN = 1;
	static made: Socket[] = [];
	isClosed = false;

	constructor() {
		Socket.made.push(this);
	}

	close(): void {
		this.isClosed = true;
	}
}

let stage: string;
vi.mock("../../src/app/Settings", () => ({ useDeployment: () => ({ config: { ...CONFIG, stage }, markets: [] }) }));
const CONFIG = { rest_url: "https://api.example", websocket_url: "wss://api.example" } as Config;

let page: Page;
let kept: Map<string, string>;
let remembered: Map<string, string>;
let asked: [path: string, body: object][];
let answers: Record<string, () => Response>;
let session: ReturnType<typeof usePerson>["session"];

beforeEach(() => {
	vi.useFakeTimers();
	page = new Page();
	stage = "prod";
	kept = stubStorage("sessionStorage");
	remembered = stubStorage("localStorage");
	Socket.made = [];
	vi.stubGlobal("WebSocket", Socket);
	asked = [];
	answers = { "/v1/auth/login": () => Response.json(TOKENS) };
	vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
		const path = url.slice(CONFIG.rest_url.length);
		asked.push([path, JSON.parse(String(init.body))]);
		return answers[path]?.() ?? new Response(null, { status: 204 });
	});
});

afterEach(async () => {
	await page.shows(null);
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

function Inside() {
	const person = usePerson();
	session = person.session;
	if (person.signedIn) return <p>Signed in</p>;
	return <SignUp role="rider" title="Sign up to ride" signInTitle="Sign in to ride" />;
}

async function opens(): Promise<void> {
	await page.shows(
		<ForPage page="rider">
			<Inside />
		</ForPage>,
	);
}

async function signsUp(): Promise<void> {
	const [name, email, password] = page.named("input", "");
	for (const [field, value] of [
		[name, "Rita"],
		[email, "rita@example.com"],
		[password, "Get-started-1"],
	] as const) {
		if (field) await page.fills(field, value);
	}
	await page.submits(page.one("form"));
}

async function confirms(code: string): Promise<void> {
	await page.fills(page.one("input"), code);
	await page.submits(page.one("form"));
}

test("frames come while somebody is signed in, and no longer", async () => {
	await opens();
	expect(Socket.made).toEqual([]);
	await page.does(() => session.signIn("rita@example.com", "Get-started-1"));
	expect(Socket.made.map((socket) => socket.isClosed)).toEqual([false]);
	await page.does(() => session.signOut());
	expect(Socket.made.map((socket) => socket.isClosed)).toEqual([true]);
	await page.settled(60_000);
	expect(Socket.made).toHaveLength(1);
	expect(page.text).not.toContain("Signed in");
});

test("a person signs up by a code that is mailed, and neither password nor code stays in the browser", async () => {
	const logged = (["log", "info", "warn", "error", "debug"] as const).map((name) => vi.spyOn(console, name));
	await opens();
	await signsUp();
	expect(page.text).toContain("We mailed a code to rita@example.com.");
	expect(page.text).not.toContain("123456");
	await confirms("987654");
	expect(page.text).toContain("Signed in");
	expect(asked.map(([path]) => path)).toEqual(["/v1/auth/register", "/v1/auth/confirm", "/v1/auth/login"]);
	for (const each of logged) expect(each).not.toHaveBeenCalled();
	expect([...kept.keys()]).toEqual(["rideflow.rider"]);
	expect([...remembered]).toEqual([["rideflow.rider.known", "known"]]);
	await page.does(() => session.signOut());
	expect([kept.size, remembered.size]).toEqual([0, 1]);
	expect(page.text).toContain("Sign in to ride");
	expect(page.named("input", "").map((field) => field.value)).toEqual(["", ""]);
});

test("the local stack tells its code, as it mails none", async () => {
	stage = "local";
	await opens();
	await signsUp();
	expect(page.text).toContain("The code for rita@example.com is 123456.");
});

test("a refused sign-up is told, at the field that it is about", async () => {
	const errors = [{ field: "password", code: "too_weak", detail: "Use a symbol." }];
	answers["/v1/auth/register"] = () =>
		Response.json(
			{ status: 422, code: "invalid_input", detail: "Some values cannot be accepted.", errors },
			{ status: 422 },
		);
	await opens();
	await signsUp();
	expect(page.text).toContain("Use a symbol.");
	expect(page.text).not.toContain("Some values");
	answers["/v1/auth/register"] = () =>
		Response.json({ status: 429, code: "rate_limited", detail: "Wait a minute." }, { status: 429 });
	await page.submits(page.one("form"));
	expect(page.text).toContain("Wait a minute.");
	expect(page.text).not.toContain("Use a symbol.");
});

test("a wrong code is told, and the right one then counts; a form that is sent twice at once counts once", async () => {
	answers["/v1/auth/confirm"] = () =>
		Response.json({ status: 422, code: "wrong_code", detail: "This is not the code." }, { status: 422 });
	await opens();
	await signsUp();
	await confirms("000000");
	expect(page.text).toContain("This is not the code.");
	delete answers["/v1/auth/confirm"];
	asked.length = 0;
	await page.fills(page.one("input"), "123456");
	await page.submits(page.one("form"), 3);
	expect(asked.map(([path]) => path)).toEqual(["/v1/auth/confirm", "/v1/auth/login"]);
});

let act: () => Promise<void>;

function Sender() {
	const sending = useSending();
	return (
		<form onSubmit={() => void sending.send(act)}>
			<Refusal sending={sending} />
		</form>
	);
}

test("a refusal is told until the next attempt, and that may follow it", async () => {
	act = () => Promise.reject(refusal(409, "taken"));
	await page.shows(<Sender />);
	await page.submits(page.one("form"));
	expect(page.text).toBe("Refused: taken.");
	act = vi.fn(async () => undefined);
	await page.submits(page.one("form"));
	expect([page.text, vi.mocked(act).mock.calls.length]).toEqual(["", 1]);
});

test("a connection that is lost for two seconds is told", async () => {
	await page.shows(
		<ForPage page="rider">
			<LinkState />
		</ForPage>,
	);
	await page.settled(1_900);
	expect(page.text).toBe("");
	await page.settled(200);
	expect(page.text).toBe("No connection. Trying again…");
});
