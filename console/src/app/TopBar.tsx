import type { ReactNode } from "react";
import { Button } from "../design/Button";
import { Icon } from "../design/Icon";
import { choose, useTheme } from "../design/theme";
import { useLink } from "./connection";
import { usePerson } from "./person";
import "./top-bar.css";

const LINKS = { open: "Live", connecting: "Connecting", closed: "Not connected" };

/** The line above a page: its name, whether frames come, the theme, and the way out. */
export function TopBar({ title, children }: { title: string; children?: ReactNode }) {
	const { session } = usePerson();
	const link = useLink();
	const theme = useTheme();
	return (
		<header className="top-bar">
			<h1>
				<img src="./icon.svg" alt="" width="24" height="24" /> <span className="top-bar-words">{title}</span>
			</h1>
			{children}
			<p className="link-state" data-link={link} role="status">
				<span className="mark" /> <span className="top-bar-words">{LINKS[link]}</span>
			</p>
			<Button
				kind="bare"
				aria-label={theme === "dark" ? "Light colours" : "Dark colours"}
				onClick={() => choose(theme === "dark" ? "light" : "dark")}
			>
				<Icon name={theme === "dark" ? "sun" : "moon"} />
			</Button>
			<Button kind="bare" onClick={() => void session.signOut()}>
				Sign out
			</Button>
		</header>
	);
}
