// The settings of push on this device. The browser asks for the permission, and only after a click.

const section = document.getElementById("push");
const button = document.getElementById("push-on");
const state = document.getElementById("push-state");
const rows = [...document.querySelectorAll("#push [data-endpoint]")];

button.addEventListener("click", turnOn);
await showState();

async function showState() {
  const problem = whyNot();
  if (problem) return show(problem);
  const registration = await navigator.serviceWorker.getRegistration(section.dataset.scope);
  const subscription = await registration?.pushManager.getSubscription();
  const here = Notification.permission === "granted" && rows.find(({ dataset }) => dataset.endpoint === subscription?.endpoint);
  if (here) here.querySelector(".this-one").hidden = false;
  show(here ? "Push is on." : "");
  button.hidden = Boolean(here);
}

/** Why push cannot be turned on in this browser, or an empty text. iOS has push only for sites on the home screen. */
function whyNot() {
  if (navigator.standalone === false && !("PushManager" in window)) return "Add this page to the home screen first";
  if (!("serviceWorker" in navigator && "PushManager" in window)) return "This browser has no push, or none for pages without https";
  return Notification.permission === "denied" ? "Your browser has blocked notifications for this site" : "";
}

async function turnOn() {
  button.disabled = true;
  try {
    if ((await Notification.requestPermission()) === "granted") await subscribe();
    else show(whyNot());
  } catch (error) {
    show(`Push could not be turned on: ${error.message}`);
  }
  button.disabled = false;
}

async function subscribe() {
  const { worker, scope, key, url } = section.dataset;
  await navigator.serviceWorker.register(worker, { scope, updateViaCache: "none" });
  const { pushManager } = await navigator.serviceWorker.ready;
  // One that was left by another user of this browser, or made with another key.
  await (await pushManager.getSubscription())?.unsubscribe();
  const { endpoint, keys } = (await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })).toJSON();
  const body = new URLSearchParams(new FormData(document.getElementById("act")));
  for (const [name, value] of Object.entries({ endpoint, ...keys })) body.set(name, value);
  const answer = await fetch(url, { method: "POST", body, headers: { Accept: "application/json" } });
  if (answer.ok) return location.reload();
  show((await answer.json()).detail);
}

function show(text) {
  state.textContent = text;
}
