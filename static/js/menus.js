// Menus of items: what depends on the sender and the thread is loaded when a menu is opened, so that no row of a list carries it.

export function listenToMenus() {
  document.addEventListener("toggle", ({ target, newState }) => newState === "open" && fill(target), true);
}

/** The link stays if nothing can be loaded: it leads to a page with the same entries. */
async function fill(menu) {
  const link = menu.querySelector?.(":scope > a[data-options]");
  if (!link || !window.htmx) return;
  const answer = await fetch(link.dataset.options, { headers: { "HX-Request": "true", Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok || !link.isConnected) return;
  const held = link === document.activeElement;
  const before = link.previousElementSibling;
  await htmx.swap({ sourceElement: link, target: link, text: await answer.text(), swap: "outerHTML" });
  if (held) (before?.nextElementSibling ?? menu.querySelector("button, a"))?.focus();
}
