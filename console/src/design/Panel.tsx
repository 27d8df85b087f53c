import { type ReactNode, useId } from "react";

interface Props {
	title: string;
	/** Stands at the end of the title's line. */
	aside?: ReactNode;
	children: ReactNode;
}

export function Panel({ title, aside, children }: Props) {
	const id = useId();
	return (
		<section className="panel" aria-labelledby={id}>
			<header>
				<h2 id={id}>{title}</h2>
				{aside}
			</header>
			<div className="body">{children}</div>
		</section>
	);
}
