import { type InputHTMLAttributes, useId } from "react";

interface Props extends InputHTMLAttributes<HTMLInputElement> {
	label: string;
	/** What is wrong with the value, in a sentence. */
	problem?: string | undefined;
}

export function Field({ label, problem, ...input }: Props) {
	const id = useId();
	return (
		<div className="field">
			<label htmlFor={id}>{label}</label>
			<input
				{...input}
				id={id}
				aria-invalid={problem ? true : undefined}
				aria-describedby={problem ? `${id}-problem` : undefined}
			/>
			{problem ? (
				<span id={`${id}-problem`} className="field-problem">
					{problem}
				</span>
			) : null}
		</div>
	);
}
