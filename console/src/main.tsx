import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { Settings } from "./app/Settings";
import "./design/design.css";

const root = document.getElementById("app");
if (root) {
	createRoot(root).render(
		<StrictMode>
			<Settings>
				<App />
			</Settings>
		</StrictMode>,
	);
}
