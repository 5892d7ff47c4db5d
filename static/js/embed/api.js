// The API of the notification server, as a page of another site calls it: with a token that the page's own server has signed, never with
// cookies. The token is renewed before it expires, and when the server refuses it.

const EARLY = 0.9;
const JSON_BODY = { "Content-Type": "application/json" };
const TOKEN = /eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/; // a JWT: both parts are objects in JSON

export class Api {
  #tokenUrl;
  #token = "";
  #until = 0;
  #asking = null;

  /** `known(subject)` is called when the user changes; the subject is empty after a sign-out. */
  constructor(server, tokenUrl, known) {
    this.server = server;
    this.#tokenUrl = tokenUrl;
    this.known = known;
  }

  /** The response, or null when there is none. A refused token is renewed once; what one user has asked for is not done as another. */
  async call(path, { body, headers, ...options } = {}, again = true) {
    const { subject } = this;
    const token = performance.now() < this.#until ? this.#token : await this.renew();
    if (!token || (subject && subject !== this.subject)) return null;
    const answer = await fetch(this.server + path, {
      credentials: "omit",
      cache: "no-store",
      headers: { Authorization: `Bearer ${token}`, ...(body && JSON_BODY), ...headers },
      body: body && JSON.stringify(body),
      ...options,
    }).catch(() => null);
    if (answer?.status !== 401 || !again) return answer;
    this.#until = 0;
    return this.call(path, { body, headers, ...options }, false);
  }

  /** The new token; empty without a sign-in, null when the page's server does not answer. Callers at the same time share one request. */
  renew() {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  /** Takes a token, in whatever text it comes. Its life is counted from now: the clock of this machine may be wrong. */
  use(text) {
    this.#token = text.match(TOKEN)?.[0] ?? "";
    const { iss = "", sub = "", exp = 0, iat = Date.now() / 1000 } = this.#token ? claimsOf(this.#token) : {};
    this.#until = performance.now() + (exp - iat) * 1000 * EARLY;
    const subject = sub && `${iss} ${sub}`;
    if (subject !== this.subject) {
      this.subject = subject;
      this.known(subject);
    }
    return this.#token;
  }

  async #ask() {
    if (!this.#tokenUrl) return this.use("");
    const answer = await fetch(this.#tokenUrl, { cache: "no-store" }).catch(() => null);
    if (!answer || answer.status >= 500) return null;
    return this.use(answer.ok ? await answer.text() : "");
  }
}

/** Only to know for whom it is, and for how long: the server verifies it. */
function claimsOf(token) {
  try {
    return JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
  } catch (error) {
    console.error("notifier: the token is not a JWT:", error.message);
    return {};
  }
}
