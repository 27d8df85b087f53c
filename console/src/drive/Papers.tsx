import { type FormEvent, type ReactNode, useEffect, useState } from "react";
import { PHONE } from "../app/patterns";
import { usePerson } from "../app/person";
import { useDeployment } from "../app/Settings";
import { Refusal, useSending } from "../app/sending";
import { useTitle } from "../app/title";
import { Button } from "../design/Button";
import { Field } from "../design/Field";
import { Icon } from "../design/Icon";
import { useDriver } from "./driver";
import type { DriverView } from "./state";
import { VehicleForm } from "./VehicleForm";
import "./papers.css";

const LOOK_EVERY_MS = 4000;

/** The steps before a driver can drive: their data, a vehicle, and the verification by an operator. */
export function Papers({ me }: { me: DriverView | null }) {
	const { session } = usePerson();
	useTitle("Get ready to drive");
	const registered = me !== null;
	const hasVehicle = registered && me.vehicles.length > 0;
	const now = !registered ? 0 : !hasVehicle ? 1 : 2;
	return (
		<main className="drive-papers">
			<header>
				<h1>Get ready to drive</h1>
				<Button kind="bare" onClick={() => void session.signOut()}>
					Sign out
				</Button>
			</header>
			<ol className="drive-steps">
				<Step number={1} title="You and your licence" done={registered} now={now === 0} told={me?.name}>
					<PersonForm />
				</Step>
				<Step number={2} title="Your vehicle" done={hasVehicle} now={now === 1} told={named(me)}>
					<VehicleForm />
				</Step>
				<Step number={3} title="Verification" done={me?.state === "verified"} now={now === 2}>
					{me ? <Verification me={me} /> : null}
				</Step>
			</ol>
		</main>
	);
}

interface StepProps {
	number: number;
	title: string;
	done: boolean;
	now: boolean;
	told?: string | undefined;
	children: ReactNode;
}

function Step({ number, title, done, now, told, children }: StepProps) {
	return (
		<li
			className="panel drive-step"
			data-state={done ? "done" : now ? "now" : "later"}
			aria-current={now ? "step" : undefined}
		>
			<header>
				<span className="drive-step-mark" aria-hidden="true">
					{done ? <Icon name="check" /> : number}
				</span>
				<h2>{title}</h2>
				<span className="quiet">{done ? (told ?? "Done") : null}</span>
			</header>
			{now ? <div className="body">{children}</div> : null}
		</li>
	);
}

function PersonForm() {
	const { app } = useDriver();
	const sending = useSending();
	function submit(event: FormEvent<HTMLFormElement>) {
		event.preventDefault();
		const form = new FormData(event.currentTarget);
		const text = (name: string) => String(form.get(name) ?? "").trim();
		void sending.send(() =>
			app.profile.register({
				name: text("name"),
				phone: text("phone").replace(/[\s().-]/g, ""),
				licence: text("licence"),
				licence_expires_on: text("licence_expires_on") || null,
			}),
		);
	}
	return (
		<form className="form" onSubmit={submit}>
			<Field
				label="Name"
				name="name"
				autoComplete="name"
				required
				maxLength={100}
				problem={sending.of("name")}
				hint="Your riders see it."
			/>
			<Field
				label="Phone"
				name="phone"
				type="tel"
				autoComplete="tel"
				required
				placeholder="+1 415 555 0100"
				pattern={PHONE}
				title="A plus sign, the country's code and the number, such as +1 415 555 0100"
				problem={sending.of("phone")}
				hint="With the country's code, such as +1"
			/>
			<Field
				label="Driving licence"
				name="licence"
				required
				autoComplete="off"
				pattern="[A-Za-z0-9\-]{4,30}"
				title="4 to 30 letters, digits and hyphens"
				problem={sending.of("licence")}
			/>
			<Field
				label="Licence valid until (optional)"
				name="licence_expires_on"
				type="date"
				problem={sending.of("licence_expires_on")}
			/>
			<Refusal sending={sending} except={["name", "phone", "licence", "licence_expires_on"]} />
			<Button type="submit" kind="main" wide busy={sending.busy}>
				Register
			</Button>
		</form>
	);
}

/** An operator looks at the papers; the page looks every few seconds whether they did. */
function Verification({ me }: { me: DriverView }) {
	const { app } = useDriver();
	const { config } = useDeployment();
	useEffect(() => {
		const timer = setInterval(() => void app.profile.read(), LOOK_EVERY_MS);
		return () => clearInterval(timer);
	}, [app]);
	return (
		<>
			<p>
				An operator checks your papers. You can drive as soon as they have verified you; this page notices it by itself.
			</p>
			<dl className="drive-facts">
				<dt>Driver's id</dt>
				<dd>
					<code>{me.id}</code> <CopyButton text={me.id} />
				</dd>
				<dt>Licence</dt>
				<dd>{me.licence}</dd>
			</dl>
			{config.stage === "local" ? <VerifyHere /> : null}
		</>
	);
}

function CopyButton({ text }: { text: string }) {
	const [copied, setCopied] = useState(false);
	return (
		<Button kind="bare" onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}>
			{copied ? "Copied" : "Copy"}
		</Button>
	);
}

/** On a local stack the person who reads this is the operator as well. */
function VerifyHere() {
	return (
		<div className="drive-local">
			<h3>You run this stack yourself</h3>
			<p>
				<code>.venv/bin/rideflow status</code> prints a link to the operators' map, on which you are signed in. Enter
				the id there, under “Verify a driver”.
			</p>
		</div>
	);
}

function named(me: DriverView | null): string | undefined {
	const vehicle = me?.vehicles[0];
	return vehicle ? `${vehicle.make} ${vehicle.model}` : undefined;
}
