import { clock, duration } from "../words/format";
import { CancelRide } from "./CancelRide";
import { DriverAndCar } from "./DriverAndCar";
import { placeName } from "./places";
import { StalePosition } from "./StalePosition";
import type { TripProps } from "./TripSheet";
import { saying } from "./words";

/** The driver comes, or waits at the pickup: who it is, how long it takes, and the PIN. */
export function DriverComing({ ride, stale, current, market, names }: TripProps) {
	const { car, driver, trip } = ride;
	const isHere = ride.state === "driver_arrived";
	const eta_s = isHere || stale ? null : (car?.eta_s ?? null);
	return (
		<div className="coming">
			<div className="sheet-title">
				<h1>{saying(ride)}</h1>
				{eta_s !== null ? <p className="eta figure">{duration(eta_s)}</p> : null}
			</div>
			<p className="quiet">
				{isHere ? "Your car waits" : "Meet your driver"} at {placeName(names, trip.pickup)}
				{eta_s !== null && car ? `, at about ${clock(car.heardMs + eta_s * 1000, market.time_zone)}` : null}
			</p>
			{stale && car ? <StalePosition car={car} timeZone={market.time_zone} /> : null}
			{driver ? <DriverAndCar driver={driver} /> : null}
			{trip.pin ? <PinToRead pin={trip.pin} /> : null}
			<CancelRide ride={ride} current={current} market={market} />
		</div>
	);
}

function PinToRead({ pin }: { pin: string }) {
	return (
		<div className="pin-to-read">
			<p>
				Your PIN<span className="quiet">Tell it to your driver when you are in the car.</span>
			</p>
			<p className="pin-digits figure" role="img" aria-label={`PIN ${[...pin].join(" ")}`} data-testid="pin">
				{pin}
			</p>
		</div>
	);
}
