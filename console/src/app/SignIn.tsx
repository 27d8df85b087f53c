import { type FormEvent, type ReactNode, useState } from "react";
import { ProblemError, told } from "../api/problem";
import { Button } from "../design/Button";
import { Field } from "../design/Field";
import { Notice } from "../design/Notice";
import { Panel } from "../design/Panel";
import { usePerson } from "./person";
import "./sign-in.css";

/** E-mail and password for a session; `children` stand below the form. */
export function SignIn({ title, children }: { title: string; children?: ReactNode }) {
	const { session } = usePerson();
	const [problem, setProblem] = useState<unknown>(null);
	const [busy, setBusy] = useState(false);
	async function submit(event: FormEvent<HTMLFormElement>) {
		event.preventDefault();
		const form = new FormData(event.currentTarget);
		setBusy(true);
		setProblem(null);
		try {
			await session.signIn(String(form.get("email")), String(form.get("password")));
		} catch (error) {
			setProblem(error);
			setBusy(false);
		}
	}
	const of = (field: string) => (problem instanceof ProblemError ? problem.of(field) : undefined);
	return (
		<main className="sign-in">
			<Brand />
			<Panel title={title}>
				<form onSubmit={submit}>
					<Field label="E-mail" name="email" type="email" autoComplete="username" required problem={of("email")} />
					<Field
						label="Password"
						name="password"
						type="password"
						autoComplete="current-password"
						required
						problem={of("password")}
					/>
					{problem ? <Notice kind="problem">{told(problem)}</Notice> : null}
					<Button type="submit" kind="main" wide busy={busy}>
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
