import { type ReactNode, useEffect, useId, useRef } from "react";
import { Button } from "./Button";
import { Icon } from "./Icon";
import "./dialog.css";

interface Props {
	title: string;
	close: () => void;
	children: ReactNode;
}

/** A modal dialog: a sheet from below on a phone. The browser keeps the focus inside, and gives it back at the end. */
export function Dialog({ title, close, children }: Props) {
	const element = useRef<HTMLDialogElement>(null);
	const id = useId();
	const end = useRef(close);
	end.current = close;
	useEffect(() => {
		const dialog = element.current;
		if (!dialog) return;
		dialog.showModal();
		const tapped = (event: MouseEvent) => {
			if (event.target === dialog) end.current(); // beside it; all that is inside has elements of its own
		};
		dialog.addEventListener("click", tapped);
		return () => {
			dialog.removeEventListener("click", tapped);
			dialog.close();
		};
	}, []);
	return (
		<dialog
			ref={element}
			className="dialog"
			aria-labelledby={id}
			onCancel={(event) => {
				event.preventDefault();
				close();
			}}
		>
			<header>
				<h2 id={id}>{title}</h2>
				<Button kind="bare" aria-label="Close" onClick={close}>
					<Icon name="close" />
				</Button>
			</header>
			<div className="body">{children}</div>
		</dialog>
	);
}
