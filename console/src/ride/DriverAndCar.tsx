import { Rating } from "../trips/Stars";
import type { DriverCard } from "./trip";

/** The driver and the car as the rider recognizes them at the kerb. */
export function DriverAndCar({ driver }: { driver: DriverCard }) {
	const { name, rating, vehicle } = driver;
	return (
		<div className="driver-and-car">
			<span className="portrait" aria-hidden="true">
				{(name ?? "D").charAt(0).toUpperCase()}
			</span>
			<p className="driver">
				<strong>{name ?? "Your driver"}</strong>
				{name !== null ? <Rating rating={rating} /> : null}
			</p>
			{vehicle ? (
				<>
					<p className="vehicle quiet">
						{vehicle.colour} {vehicle.make} {vehicle.model}
					</p>
					<p className="plate">
						<span className="visually-hidden">Plate </span>
						{vehicle.plate}
					</p>
				</>
			) : null}
		</div>
	);
}
