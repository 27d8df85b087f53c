/** Keeps the subscription of a market alive, and sends the viewport of the map. */

import type { Live } from "../api/live";
import { ProblemError } from "../api/problem";
import type { Viewport } from "../map/engine";
import type { City } from "./city";
import type { MarketFrame } from "./frames";

/** A subscription ends a minute after the last message: two may be lost. */
const REPEAT_MS = 20_000;
/** A map that is being moved sends its viewport this often at most. */
const MOVE_MS = 500;
/** Without a frame for this long, the subscription is asked for again. */
const SILENCE_MS = 15_000;

export class Watch {
	private readonly live: Live;
	private readonly city: City;
	private readonly market: string;
	private readonly refused: (sentence: string | null) => void;
	private viewport: Viewport | null = null;
	private readonly ends: (() => void)[] = [];
	private repeat = 0;
	private soon = 0;
	private heardAt = 0;

	/** `refused` is called with the reason if the service refuses to be watched, and with null once it does not. */
	constructor(live: Live, market: string, city: City, refused: (sentence: string | null) => void) {
		this.live = live;
		this.market = market;
		this.city = city;
		this.refused = refused;
	}

	start(): void {
		this.ends.push(
			this.live.on("market.snapshot", ({ data }) => this.hear(data, true)),
			this.live.on("market.delta", ({ data }) => this.hear(data, false)),
			this.live.onLink(() => this.live.link() === "open" && this.ask(true)),
		);
		this.repeat = window.setInterval(() => this.ask(false), REPEAT_MS);
		const silence = window.setInterval(() => this.notice(), SILENCE_MS);
		this.ends.push(() => clearInterval(silence));
		this.ask(true);
	}

	stop(): void {
		for (const end of this.ends) end();
		clearInterval(this.repeat);
		clearTimeout(this.soon);
		this.live.send({ action: "market.unwatch" });
	}

	/** The map shows this part now. */
	look(viewport: Viewport): void {
		const first = this.viewport === null;
		this.viewport = viewport;
		clearTimeout(this.soon);
		this.soon = window.setTimeout(() => this.ask(first), first ? 0 : MOVE_MS);
	}

	private hear(frame: MarketFrame, fresh: boolean): void {
		if (frame.market !== this.market) return;
		this.heardAt = performance.now();
		if (fresh) this.city.begin(frame, this.heardAt);
		else if (!this.city.follow(frame, this.heardAt)) this.ask(true);
	}

	private notice(): void {
		if (performance.now() - this.heardAt > SILENCE_MS) this.ask(true);
	}

	private ask(fresh: boolean): void {
		if (!this.viewport || this.live.link() !== "open") return;
		const { market, viewport } = this;
		this.live.ask<"market.watching">({ action: "market.watch", market, viewport, fresh }).then(
			() => this.refused(null),
			(error) => {
				if (error instanceof ProblemError && error.problem.status >= 400) this.refused(error.message);
			},
		);
	}
}
