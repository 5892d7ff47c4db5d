/** Goes to the sign-in page, which leads back here. htmx has `HX-Redirect` for that, but only for requests that htmx has made. */
export function signIn() {
  if (!document.body.dataset.login) return location.reload(); // inside another application, whose sign-in page is not known here
  const back = encodeURIComponent(location.pathname + location.search);
  location.assign(`${document.body.dataset.login}?next=${back}`);
}
