// Two ways to listen from another origin. Both reconnect by themselves and resume without a gap.
const server = new URLSearchParams(location.search).get("server");
const stream = `${server}/api/notifications/stream`;
const stateOf = document.querySelector("#state");
const list = document.querySelector("#list");

document.querySelector("#with-cookie").addEventListener("submit", (event) => {
  event.preventDefault();
  listenWithCookie();
});

document.querySelector("#with-token").addEventListener("submit", (event) => {
  event.preventDefault();
  listenWithToken(new FormData(event.target).get("token"));
});

function listenWithCookie() {
  const source = new EventSource(stream, { withCredentials: true });
  source.addEventListener("connected", ({ data }) => connected(JSON.parse(data)));
  source.addEventListener("notification", ({ data }) => show(JSON.parse(data)));
  source.onerror = () => say(source.readyState === EventSource.CLOSED ? "Refused: sign in on the server first." : "Coming back …");
}

async function listenWithToken(token) {
  let cursor = null;
  for (let wait = 1000; ; wait = Math.min(wait * 2, 30000)) {
    try {
      const headers = { Authorization: `Bearer ${token}`, ...(cursor && { "Last-Event-ID": cursor }) };
      const answer = await fetch(stream, { headers });
      if (answer.status === 401 || answer.status === 403) return say((await answer.json()).detail);
      if (answer.ok) {
        for await (const { id, event, data } of events(answer.body)) {
          cursor = id ?? cursor;
          wait = 1000;
          if (event === "connected") connected(JSON.parse(data));
          if (event === "notification") show(JSON.parse(data));
        }
      }
    } catch (error) {
      console.info(`the stream broke: ${error}`);
    }
    say("Coming back …");
    await new Promise((later) => setTimeout(later, wait));
  }
}

// Parse the events of a stream. This server ends its lines with LF and writes data in one line.
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (text + value).split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const fields = block
        .split("\n")
        .map((line) => line.match(/^(id|event|data): (.*)$/))
        .filter(Boolean);
      const event = Object.fromEntries(fields.map(([, name, value]) => [name, value]));
      if (event.data) yield event;
    }
  }
}

function connected({ unread_count }) {
  say(`Listening. ${unread_count} unread.`);
}

// Show one list item for each id; an update in place moves to the top. Content is set as text, never as markup.
function show({ id, title, message }) {
  const item = document.getElementById(id) ?? document.createElement("li");
  item.id = id;
  item.textContent = message && message !== title ? `${title}: ${message}` : title;
  list.prepend(item);
}

function say(text) {
  stateOf.textContent = text;
}
