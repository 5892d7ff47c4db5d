// The elements: `<notifier-bell>`, a button with a badge and a popover, and `<notifier-inbox>`, the list as a part of the page.
// What is in the popover and in the list follows when it has been loaded.

import { badgeText } from "../bell.js";
import { BELL, icon, make, setText } from "./dom.js";
import { styles } from "./styles.js";
import { texts } from "./texts.js";

const GAP = 8;

/** All elements of the page. `shown`: what they show, `{ signedIn, unread }`. `fill(element)`: called for each, when the rest is there. */
export const page = {
  elements: new Set(),
  shown: { signedIn: false, unread: 0 },
  fill: null,

  show(shown) {
    Object.assign(this.shown, shown);
    for (const element of this.elements) element.render();
  },
};

class Element extends HTMLElement {
  connectedCallback() {
    if (!this.shadowRoot) {
      this.attachShadow({ mode: "open" }).adoptedStyleSheets = [styles];
      this.place = this.build();
    }
    page.elements.add(this);
    this.render();
    page.fill?.(this);
  }

  disconnectedCallback() {
    page.elements.delete(this);
  }

  render() {}
}

class Bell extends Element {
  #badge = make("span", { class: "badge", part: "badge", "aria-hidden": "true" });
  #button = make("button", { type: "button", class: "bell", part: "bell", popovertarget: "panel" }, icon(BELL), this.#badge);

  build() {
    const panel = make("section", { id: "panel", class: "panel", part: "panel", popover: "", "aria-labelledby": "heading" });
    panel.addEventListener("beforetoggle", ({ newState }) => (newState === "open" ? this.#put(panel.style) : this.#takeFocus()));
    this.shadowRoot.append(this.#button, panel);
    return panel;
  }

  render() {
    const { signedIn, unread } = page.shown;
    this.#button.hidden = !signedIn;
    this.#badge.hidden = unread === 0;
    setText(this.#badge, badgeText(unread));
    this.#button.setAttribute("aria-label", unread ? texts.unread.replace("{n}", unread) : texts.bell);
  }

  /** The browser returns the focus only where nothing that had it was removed meanwhile. */
  #takeFocus() {
    if (this.shadowRoot.activeElement) this.#button.focus();
  }

  /** Below the bell, or above it where there is more room; inside the window. */
  #put(style) {
    const bell = this.#button.getBoundingClientRect();
    const below = bell.bottom < innerHeight / 2;
    const left = bell.left < innerWidth / 2;
    style.top = below ? `${bell.bottom + GAP / 2}px` : "auto";
    style.bottom = below ? "auto" : `${innerHeight - bell.top + GAP / 2}px`;
    style.left = left ? `${Math.max(GAP, bell.left)}px` : "auto";
    style.right = left ? "auto" : `${Math.max(GAP, innerWidth - bell.right)}px`;
  }
}

class InboxList extends Element {
  build() {
    const section = make("section", { "aria-labelledby": "heading" });
    this.shadowRoot.append(section);
    return section;
  }

  render() {
    this.place.hidden = !page.shown.signedIn;
  }
}

export function defineElements() {
  customElements.define("notifier-bell", Bell);
  customElements.define("notifier-inbox", InboxList);
}
