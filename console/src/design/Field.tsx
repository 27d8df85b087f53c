import { type InputHTMLAttributes, useId } from "react";

interface Props extends InputHTMLAttributes<HTMLInputElement> {
	label: string;
	/** What is wrong with the value, in a sentence. */
	problem?: string | undefined;
	/** Says before what a good value is. */
	hint?: string | undefined;
}

export function Field({ label, problem, hint, ...input }: Props) {
	const id = useId();
	const described = [hint && `${id}-hint`, problem && `${id}-problem`].filter(Boolean).join(" ");
	return (
		<div className="field">
			<label htmlFor={id}>{label}</label>
			<input {...input} id={id} aria-invalid={problem ? true : undefined} aria-describedby={described || undefined} />
			{hint ? (
				<span id={`${id}-hint`} className="field-hint">
					{hint}
				</span>
			) : null}
			{problem ? (
				<span id={`${id}-problem`} className="field-problem">
					{problem}
				</span>
			) : null}
		</div>
	);
}
