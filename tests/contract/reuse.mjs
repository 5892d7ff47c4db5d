// Requests over one kept-alive connection, each after a stream that has ended on it: prints how many were lost.
import http from "node:http";

const [url, token, session, count] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const get = (path) =>
  new Promise((resolve, reject) => {
    http
      .get(url + path, { agent, headers: { Authorization: `Bearer ${token}` } }, (answer) => {
        answer.resume();
        answer.on("end", () => (answer.statusCode === 200 ? resolve() : reject(new Error(`status ${answer.statusCode}`))));
        answer.on("error", reject);
      })
      .on("error", reject);
  });

let lost = 0;
for (let number = 0; number < Number(count); number++) {
  try {
    await get(`${session}/status/stream`);
    await get(session);
  } catch {
    lost++;
  }
}
console.log(lost);
agent.destroy();
