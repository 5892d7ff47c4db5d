// The EventSource of Node itself (undici): prints each event as a line of JSON. Arguments: URL, token, names of events.
import { Agent, EventSource } from "undici";

const [url, token, ...names] = process.argv.slice(2);
const signedIn = (dispatch) => (options, handler) =>
  dispatch({ ...options, headers: { ...options.headers, authorization: `Bearer ${token}` } }, handler);
const source = new EventSource(url, { node: { dispatcher: new Agent().compose(signedIn) } });
const print = ({ type, data, lastEventId }) => console.log(JSON.stringify({ name: type, data, id: lastEventId }));

for (const name of ["message", ...names]) source.addEventListener(name, print);
source.onerror = () => print({ type: "error", data: source.readyState === EventSource.CLOSED ? "closed" : "again", lastEventId: "" });

// The EventSource alone does not keep the program alive while it waits to reconnect.
setInterval(() => {}, 1000);
