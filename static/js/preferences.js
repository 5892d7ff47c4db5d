// Shows on an open page what was changed elsewhere, such as by the link in a mail that stops its kind. What the user is changing here stays.

const SECONDS = 5;
const cells = document.getElementById("cells");

async function refresh() {
  if (document.hidden) return;
  const answer = await fetch(cells.dataset.preferences).catch(() => null);
  if (answer?.ok) show((await answer.json()).categories);
}

function show(categories) {
  for (const select of cells.querySelectorAll("select")) {
    const was = cells.querySelector(`input[name="was.${CSS.escape(select.name)}"]`);
    const place = select.name.lastIndexOf(".");
    const value = categories[select.name.slice(0, place)]?.[select.name.slice(place + 1)];
    if (value === undefined || select.value !== was.value) continue;
    select.value = was.value = value;
  }
}

setInterval(refresh, SECONDS * 1000);
document.addEventListener("visibilitychange", refresh);
