import type { ReactNode } from "react";

interface Props {
	kind?: "plain" | "warning" | "problem";
	children: ReactNode;
}

/** A sentence that people have to see; screen readers say a problem at once. */
export function Notice({ kind = "plain", children }: Props) {
	return (
		<div className="notice" data-kind={kind} role={kind === "problem" ? "alert" : "status"}>
			{children}
		</div>
	);
}
