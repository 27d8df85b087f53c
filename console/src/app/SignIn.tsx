import type { FormEvent, ReactNode } from "react";
import { Button } from "../design/Button";
import { Field } from "../design/Field";
import { Panel } from "../design/Panel";
import { usePerson } from "./person";
import { Refusal, useSending } from "./sending";
import { useTitle } from "./title";
import "./sign-in.css";

/** E-mail and password for a session; `children` stand below the form. */
export function SignIn({ title, children }: { title: string; children?: ReactNode }) {
	const { session } = usePerson();
	const sending = useSending();
	useTitle(title);
	function submit(event: FormEvent<HTMLFormElement>) {
		event.preventDefault();
		const form = new FormData(event.currentTarget);
		void sending.send(() => session.signIn(String(form.get("email")), String(form.get("password"))));
	}
	return (
		<main className="sign-in">
			<Brand />
			<Panel title={title}>
				<form className="form" onSubmit={submit}>
					<Field
						label="E-mail"
						name="email"
						type="email"
						autoComplete="username"
						required
						problem={sending.of("email")}
					/>
					<Field
						label="Password"
						name="password"
						type="password"
						autoComplete="current-password"
						required
						problem={sending.of("password")}
					/>
					<Refusal sending={sending} except={["email", "password"]} />
					<Button type="submit" kind="main" wide busy={sending.busy}>
						Sign in
					</Button>
				</form>
				{children}
			</Panel>
		</main>
	);
}

/** The product's name over a form at the door. */
export function Brand() {
	return (
		<h1 className="sign-in-brand">
			<img src="./icon.svg" alt="" width="28" height="28" /> RideFlow
		</h1>
	);
}
