import assert from "node:assert/strict";
import { test } from "node:test";
import { Api } from "../../static/js/embed/api.js";

const SERVER = "https://notify.example/";

function token(sub) {
  const part = (data) => Buffer.from(JSON.stringify(data)).toString("base64url");
  return `${part({ alg: "HS256" })}.${part({ iss: "host", sub, iat: 0, exp: 300 })}.signature`;
}

/** The page is signed in as `people`, one after the other. `calls`: the path of each request to the server, and who it is by. */
function api(t, people, refused) {
  const calls = [];
  t.mock.method(globalThis, "fetch", async (url, { headers } = {}) => {
    if (url === "/token") return new Response(token(people.length > 1 ? people.shift() : people[0]));
    const who = JSON.parse(Buffer.from(headers.Authorization.split(".")[1], "base64url")).sub;
    calls.push([url.replace(SERVER, ""), who]);
    return new Response("{}", { status: refused.includes(who) ? 401 : 200 });
  });
  return { calls, api: new Api(SERVER, "/token", () => {}) };
}

test("a refused token is renewed, once", async (t) => {
  const { calls, api: made } = api(t, ["alice"], ["alice"]);
  assert.equal((await made.call("read-all")).status, 401);
  assert.deepEqual(calls, [
    ["read-all", "alice"],
    ["read-all", "alice"],
  ]);
});

test("what one user has asked for is not done as the next", async (t) => {
  const { calls, api: made } = api(t, ["alice", "bob"], ["alice"]);
  assert.equal(await made.call("read-all"), null);
  assert.deepEqual(calls, [["read-all", "alice"]]);
  assert.equal((await made.call("unread-count")).status, 200);
});
