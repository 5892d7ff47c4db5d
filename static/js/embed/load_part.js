// Loads the second part of a bundle. A hash on the tag of the first part (SRI) covers this one too: the first holds its hash, and a module
// that was preloaded with `integrity` is the one that `import` runs. See `notifier/web/http/script_bundle.py`.

import { script } from "./script.js";

export async function loadPart(name, integrity) {
  const href = new URL(name, script.src).href;
  if (!document.createElement("link").relList.supports("modulepreload")) return import(href); // Safari before 17: without the check
  const link = Object.assign(document.createElement("link"), { rel: "modulepreload", crossOrigin: "anonymous", integrity, href });
  await new Promise((resolve, reject) => {
    link.addEventListener("load", resolve);
    link.addEventListener("error", () => reject(new Error(`notifier: ${href} is not what ${script.src} expects`)));
    document.head.append(link);
  });
  link.remove();
  return import(href);
}
