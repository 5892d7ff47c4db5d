// The filter over the list of calls: it shows those that contain every word.

const field = document.getElementById("api-filter");
const links = [...document.querySelectorAll(".api-nav li > a")];

field.closest("label").hidden = false;
field.addEventListener("input", () => {
  const words = field.value.toLowerCase().split(/\s+/);
  for (const link of links) {
    const text = `${link.textContent} ${link.title}`.toLowerCase();
    link.parentElement.hidden = !words.every((word) => text.includes(word));
  }
  for (const list of document.querySelectorAll(".api-nav > ul")) {
    const empty = !list.querySelector("li:not([hidden])");
    list.hidden = empty;
    list.previousElementSibling.hidden = empty;
  }
});
