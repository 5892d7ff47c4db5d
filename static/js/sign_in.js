/** Goes to the sign-in page, which leads back here. htmx has `HX-Redirect` for that, but only for requests that htmx has made. */
export function signIn() {
  const back = encodeURIComponent(location.pathname + location.search);
  location.assign(`${document.body.dataset.login}?next=${back}`);
}
