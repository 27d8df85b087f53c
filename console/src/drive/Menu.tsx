import { usePerson } from "../app/person";
import { Refusal, useSending } from "../app/sending";
import { Button } from "../design/Button";
import { Dialog } from "../design/Dialog";
import { choose, useTheme } from "../design/theme";
import { Rating } from "../trips/Stars";
import { clock, distance, money } from "../words/format";
import { useDriver, useKnown } from "./driver";
import { fareOf } from "./earnings";
import type { DriverView } from "./state";
import "./menu.css";

/** The driver's day, their preferences, the theme and the sign-out. */
export function Menu({ close }: { close: () => void }) {
	const { session } = usePerson();
	const { me } = useKnown();
	const theme = useTheme();
	return (
		<Dialog title="Today" close={close}>
			<Rides />
			{me ? <Preferences me={me} /> : null}
			<div className="buttons">
				<Button onClick={() => choose(theme === "dark" ? "light" : "dark")}>
					{theme === "dark" ? "Light" : "Dark"} colours
				</Button>
				<Button onClick={() => void session.signOut()} disabled={me?.online === true}>
					Sign out
				</Button>
			</div>
			{me?.online ? <p className="quiet">To sign out, go offline first.</p> : null}
		</Dialog>
	);
}

function Rides() {
	const { market } = useDriver();
	const { day, me } = useKnown();
	if (!day) return <p className="quiet">The rides are being read…</p>;
	return (
		<>
			<div className="drive-day">
				<p className="drive-sum figure">{money(day.totalMinor, day.currency)}</p>
				<p className="quiet">
					{day.rides.length === 1 ? "1 ride" : `${day.rides.length} rides`}
					{day.unsettled > 0 ? `, ${day.unsettled} being settled` : ""}. What riders paid; your payout is your share of
					it.
				</p>
				{me && me.rating !== null ? (
					<p className="drive-mean">
						<Rating rating={me.rating} /> <span className="quiet figure">from {me.rating_count} riders</span>
					</p>
				) : null}
			</div>
			{day.rides.length > 0 ? (
				<ul className="drive-rides">
					{day.rides.map((ride) => (
						<li key={ride.id}>
							<span className="figure">
								{clock(ride.completed_at ?? ride.ended_at ?? ride.requested_at, market.time_zone)}
							</span>
							<span className="quiet">
								{ride.state === "cancelled"
									? "Cancellation fee"
									: distance(ride.driven_distance_m ?? ride.quoted_distance_m)}
							</span>
							<span className="figure">{amount(fareOf(ride), ride.currency)}</span>
						</li>
					))}
				</ul>
			) : null}
		</>
	);
}

type Payment = DriverView["accepted_payments"][number];
const PAYMENTS: Record<Payment, string> = { credit: "Credit cards", debit: "Debit cards", prepaid: "Prepaid cards" };

function Preferences({ me }: { me: DriverView }) {
	const { app } = useDriver();
	const sending = useSending();
	const accepted = me.accepted_payments;
	const upgrades = me.takes_upgrades ?? false;
	function send(accepted_payments: Payment[], takes_upgrades: boolean) {
		void sending.send(() => app.profile.prefer({ accepted_payments, takes_upgrades }));
	}
	function toggle(kind: Payment, on: boolean) {
		send(on ? [...accepted, kind] : accepted.filter((each) => each !== kind), upgrades);
	}
	return (
		<fieldset className="drive-preferences" disabled={sending.busy}>
			<legend>Trips that you take</legend>
			{(Object.keys(PAYMENTS) as Payment[]).map((kind) => (
				<label key={kind} className="drive-tick">
					<input
						type="checkbox"
						checked={accepted.includes(kind)}
						disabled={accepted.length === 1 && accepted.includes(kind)}
						onChange={(event) => toggle(kind, event.target.checked)}
					/>
					{PAYMENTS[kind]}
				</label>
			))}
			<label className="drive-tick">
				<input type="checkbox" checked={upgrades} onChange={(event) => send(accepted, event.target.checked)} />
				Cheaper products too, at their price
			</label>
			<Refusal sending={sending} />
		</fieldset>
	);
}

function amount(minor: number | null, currency: string): string {
	return minor === null ? "being settled" : money(minor, currency);
}
