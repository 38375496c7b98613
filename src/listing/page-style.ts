/**
 * The look of every page, inline: a wheelhouse may be opened from a disk, and must ask no one for anything. Two
 * colour schemes, a layout that folds into cards on a phone, and paper without controls.
 */
export const pageStyle = `
:root{color-scheme:light dark;--ink:#1d2433;--soft:#586174;--line:#e3e6ec;--page:#fff;--wash:#f6f7f9;--link:#0b57b7;--warn:#9a3b00;--warn-wash:#fff3e8}
@media (prefers-color-scheme:dark){:root{--ink:#e4e8ef;--soft:#a0a9b8;--line:#2b313c;--page:#12151b;--wash:#1a1e26;--link:#82b4ff;--warn:#ffb27a;--warn-wash:#33230f}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
header,main,footer{max-width:70rem;margin:0 auto;padding:0 1.5rem}
header{padding-top:3rem}
footer{padding-top:1rem;padding-bottom:3rem;color:var(--soft);font-size:.875rem}
h1{margin:0;font-size:2rem;line-height:1.2;letter-spacing:-.02em;overflow-wrap:anywhere}
h2{margin:0;font-size:1.35rem;line-height:1.3;letter-spacing:-.01em;overflow-wrap:anywhere}
p{margin:.25rem 0}
.soft,small{color:var(--soft)}
small{font-size:.875rem}
code,pre,kbd{font:.8125rem/1.6 ui-monospace,SFMono-Regular,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
a{color:var(--link);text-underline-offset:.15em;text-decoration-thickness:1px;text-decoration-color:color-mix(in srgb,currentColor 35%,transparent)}
a:hover{text-decoration-color:currentColor}
:focus-visible{outline:2px solid var(--link);outline-offset:2px;border-radius:3px}
form{margin:0 0 .75rem}
button{font:inherit;color:inherit;background:none;border:0;padding:0;cursor:pointer}
.back{color:var(--link);font-size:.875rem}
.back:hover{text-decoration:underline}
[role=search]{position:sticky;top:0;z-index:1;margin:1.5rem 0 0;padding:.75rem 0;background:var(--page);display:flex;align-items:baseline;flex-wrap:wrap;gap:.25rem 1rem}
[role=search] label{flex:1 1 18rem}
input{width:100%;font:inherit;color:inherit;background:var(--wash);border:1px solid var(--line);border-radius:8px;padding:.55rem .8rem}
input::placeholder{color:var(--soft);opacity:1}
output{color:var(--soft);font-size:.875rem}
output:empty{display:none}
section{margin:2.25rem 0 3rem}
pre{margin:.75rem 0 1.25rem;padding:.7rem .9rem;background:var(--wash);border:1px solid var(--line);border-radius:8px;white-space:pre-wrap;overflow-wrap:anywhere}
pre code{display:block;user-select:all;-webkit-user-select:all;padding-left:1.25rem;text-indent:-1.25rem}
pre code::before{content:"$ ";color:var(--soft);user-select:none;-webkit-user-select:none}
pre i{font-style:normal;color:var(--soft)}
table{width:100%;table-layout:fixed;border-collapse:collapse;font-size:.9375rem}
th{font-weight:600;text-align:left}
thead th{padding:.35rem .75rem .35rem 0;color:var(--soft);font-size:.8125rem;font-weight:500;border-bottom:1px solid var(--line)}
thead th:nth-child(2){width:10rem}thead th:nth-child(3){width:5.5rem}thead th:nth-child(4){width:6.5rem}thead th:nth-child(5){width:7.25rem}
tbody th{padding:1.4rem 0 .35rem;overflow-wrap:anywhere;font-size:1rem;border-bottom:1px solid var(--line);font-variant-numeric:tabular-nums}
td{padding:.55rem .75rem .55rem 0;vertical-align:top;border-bottom:1px solid var(--line)}
td:first-child{overflow-wrap:anywhere}
td:nth-child(n+2){white-space:nowrap;color:var(--soft);font-size:.875rem;padding-top:.65rem;font-variant-numeric:tabular-nums}
td:nth-child(2){white-space:normal;overflow-wrap:anywhere}
td a{font-weight:500}
td small{display:block}
td button{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.8125rem}
td button:hover{color:var(--link)}
.yanked a{text-decoration:line-through}
mark{display:inline-block;overflow-wrap:anywhere;margin:.2rem 0 0;padding:.05rem .5rem;border-radius:4px;color:var(--warn);background:var(--warn-wash);font-size:.8125rem}
ul{list-style:none;margin:1rem 0;padding:0;columns:16rem;column-gap:2rem}
li{padding:.2rem 0;break-inside:avoid;overflow-wrap:anywhere}
[hidden]{display:none!important}
@media (max-width:44rem){header,main,footer{padding-left:1rem;padding-right:1rem}header{padding-top:1.75rem}h1{font-size:1.6rem}
table,tbody,tr,td,tbody th{display:block}thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
tr{padding:.7rem 0;border-bottom:1px solid var(--line)}tr:has(th){padding:0;border:0}
td,td:nth-child(n+2){padding:0;border:0;white-space:normal}td:nth-child(n+2){display:inline;margin-right:.9rem}td:empty{display:none!important}
td:nth-child(2):not(:empty)::before{content:"Python "}}
@media print{:root{--ink:#000;--soft:#444;--line:#bbb;--page:#fff;--wash:#fff;--link:#000;--warn:#000;--warn-wash:#fff;color-scheme:light}
[role=search],.back{display:none}header,main,footer{max-width:none;padding:0}body{font-size:10pt}tr,pre{break-inside:avoid}h2,tbody th{break-after:avoid}}
`.trim();
