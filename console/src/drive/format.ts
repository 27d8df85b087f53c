/** Amounts, distances and times as drivers read them. */

export function money(minor: number, currency: string): string {
	const format = new Intl.NumberFormat("en", { style: "currency", currency });
	const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
	return format.format(minor / 10 ** digits);
}

/** Metres to ten below a kilometre, then kilometres. */
export function distance(metres: number): string {
	if (metres < 995) return `${Math.round(metres / 10) * 10} m`;
	return `${(metres / 1000).toFixed(metres < 9950 ? 1 : 0)} km`;
}

export function duration(seconds: number): string {
	if (seconds < 55) return `${Math.max(5, Math.ceil(seconds / 5) * 5)} s`;
	return `${Math.max(1, Math.round(seconds / 60))} min`;
}

/** Minutes and seconds since a moment. */
export function elapsed(ms: number): string {
	const seconds = Math.max(0, Math.floor(ms / 1000));
	return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

export function timeOf(at: string | number, timeZone: string): string {
	return new Intl.DateTimeFormat("en", { timeZone, hour: "numeric", minute: "2-digit" }).format(new Date(at));
}
