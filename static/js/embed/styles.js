// Styles of the embedded bell, in its shadow root: of the page only what it sets as --notifier-… reaches in, and nothing reaches out.

import { sheet } from "./dom.js";

export const styles = sheet(`
:host{all:initial;color-scheme:inherit;direction:inherit;display:inline-block;font:400 15px/1.4 var(--notifier-font,system-ui,sans-serif);color:var(--text);
--accent:var(--notifier-accent,light-dark(#3f51c9,#9aabff));--surface:var(--notifier-surface,light-dark(#fff,#1d1f24));
--text:var(--notifier-text,light-dark(#1a1b1f,#ecedf0));--muted:var(--notifier-muted,light-dark(#5b5e69,#a2a6b1));
--line:var(--notifier-line,light-dark(#e2e3e9,#34363e));--error:var(--notifier-error,light-dark(#c0262d,#ff8a86));
--radius:var(--notifier-radius,8px);--shadow:0 8px 28px rgb(0 0 0/.16)}
:host(notifier-inbox){display:block}
[hidden]{display:none!important}
*{box-sizing:border-box;margin:0}
svg{width:20px;height:20px;flex:none;fill:none;stroke:currentColor;stroke-width:1.75;stroke-linecap:round;stroke-linejoin:round}
button{font:inherit;font-size:13px;color:var(--accent);background:none;border:0;border-radius:var(--radius);padding:6px 8px;cursor:pointer}
button:hover{background:color-mix(in srgb,var(--accent) 12%,transparent)}
:focus-visible{outline:2px solid var(--accent);outline-offset:-2px}
.bell{position:relative;color:inherit;padding:8px;display:block}
.badge{position:absolute;top:0;inset-inline-end:0;min-width:18px;padding:0 4px;border-radius:9px;background:var(--error);color:light-dark(#fff,#22090a);font:650 11px/18px system-ui;text-align:center}
.panel{position:fixed;inset:auto;width:min(24rem,100vw - 16px);max-height:min(37rem,100dvh - 16px);overflow:auto;overscroll-behavior:contain;padding:0;
background:var(--surface);color:var(--text);border:1px solid var(--line);border-radius:var(--radius);box-shadow:var(--shadow)}
`);
