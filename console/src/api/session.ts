/**
 * A person's sign-in, kept for the life of the tab.
 *
 * Each page (operator, rider, driver) has a session of its own, so that two tabs can be two people. Tokens are in
 * `sessionStorage`: a closed tab forgets them, and another tab does not see them.
 */

import type { Config } from "./config";
import { asProblem, OFFLINE, type Problem, ProblemError } from "./problem";

export type Page = "operator" | "rider" | "driver";

interface Tokens {
	access: string;
	refresh: string;
	/** Milliseconds since the epoch. */
	expiresAt: number;
}

interface Answer {
	access_token: string;
	refresh_token: string;
	expires_in_s: number;
}

/** A token is renewed this long before it expires: requests on their way must still pass. */
const EARLY_MS = 60_000;

export class Session {
	readonly page: Page;
	private readonly config: Config;
	private readonly listeners = new Set<() => void>();
	private tokens: Tokens | null;
	private renewing: Promise<string> | null = null;

	constructor(page: Page, config: Config) {
		this.page = page;
		this.config = config;
		this.tokens = stored(this.key);
	}

	get signedIn(): boolean {
		return this.tokens !== null;
	}

	/** The person's id: the `sub` of the access token. */
	get personId(): string | null {
		return this.tokens ? claim(this.tokens.access, "sub") : null;
	}

	/** Call `listener` after each sign-in and sign-out; returns what ends that. */
	subscribe = (listener: () => void): (() => void) => {
		this.listeners.add(listener);
		return () => this.listeners.delete(listener);
	};

	snapshot = (): boolean => this.signedIn;

	/** Open an account. A code is mailed; another call for an account without confirmation mails a new one. */
	async register(account: { email: string; password: string; role: "rider" | "driver"; name?: string }): Promise<void> {
		await this.post("/v1/auth/register", account);
	}

	/** Confirm an account with the code that was mailed; confirming it again succeeds. */
	async confirm(email: string, code: string): Promise<void> {
		await this.post("/v1/auth/confirm", { email, code });
	}

	async signIn(email: string, password: string): Promise<void> {
		this.keep(await this.post("/v1/auth/login", { email, password }));
	}

	/** Sign in by a refresh token, such as the one in the link that `rideflow status` prints. */
	async resume(refreshToken: string): Promise<void> {
		this.keep(await this.post("/v1/auth/refresh", { refresh_token: refreshToken }));
	}

	/** End the session here and at the service. */
	async signOut(): Promise<void> {
		const refresh = this.tokens?.refresh;
		this.forget();
		if (refresh) await this.end(refresh);
	}

	/** The service refused this access token: the person is signed out, unless they have another one by now. */
	refused(access: string): void {
		if (this.tokens?.access === access) this.forget();
	}

	/** An access token that is good for a minute at least. Throws `ProblemError` if the person has to sign in again. */
	async token(): Promise<string> {
		if (!this.tokens) throw new ProblemError(SIGNED_OUT);
		if (Date.now() < this.tokens.expiresAt - EARLY_MS) return this.tokens.access;
		return this.renew();
	}

	/** Get a new access token; calls at the same time share one request. */
	renew(): Promise<string> {
		this.renewing ??= this.renewed().finally(() => {
			this.renewing = null;
		});
		return this.renewing;
	}

	private async renewed(): Promise<string> {
		const former = this.tokens;
		let answer: Answer;
		try {
			answer = await this.post("/v1/auth/refresh", { refresh_token: former?.refresh ?? "" });
		} catch (error) {
			const isRefused = error instanceof ProblemError && error.problem.status === 401;
			if (isRefused && this.tokens === former) this.forget();
			throw error;
		}
		if (this.tokens === former) return this.keep(answer);
		// The person signed out meanwhile: nobody has these tokens, and nobody may use them.
		await this.end(answer.refresh_token);
		throw new ProblemError(SIGNED_OUT);
	}

	private forget(): void {
		this.tokens = null;
		sessionStorage.removeItem(this.key);
		this.tell();
	}

	private async end(refresh_token: string): Promise<void> {
		await this.post("/v1/auth/logout", { refresh_token }).catch(() => undefined);
	}

	private keep(answer: Answer): string {
		const expiresAt = Date.now() + answer.expires_in_s * 1000;
		this.tokens = { access: answer.access_token, refresh: answer.refresh_token, expiresAt };
		sessionStorage.setItem(this.key, JSON.stringify(this.tokens));
		this.tell();
		return answer.access_token;
	}

	private tell(): void {
		for (const listener of this.listeners) listener();
	}

	private get key(): string {
		return `rideflow.${this.page}`;
	}

	private async post(path: string, body: object): Promise<Answer> {
		let answer: Response;
		try {
			answer = await fetch(this.config.rest_url + path, {
				method: "POST",
				headers: { "Content-Type": "application/json" },
				body: JSON.stringify(body),
			});
		} catch {
			throw new ProblemError(OFFLINE);
		}
		const said = answer.status === 204 ? {} : await answer.json().catch(() => null);
		if (!answer.ok) throw new ProblemError(asProblem(answer.status, said));
		return said as Answer;
	}
}

const SIGNED_OUT: Problem = { status: 401, code: "unauthenticated", detail: "Sign in first." };

function stored(key: string): Tokens | null {
	const text = sessionStorage.getItem(key);
	return text === null ? null : (JSON.parse(text) as Tokens);
}

function claim(token: string, name: string): string | null {
	const payload = token.split(".")[1] ?? "";
	const text = atob(payload.replaceAll("-", "+").replaceAll("_", "/"));
	return (JSON.parse(text) as Record<string, string>)[name] ?? null;
}
