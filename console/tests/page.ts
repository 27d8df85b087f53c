/**
 * A page without a browser: enough of the DOM for Preact to render a component, and for a test to read and press it.
 *
 * There is no layout and no focus, and events do not bubble. What needs those is tested in a browser (`tests/e2e/browser`).
 */

import { act } from "preact/test-utils";
import type { ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { vi } from "vitest";

type Parent = PageElement | null;

class PageNode extends EventTarget {
	readonly childNodes: PageNode[] = [];
	parentNode: Parent = null;
	readonly nodeType: number = 3;
	data = "";

	get nextSibling(): PageNode | null {
		const siblings = this.parentNode?.childNodes ?? [];
		return siblings[siblings.indexOf(this) + 1] ?? null;
	}

	get text(): string {
		return this.data;
	}

	remove(): void {
		this.parentNode?.removeChild(this);
	}
}

export class PageElement extends PageNode {
	override readonly nodeType = 1;
	readonly attributes = new Map<string, string>();
	readonly dataset: Record<string, string> = {};
	readonly style = { setProperty: () => undefined };
	/** Preact empties its root by it. */
	textContent = "";
	/** Text that a person typed. */
	value = "";
	checked = false;

	constructor(
		readonly localName: string,
		readonly namespaceURI = "http://www.w3.org/1999/xhtml",
	) {
		super();
	}

	get firstChild(): PageNode | null {
		return this.childNodes[0] ?? null;
	}

	get parentElement(): Parent {
		return this.parentNode;
	}

	override get text(): string {
		return this.childNodes.map((child) => child.text).join("");
	}

	/** What a screen reader calls it. */
	get name(): string {
		return this.attributes.get("aria-label") ?? this.text.trim();
	}

	insertBefore(child: PageNode, before: PageNode | null): PageNode {
		child.remove();
		const at = before ? this.childNodes.indexOf(before) : -1;
		this.childNodes.splice(at < 0 ? this.childNodes.length : at, 0, child);
		child.parentNode = this;
		return child;
	}

	appendChild(child: PageNode): PageNode {
		return this.insertBefore(child, null);
	}

	removeChild(child: PageNode): PageNode {
		this.childNodes.splice(this.childNodes.indexOf(child), 1);
		child.parentNode = null;
		return child;
	}

	contains(node: PageNode | null): boolean {
		return node === this || (node?.parentNode ? this.contains(node.parentNode) : false);
	}

	setAttribute(name: string, value: unknown): void {
		this.attributes.set(name, String(value));
	}

	removeAttribute(name: string): void {
		this.attributes.delete(name);
	}

	/** All elements in it, in their order. */
	*all(): Generator<PageElement> {
		for (const child of this.childNodes) {
			if (!(child instanceof PageElement)) continue;
			yield child;
			yield* child.all();
		}
	}

	// Preact looks for these before it writes an event's name in small letters.
	onclick = null;
	onsubmit = null;
	oninput = null;
	onchange = null;
	onkeydown = null;
	oncancel = null;

	getBoundingClientRect = () => ({ height: 0, right: 0 });
	showModal = () => undefined;
	close = () => undefined;
	focus = () => undefined;
	querySelector = () => null;
}

class PageText extends PageNode {
	readonly localName = "#text";
}

/** The values of a form's fields, by their names. */
class FormValues {
	private readonly fields: PageElement[];

	constructor(form: PageElement) {
		this.fields = [...form.all()].filter((each) => each.attributes.has("name"));
	}

	get(name: string): string | null {
		const field = this.fields.find((each) => each.attributes.get("name") === name);
		if (!field) return null;
		const chosen = [...field.all()].find((each) => each.attributes.has("selected"));
		return field.value || (chosen?.value ?? "");
	}
}

class Observer {
	observe = () => undefined;
	disconnect = () => undefined;
}

/** A page on which a test shows components, until `vi.unstubAllGlobals`. */
export class Page {
	readonly document = Object.assign(new EventTarget(), {
		hidden: false,
		title: "RideFlow",
		body: new PageElement("body"),
		documentElement: new PageElement("html"),
		activeElement: null,
		createElement: (name: string) => new PageElement(name),
		createElementNS: (namespace: string, name: string) => new PageElement(name, namespace),
		createTextNode: (data: string) => Object.assign(new PageText(), { data }),
	});
	private readonly root = new PageElement("div");
	private readonly shown: ReturnType<typeof createRoot>;

	constructor() {
		vi.stubGlobal("document", this.document);
		vi.stubGlobal("window", globalThis);
		vi.stubGlobal("addEventListener", () => undefined);
		vi.stubGlobal("removeEventListener", () => undefined);
		vi.stubGlobal("HTMLInputElement", class {});
		vi.stubGlobal("FormData", FormValues);
		vi.stubGlobal("ResizeObserver", Observer);
		vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener: () => undefined }));
		this.shown = createRoot(this.root as unknown as HTMLElement);
	}

	/** Show this, in place of what is shown, and let its effects and the answers to them arrive. */
	async shows(what: ReactNode): Promise<void> {
		await act(() => this.shown.render(what));
		await this.settled();
	}

	/** Let so much time pass and answers arrive, show them, and let what is asked then be answered, too. */
	async settled(ms = 0): Promise<void> {
		for (const pause of [ms, 0, 0]) {
			await act(async () => {
				if (vi.isFakeTimers()) await vi.advanceTimersByTimeAsync(pause);
				else await new Promise((done) => setTimeout(done, pause));
			});
		}
	}

	/** Let something happen that changes what is shown. */
	async does(what: () => Promise<unknown>): Promise<void> {
		await act(async () => void (await what()));
		await this.settled();
	}

	get text(): string {
		return this.root.text;
	}

	get elements(): PageElement[] {
		return [...this.root.all()];
	}

	/** The elements of a kind with this name: all of it, or a part. */
	named(kind: string, name: string): PageElement[] {
		return this.elements.filter((each) => each.localName === kind && each.name.includes(name));
	}

	one(kind: string, name = ""): PageElement {
		const [found, ...more] = this.named(kind, name);
		if (!found || more.length > 0)
			throw new Error(`${more.length + (found ? 1 : 0)} × ${kind} "${name}": ${this.text}`);
		return found;
	}

	button(name: string): PageElement {
		return this.one("button", name);
	}

	/** Click once, or so many times in one moment. A disabled button does nothing. */
	async presses(button: PageElement | string, times = 1): Promise<void> {
		const pressed = typeof button === "string" ? this.button(button) : button;
		await act(async () => {
			for (let time = 0; time < times; time++) {
				if (!pressed.attributes.has("disabled")) pressed.dispatchEvent(new Event("click"));
			}
		});
		await this.settled();
	}

	/** Press a key on an element, with such members of the event as `ctrlKey`. */
	async types(on: PageElement, key: string, more: object = {}): Promise<void> {
		await act(() => {
			on.dispatchEvent(Object.assign(new Event("keydown"), { key, ...more }));
		});
		await this.settled();
	}

	/** Type into a field, which is told its input. */
	async fills(field: PageElement, value: string): Promise<void> {
		await act(() => {
			field.value = value;
			field.dispatchEvent(new Event("input"));
		});
	}

	async submits(form: PageElement, times = 1): Promise<void> {
		await act(() => {
			for (let time = 0; time < times; time++) form.dispatchEvent(new Event("submit", { cancelable: true }));
		});
		await this.settled();
	}
}
