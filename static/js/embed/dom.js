// Elements, without `innerHTML`: what a sender writes stays text, under any policy of the page.

const SVG = "http://www.w3.org/2000/svg";

export const BELL = "M6 9.5a6 6 0 0 1 12 0c0 6 2.5 7 2.5 7h-17S6 15.5 6 9.5M10 20a2.2 2.2 0 0 0 4 0";

/** An element with attributes; a function becomes a listener, null leaves an attribute out. */
export function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child));
  return element;
}

/** `path`: the `d` of its lines. */
export function icon(path) {
  const svg = document.createElementNS(SVG, "svg");
  const lines = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  lines.setAttribute("d", path);
  svg.append(lines);
  return svg;
}

/** Sets the text only where it differs: a screen reader announces what is set. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function sheet(rules) {
  const made = new CSSStyleSheet();
  made.replaceSync(rules);
  return made;
}
