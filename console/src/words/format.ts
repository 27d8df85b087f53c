/**
 * Amounts, lengths and times as all pages write them.
 *
 * The pages are in English, so figures are too, whatever the browser's language is. A time is that of the market's
 * clocks: a driver and an operator who looks on from elsewhere see the same one.
 */

const LOCALE = "en-US";

/** An amount of integer minor units, such as `$7.00`. */
export function money(minor: number, currency: string): string {
	const format = new Intl.NumberFormat(LOCALE, { style: "currency", currency });
	return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

/** Below a kilometre in tens of metres, then in kilometres. */
export function distance(metres: number): string {
	if (metres < 995) return `${Math.round(metres / 10) * 10} m`;
	return `${(metres / 1000).toFixed(metres < 9950 ? 1 : 0)} km`;
}

/** Below a minute in steps of five seconds, then in minutes and hours. */
export function duration(seconds: number): string {
	if (seconds < 55) return `${Math.max(5, Math.ceil(seconds / 5) * 5)} s`;
	const minutes = Math.max(1, Math.round(seconds / 60));
	return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Minutes and seconds that have passed: `0:07`, `12:40`. */
export function elapsed(ms: number): string {
	const seconds = Math.max(0, Math.floor(ms / 1000));
	return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** A number of things: `1 car`, `4 cars`. */
export function count(number: number, thing: string): string {
	return `${number} ${thing}${number === 1 ? "" : "s"}`;
}

/** The time of day: `7:05 PM`. */
export function clock(at: string | number, timeZone: string): string {
	return timeOf(at, { timeZone, hour: "numeric", minute: "2-digit" });
}

/** The time of day with its seconds: `07:05:09 PM`, always as wide. */
export function clockWithSeconds(at: string | number, timeZone: string): string {
	return timeOf(at, { timeZone, hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

/** The day and the time: `Thu, Oct 1, 7:05 PM`. */
export function dayAndClock(at: string | number, timeZone: string): string {
	return timeOf(at, {
		timeZone,
		weekday: "short",
		month: "short",
		day: "numeric",
		hour: "numeric",
		minute: "2-digit",
	});
}

function timeOf(at: string | number, options: Intl.DateTimeFormatOptions): string {
	return new Intl.DateTimeFormat(LOCALE, options).format(new Date(at));
}
