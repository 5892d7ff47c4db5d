// These pages ask the server for some of their parts again and again: times in them are told as everywhere.

document.addEventListener("htmx:after:swap", () => document.dispatchEvent(new CustomEvent("notifier:shown")));
