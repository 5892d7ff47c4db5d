// The npm package `eventsource`: prints each event as a line of JSON. Arguments: URL, token, names of events.
import { EventSource } from "eventsource";

const [url, token, ...names] = process.argv.slice(2);
const signedIn = (input, init) => fetch(input, { ...init, headers: { ...init.headers, Authorization: `Bearer ${token}` } });
const source = new EventSource(url, { fetch: signedIn });
const print = ({ type, data, lastEventId }) => console.log(JSON.stringify({ name: type, data, id: lastEventId }));

for (const name of ["message", ...names]) source.addEventListener(name, print);
source.onerror = ({ code, message }) => print({ type: "error", data: `${code ?? ""} ${message ?? ""}`, lastEventId: "" });
