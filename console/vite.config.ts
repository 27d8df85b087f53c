import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
	plugins: [react()],
	// The same build is served from the root of a domain and from a path of the local stack.
	base: "./",
	build: {
		target: "es2023",
		assetsInlineLimit: 0, // the content security policy allows no data: scripts or styles
		chunkSizeWarningLimit: 2500,
		modulePreload: { polyfill: false },
	},
});
