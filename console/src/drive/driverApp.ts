/** A driver's app without its view: makes its parts, connects them, and runs them by a clock. */

import type { Market } from "../api/config";
import type { Live } from "../api/live";
import type { Rest } from "../api/rest";
import { standing } from "./car";
import { CarControl } from "./carControl";
import { Connection } from "./connection";
import { Offers } from "./offers";
import { Positions } from "./positions";
import { Profile } from "./profile";
import { remembered } from "./remembered";
import { sentenceOf } from "./sentences";
import * as shifts from "./shift";
import { DriverState } from "./state";
import { TripInHand } from "./tripInHand";

/** Calls a function a few times a second, until the returned one is called. */
export type Clock = (tick: () => void) => () => void;

export class DriverApp {
	readonly state: DriverState;
	readonly car: CarControl;
	readonly offers: Offers;
	readonly profile: Profile;
	readonly trip: TripInHand;
	private readonly positions: Positions;
	private readonly connection: Connection;
	private readonly clock: Clock;
	private ends: (() => void)[] = [];

	constructor(rest: Rest, live: Live, market: Market, clock: Clock = workersClock) {
		this.clock = clock;
		this.state = beginning(live, market);
		this.positions = new Positions(rest, live, this.state, () => void this.profile.wasTakenOffline());
		const { phone } = this.positions;
		this.state.onShift((before, shift) => {
			const said = sentenceOf(before, shift, Date.now());
			if (said) this.state.set({ said });
		});
		this.car = new CarControl(this.state, phone, market);
		this.offers = new Offers(rest, live, this.state);
		this.trip = new TripInHand(rest, this.state, phone);
		this.profile = new Profile(rest, this.state, market, {
			known: () => void this.connection.resume(),
			online: () => phone.begin(),
			offline: () => this.car.halt(),
		});
		const { offers, positions, profile } = this;
		this.connection = new Connection(live, this.state, { offers, positions, profile });
	}

	/** Listen, and let the phone work, until `stop`. A stopped app does not start again. */
	start(): void {
		this.ends = [this.clock(() => this.tick(Date.now())), this.connection.start()];
		void this.profile.read();
	}

	stop(): void {
		for (const end of this.ends) end();
		this.ends = [];
		this.state.end();
	}

	private tick(now: number): void {
		this.state.change(shifts.expired(this.state.snapshot().shift, now));
		if (!this.state.works) return;
		this.positions.tick(now);
		this.car.tick(now);
		void this.profile.tick(now, this.car.at);
	}
}

/** The state at the start: the car stands or drives where it did before a reload of the page. */
function beginning(live: Live, market: Market): DriverState {
	const { lat, lng } = market.view;
	const fresh = { car: standing({ lat, lng }), offers: [], times: 1, selfDriving: false } as const;
	const { car, offers, times, selfDriving } = remembered() ?? fresh;
	return new DriverState({
		me: undefined,
		shift: { ...shifts.FRESH, offers },
		link: live.link(),
		car,
		times,
		selfDriving,
		matchable: null,
		rejected: null,
		kept: 0,
		queue: null,
		destination: null,
		day: null,
		answering: [],
		said: "",
		problem: null,
	});
}

/** Browsers slow down the timers of hidden tabs, but not those of workers. */
function workersClock(tick: () => void): () => void {
	const worker = new Worker(new URL("./clock.ts", import.meta.url), { type: "module" });
	worker.onmessage = tick;
	return () => worker.terminate();
}
