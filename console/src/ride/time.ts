import { useEffect, useState } from "react";
import { type Car, isStale } from "./trip";

/** Whether the car's position is stale. The component renders at the moment at which it becomes so. */
export function useStale(car: Car | null): boolean {
	const [, look] = useState(0);
	useEffect(() => {
		if (!car) return;
		const timer = setTimeout(() => look((times) => times + 1), Math.max(0, car.staleMs - Date.now()) + 50);
		return () => clearTimeout(timer);
	}, [car]);
	return car !== null && isStale(car, Date.now());
}
