/** Moves the car: by hand, or by itself to the place where the trip needs it. */

import type { Market } from "../api/config";
import type { Place } from "../map/place";
import { type Car, driving, paced, seen, standing, stopped, type Times } from "./car";
import type { Phone } from "./phone";
import { remember } from "./remembered";
import { type Shift, target } from "./shift";
import type { DriverState } from "./state";
import { gridOf, wayBetween } from "./way";

export class CarControl {
	private readonly state: DriverState;
	private readonly phone: Phone;
	private readonly market: Market;

	constructor(state: DriverState, phone: Phone, market: Market) {
		this.state = state;
		this.phone = phone;
		this.market = market;
		state.onShift((before, shift) => this.follow(before, shift));
	}

	/** Where the car is now. */
	get at(): Place {
		return seen(this.state.snapshot().car, Date.now()).at;
	}

	/** Put the car at a place, by hand. Without a heading it keeps its own. */
	put(at: Place, headingDeg: number | null): void {
		this.move(standing(at, headingDeg ?? this.state.snapshot().car.headingDeg), false);
		this.phone.owe();
	}

	/** Let the car drive by itself to where the trip needs it, and on from there. */
	drive(): void {
		const now = Date.now();
		const { car, shift, times } = this.state.snapshot();
		const to = target(shift);
		if (!to) return;
		const from = stopped(car, now);
		this.move(driving(from, wayBetween(from.at, to, gridOf(this.market.id)), times, now), true);
	}

	/** Stop the car where it is. */
	halt(): void {
		this.move(stopped(this.state.snapshot().car, Date.now()), false);
	}

	pace(times: Times): void {
		const { car, selfDriving } = this.state.snapshot();
		this.state.set({ times });
		this.move(paced(car, times, Date.now()), selfDriving);
	}

	/** A car that has come to the end of its way stands there. */
	tick(now: number): void {
		const { car, selfDriving } = this.state.snapshot();
		if (car.drive && !seen(car, now).moves) this.move(stopped(car, now), selfDriving);
	}

	/** Keep what a reload of the page needs. */
	remember(): void {
		if (this.state.isEnded) return;
		const { car, selfDriving, times, shift } = this.state.snapshot();
		remember({ car, selfDriving, times, offers: shift.offers });
	}

	/** The trip needs the car elsewhere: drive on, or stop. */
	private follow(before: Shift, shift: Shift): void {
		if (shift.offers !== before.offers) this.remember();
		const [from, to] = [target(before), target(shift)];
		if (before.trip?.id === shift.trip?.id && from?.lat === to?.lat && from?.lng === to?.lng) return;
		const { car, selfDriving } = this.state.snapshot();
		if (to && selfDriving) this.drive();
		else if (!to && car.drive) this.move(stopped(car, Date.now()), selfDriving);
	}

	private move(car: Car, selfDriving: boolean): void {
		this.state.set({ car, selfDriving });
		this.remember();
	}
}
