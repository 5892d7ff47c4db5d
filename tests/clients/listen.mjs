// One client from npm as its manual shows it: prints each event as a line of JSON. Arguments: client, URL, token.
// The last line is `closed` with the status of the answer that ended it.
const [client, url, token] = process.argv.slice(2);
const headers = { Authorization: `Bearer ${token}` };
const names = "connected notification state reset heartbeat progress complete error bye message init".split(" ");
const show = (name, data, id) => console.log(JSON.stringify({ name, data: data ?? "", id: id ?? "" }));
const closed = (status) => {
  show("closed", String(status ?? ""), "");
  process.exit(0);
};
const GAVE_UP = [204, 401, 403, 404];

// An `error` without data is the connection's own.
const listen = (source, statusOf, isClosed) => {
  for (const name of names)
    source.addEventListener(name, (event) => {
      if (event.data !== undefined) show(event.type, event.data, event.lastEventId);
      else if (name === "error" && isClosed(event)) closed(statusOf(event));
    });
};

const clients = {
  async eventsource() {
    const { EventSource } = await import("eventsource");
    const signedIn = (input, init) => fetch(input, { ...init, headers: { ...init.headers, ...headers } });
    const source = new EventSource(url, { fetch: signedIn });
    listen(
      source,
      (event) => event.code,
      () => source.readyState === EventSource.CLOSED,
    );
  },
  async "launchdarkly-eventsource"() {
    const { EventSource } = await import("launchdarkly-eventsource");
    const source = new EventSource(url, { headers, initialRetryDelayMillis: 200, errorFilter: ({ status }) => !GAVE_UP.includes(status) });
    listen(
      source,
      (event) => event.status,
      (event) => GAVE_UP.includes(event.status),
    );
    source.onclose = () => closed("");
  },
  async "@microsoft/fetch-event-source"() {
    // Made for pages: it asks whether the page is visible.
    globalThis.document = { hidden: false, addEventListener() {}, removeEventListener() {} };
    globalThis.window = globalThis;
    const { fetchEventSource } = await import("@microsoft/fetch-event-source");
    await fetchEventSource(url, {
      headers,
      async onopen({ status }) {
        if (GAVE_UP.includes(status)) closed(status);
        if (status !== 200) throw new Error(`status ${status}`);
      },
      onmessage: ({ event, data, id }) => data && show(event || "message", data, id),
      onclose() {
        throw new Error("the server has ended the stream: reconnect");
      },
      onerror: () => 200,
    });
  },
  async "event-source-polyfill"() {
    const { EventSourcePolyfill } = await import("event-source-polyfill");
    const source = new EventSourcePolyfill(url, { headers });
    listen(
      source,
      (event) => event.status,
      () => source.readyState === EventSourcePolyfill.CLOSED,
    );
  },
};

await clients[client]();
