import { type FormEvent, useEffect, useState } from "react";
import { Button } from "../design/Button";
import { Field } from "../design/Field";
import { Notice } from "../design/Notice";
import { Panel } from "../design/Panel";
import { usePerson } from "./person";
import { useDeployment } from "./Settings";
import { Brand, SignIn } from "./SignIn";
import { Refusal, useSending } from "./sending";
import { useTitle } from "./title";
import "./sign-in.css";

interface Props {
	role: "rider" | "driver";
	/** The heading of the form that opens an account, such as "Sign up to ride". */
	title: string;
	/** The heading of the form for people who have one. */
	signInTitle: string;
}

interface Account {
	email: string;
	password: string;
	name: string;
}

/** The door of a page that everyone may enter: sign in, or sign up with a code that is mailed. */
export function SignUp({ role, title, signInTitle }: Props) {
	const { session } = usePerson();
	const [known, setKnown] = useState(() => localStorage.getItem(keyOf(role)) !== null);
	useEffect(
		() => session.subscribe(() => session.signedIn && localStorage.setItem(keyOf(role), "known")),
		[session, role],
	);
	const [account, setAccount] = useState<Account | null>(null);
	useTitle(known ? signInTitle : title);
	if (known)
		return (
			<SignIn title={signInTitle}>
				<Switch question="New here?" answer="Sign up" choose={() => setKnown(false)} />
			</SignIn>
		);
	return (
		<main className="sign-in">
			<Brand />
			<Panel title={account ? "Confirm your e-mail" : title}>
				{account ? (
					<CodeForm account={account} role={role} again={() => setAccount(null)} />
				) : (
					<AccountForm role={role} opened={setAccount} />
				)}
				<Switch question="Have an account?" answer="Sign in" choose={() => setKnown(true)} />
			</Panel>
		</main>
	);
}

/** A browser in which somebody has signed in before shows the sign-in first. */
function keyOf(role: Props["role"]): string {
	return `rideflow.${role}.known`;
}

function Switch({ question, answer, choose }: { question: string; answer: string; choose: () => void }) {
	return (
		<p className="sign-in-switch">
			{question}{" "}
			<Button kind="bare" onClick={choose}>
				{answer}
			</Button>
		</p>
	);
}

function AccountForm({ role, opened }: { role: Props["role"]; opened: (account: Account) => void }) {
	const { session } = usePerson();
	const sending = useSending();
	function submit(event: FormEvent<HTMLFormElement>) {
		event.preventDefault();
		const account = values(event.currentTarget, "name", "email", "password") as unknown as Account;
		void sending.send(async () => {
			await session.register({ ...account, role });
			opened(account);
		});
	}
	return (
		<form className="form" onSubmit={submit}>
			<Field label="Name" name="name" autoComplete="name" maxLength={100} required problem={sending.of("name")} />
			<Field label="E-mail" name="email" type="email" autoComplete="username" required problem={sending.of("email")} />
			<Field
				label="Password"
				name="password"
				type="password"
				autoComplete="new-password"
				minLength={10}
				required
				hint="At least 10 characters, with an upper-case and a lower-case letter, a digit and a symbol such as ! or -"
				problem={sending.of("password")}
			/>
			<Refusal sending={sending} except={["name", "email", "password"]} />
			<Button type="submit" kind="main" wide busy={sending.busy}>
				Sign up
			</Button>
		</form>
	);
}

function CodeForm({ account, role, again }: { account: Account; role: Props["role"]; again: () => void }) {
	const { session } = usePerson();
	const { config } = useDeployment();
	const sending = useSending();
	const [mailed, setMailed] = useState(false);
	function submit(event: FormEvent<HTMLFormElement>) {
		event.preventDefault();
		const { code = "" } = values(event.currentTarget, "code");
		void sending.send(async () => {
			await session.confirm(account.email, code);
			await session.signIn(account.email, account.password);
		});
	}
	function mailAgain() {
		void sending.send(async () => {
			await session.register({ ...account, role });
			setMailed(true);
		});
	}
	return (
		<form className="form" onSubmit={submit}>
			<p>{sentence(config.stage, account.email)}</p>
			<Field
				label="Code"
				name="code"
				inputMode="numeric"
				autoComplete="one-time-code"
				pattern="[0-9]{4,10}"
				title="4 to 10 digits"
				required
				autoFocus // the step begins with it: the person has just asked for the code
				problem={sending.of("code")}
			/>
			<Refusal sending={sending} except={["code"]} />
			{mailed && !sending.refusal ? <Notice>A new code is on its way.</Notice> : null}
			<Button type="submit" kind="main" wide busy={sending.busy}>
				Confirm
			</Button>
			<div className="sign-in-other">
				<Button kind="bare" onClick={mailAgain} disabled={sending.busy}>
					Mail a new code
				</Button>
				<Button kind="bare" onClick={again}>
					Change e-mail
				</Button>
			</div>
		</form>
	);
}

function sentence(stage: string, email: string): string {
	if (stage === "local") return `No mail is sent on this machine. The code for ${email} is 123456.`;
	return `We mailed a code to ${email}.`;
}

function values(form: HTMLFormElement, ...names: string[]): Record<string, string> {
	const data = new FormData(form);
	return Object.fromEntries(names.map((name) => [name, String(data.get(name) ?? "")]));
}
