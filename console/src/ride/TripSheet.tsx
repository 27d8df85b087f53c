import type { Market } from "../api/config";
import type { Names } from "../map/names";
import { ConfirmPayment } from "./ConfirmPayment";
import type { CurrentRide } from "./current";
import { DriverComing } from "./DriverComing";
import { EndedRide } from "./EndedRide";
import { PaidRide } from "./PaidRide";
import { RideUnderWay } from "./RideUnderWay";
import type { Ride } from "./trip";
import { WaitingForDriver } from "./WaitingForDriver";

export interface TripProps {
	ride: Ride;
	/** The car's position is not believed any more. */
	stale: boolean;
	current: CurrentRide;
	market: Market;
	names: Names;
	/** Plan the same ride once more. */
	again: () => void;
	/** Plan another ride. */
	newRide: () => void;
	openCards: () => void;
}

/** The content of the sheet, by the ride's state. */
export function TripSheet(props: TripProps) {
	switch (props.ride.state) {
		case "requested": {
			const action = props.ride.trip.payment_action;
			return action ? <ConfirmPayment {...props} action={action} /> : <WaitingForDriver {...props} />;
		}
		case "matching":
			return <WaitingForDriver {...props} />;
		case "driver_assigned":
		case "driver_arrived":
			return <DriverComing {...props} />;
		case "in_progress":
		case "completed":
			return <RideUnderWay {...props} />;
		case "paid":
			return <PaidRide {...props} />;
		case "payment_failed":
		case "no_driver_found":
		case "cancelled":
			return <EndedRide {...props} />;
	}
}
