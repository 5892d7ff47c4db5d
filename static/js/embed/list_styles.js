// Styles of the list and of toasts, beside those of the bell.

import { sheet } from "./dom.js";

export const listStyles = sheet(`
.top,.undo:not(:empty){display:flex;flex-wrap:wrap;align-items:center;gap:0 4px;padding:6px 6px 6px 14px;border-bottom:1px solid var(--line)}
h2{font-size:15px;margin-inline-end:auto}
.undo{justify-content:space-between}
ul{list-style:none;padding:0}
li,.toast{display:grid;grid-template-columns:auto minmax(0,1fr) auto;gap:2px 10px;padding:10px 8px 10px 14px}
li{position:relative;border-bottom:1px solid var(--line)}
li:is(:hover,:focus-within){background:color-mix(in srgb,var(--muted) 8%,transparent)}
[data-status=unread] .title::before{content:"";display:inline-block;width:8px;height:8px;margin-inline-end:6px;border-radius:50%;background:var(--accent)}
li>svg,.toast>svg{color:var(--kind,var(--muted))}
[data-kind=success]{--kind:light-dark(#1a7a40,#54d38a)}
[data-kind=warning]{--kind:light-dark(#955800,#f2b84b)}
[data-kind=error]{--kind:var(--error)}
p{overflow-wrap:anywhere}
h2,[data-status=unread] .title,.toast .title{font-weight:600}
.text,.none,.state,.undo,a,label,time{font-size:13px}
.text,.none,.state,time{color:var(--muted);white-space:pre-line}
a{color:var(--accent);text-decoration:none}
a:hover{text-decoration:underline}
.links,form{display:flex;flex-wrap:wrap;align-items:end;gap:6px;margin-top:6px}
.action,textarea,summary,.toast{border:1px solid var(--line);border-radius:var(--radius)}
.action,textarea,summary{padding:4px 8px}
summary{display:inline-block;margin-top:6px;font-size:13px;color:var(--accent);cursor:pointer}
label{flex:1 0 60%}
textarea{display:block;width:100%;font:inherit;color:inherit;background:none}
.buttons,.line{display:flex}
.line{gap:8px}
.title{flex:1}
time{flex:none}
@media(hover){.buttons{position:absolute;top:6px;inset-inline-end:8px;opacity:0;background:var(--surface);border-radius:var(--radius)}
li:is(:hover,:focus-within)>.buttons{opacity:1}}
@media(width<=40rem){.panel:popover-open~.toasts{display:none}}
.buttons button,.toast>button{padding:4px;color:var(--muted);align-self:start}
.buttons svg,.toast>button svg{width:18px;height:18px;display:block}
.none,.more{padding:24px;text-align:center}
.more{display:block;width:100%;padding:10px}
.state:not(:empty){padding:6px 14px}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.toasts{position:fixed;bottom:16px;inset-inline-end:16px;display:grid;gap:8px;width:min(24rem,100vw - 32px);z-index:2147483000}
.toast{position:relative;overflow:hidden;background:var(--surface);box-shadow:var(--shadow)}
.passing,.passing::after{animation:life 10s linear}
.passing::after{content:"";position:absolute;inset:auto 0 0;height:2px;background:var(--kind,var(--accent));transform-origin:left;animation-name:line}
.toasts:hover>*,.toasts:hover>::after,.toasts:focus-within>*,.toasts:focus-within>::after{animation-play-state:paused}
@keyframes life{99%{opacity:1}to{opacity:0}}
@keyframes line{to{transform:scaleX(0)}}
@media(prefers-reduced-motion){.passing::after{content:none}}
@media(forced-colors:active){li[data-status=unread]{border-inline-start:3px solid Highlight}.title::before{background:Highlight;forced-color-adjust:none}.badge{border:1px solid}}
`);
