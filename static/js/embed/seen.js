// Receipts: what was on the screen of a visible tab for a second counts as seen, in the list or as a toast.

const SHOWN_MS = 1000;
const BATCH_MS = 200;

/**
 * Returns the function to call with each element that shows a notification, and the notification. `report(ids)` is called once for each
 * one that was seen, and again when its content has changed.
 */
export function watchSeen(report) {
  const watched = new WeakMap();
  const known = new Set();
  const waiting = [];
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) wait(target, isIntersecting);
  });

  function wait(element, shown) {
    const item = watched.get(element);
    clearTimeout(item.timer);
    if (shown) item.timer = setTimeout(seen, SHOWN_MS, element);
  }

  function seen(element) {
    if (document.hidden) return wait(element, true);
    const { key, id } = watched.get(element);
    observer.unobserve(element);
    if (known.has(key)) return;
    known.add(key);
    if (!waiting.length) setTimeout(() => report(waiting.splice(0)), BATCH_MS);
    waiting.push(id);
  }

  return (element, { id, created_at }) => {
    watched.set(element, { key: id + created_at, id });
    observer.observe(element);
  };
}
