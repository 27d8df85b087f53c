import { clock, duration, money } from "../words/format";
import { DriverAndCar } from "./DriverAndCar";
import { placeName } from "./places";
import { StalePosition } from "./StalePosition";
import type { TripProps } from "./TripSheet";
import { saying } from "./words";

/** The rider is in the car; or has just left it, and the fare is worked out. */
export function RideUnderWay({ ride, stale, market, names }: TripProps) {
	const { car, driver, trip } = ride;
	const isOver = ride.state === "completed";
	const eta_s = isOver || stale ? null : (car?.eta_s ?? null);
	return (
		<div className="under-way">
			<div className="sheet-title">
				<h1>{saying(ride)}</h1>
				{eta_s !== null ? <p className="eta figure">{duration(eta_s)}</p> : null}
			</div>
			<p className="quiet">
				{isOver ? "The fare is being worked out and charged to your card." : `To ${placeName(names, trip.dropoff)}`}
				{eta_s !== null && car ? `, there at about ${clock(car.heardMs + eta_s * 1000, market.time_zone)}` : null}
			</p>
			{isOver ? (
				<div className="searching" aria-hidden="true">
					<span />
				</div>
			) : null}
			{stale && car && !isOver ? <StalePosition car={car} timeZone={market.time_zone} /> : null}
			{driver ? <DriverAndCar driver={driver} /> : null}
			<dl className="fare-lines">
				<div>
					<dt>Quoted fare</dt>
					<dd className="figure">{money(trip.quoted_amount_minor, trip.currency)}</dd>
				</div>
			</dl>
		</div>
	);
}
