import type { ButtonHTMLAttributes } from "react";

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
	kind?: "main" | "plain" | "danger" | "bare";
	wide?: boolean;
	/** Something is under way: the button waits, and says so. */
	busy?: boolean;
}

export function Button({ kind = "plain", wide = false, busy = false, disabled, children, ...rest }: Props) {
	return (
		<button
			type="button"
			{...rest}
			className="button"
			data-kind={kind}
			data-wide={wide || undefined}
			disabled={disabled || busy}
			aria-busy={busy || undefined}
		>
			{children}
			{busy ? "…" : null}
		</button>
	);
}
