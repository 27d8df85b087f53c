/** Times that pass while a page is looked at. */

import { useEffect, useState } from "react";
import { type Car, isStale } from "./trip";

/** The time in milliseconds, told anew each second while `runs`. */
export function useNow(runs: boolean): number {
	const [now, setNow] = useState(Date.now);
	useEffect(() => {
		if (!runs) return;
		setNow(Date.now());
		const timer = setInterval(() => setNow(Date.now()), 1000);
		return () => clearInterval(timer);
	}, [runs]);
	return now;
}

/** Whether the car's position is stale: told at the moment at which it becomes so. */
export function useStale(car: Car | null): boolean {
	const [, look] = useState(0);
	useEffect(() => {
		if (!car) return;
		const timer = setTimeout(() => look((times) => times + 1), Math.max(0, car.stale_ms - Date.now()) + 50);
		return () => clearTimeout(timer);
	}, [car]);
	return car !== null && isStale(car, Date.now());
}
