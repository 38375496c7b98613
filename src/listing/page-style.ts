/**
 * The look of every page, inline: a wheelhouse may be opened from a disk, and must ask no one for anything. Two
 * colour schemes, a layout that folds into cards on a phone, and paper with whole digests and no controls. What is out
 * of sight is not laid out (`content-visibility`): 10,000 files would take seconds.
 */
export const pageStyle = `
:root{color-scheme:light dark;--ink:#1d2433;--soft:#586174;--line:#e3e6ec;--page:#fff;--wash:#f6f7f9;--link:#0b57b7;--warn:#9a3b00;--warn-wash:#fff3e8}
@media (prefers-color-scheme:dark){:root{--ink:#e4e8ef;--soft:#a0a9b8;--line:#2b313c;--page:#12151b;--wash:#1a1e26;--link:#82b4ff;--warn:#ffb27a;--warn-wash:#33230f}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%;scroll-padding-top:5.5rem}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
header,main{max-width:70rem;margin:0 auto;padding:0 1.5rem}
header{padding-top:3rem}
main{padding-bottom:3rem}
h1{margin:0;font-size:2rem;line-height:1.2;letter-spacing:-.02em;overflow-wrap:anywhere}
h2{margin:0;font-size:1.35rem;line-height:1.3;letter-spacing:-.01em;overflow-wrap:anywhere}
p{margin:.25rem 0}
.soft,small{color:var(--soft)}
small{font-size:.875rem}
code,pre{font:.8125rem/1.6 ui-monospace,SFMono-Regular,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
a{color:var(--link);text-underline-offset:.15em;text-decoration-thickness:1px;text-decoration-color:color-mix(in srgb,currentColor 35%,transparent)}
a:hover{text-decoration-color:currentColor}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
form{margin:0 0 .75rem}
button{font:inherit;color:inherit;background:none;border:0;padding:0;cursor:pointer}
.back{color:var(--link);font-size:.875rem}
.back:hover,pre button:hover{text-decoration:underline}
[role=search]{position:sticky;top:0;z-index:1;margin:1.5rem 0 0;padding:.75rem 0;background:var(--page);display:flex;align-items:baseline;flex-wrap:wrap;gap:.25rem 1rem}
[role=search] label{flex:1 1 18rem}
input{width:100%;font:inherit;color:inherit;background:var(--wash);border:1px solid color-mix(in srgb,var(--soft) 75%,var(--page));border-radius:8px;padding:.55rem .8rem}
input::placeholder{color:var(--soft);opacity:1}
output{color:var(--soft);font-size:.875rem}
output:empty{margin-left:-1rem}
section{margin:2.25rem -.5rem 3rem;padding:0 .5rem}
section,tbody{content-visibility:auto;contain-intrinsic-size:auto 9rem}
pre{margin:.75rem 0 1.25rem;padding:.7rem .9rem;background:var(--wash);border:1px solid var(--line);border-radius:8px;white-space:pre-wrap;overflow-wrap:anywhere}
pre code,pre button{line-height:1.5rem}
pre code{display:block;user-select:all;-webkit-user-select:all;padding-left:1.25rem;text-indent:-1.25rem}
pre code::before{content:"$ ";color:var(--soft);user-select:none;-webkit-user-select:none}
pre i{font-style:normal;color:var(--soft)}
pre button{float:right;margin-left:1rem;color:var(--link);font-size:.8125rem;user-select:none;-webkit-user-select:none}
textarea{position:fixed;top:0;opacity:0}
table,thead,tbody{display:block}
table{font-size:.9375rem}
tr{display:grid;grid-template-columns:minmax(0,1fr) 9rem 4rem 5.5rem 6rem;column-gap:1rem;align-items:baseline;border-bottom:1px solid var(--line)}
tbody{margin:0 -.5rem;padding:0 .5rem}
th{font-weight:600;text-align:left}
thead th{padding:.35rem 0;color:var(--soft);font-size:.8125rem;font-weight:500}
tbody th{grid-column:1/-1;padding:1.4rem 0 .35rem;overflow-wrap:anywhere;font-size:1rem;font-variant-numeric:tabular-nums}
td{padding:.55rem 0;overflow-wrap:anywhere}
td:nth-child(n+2){color:var(--soft);font-size:.875rem;font-variant-numeric:tabular-nums}
td:nth-child(n+3){white-space:nowrap}
th:nth-child(3),td:nth-child(3){text-align:right}
td a{font-weight:500}
td small{display:block}
td button{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.8125rem;text-decoration:underline dotted;text-underline-offset:.3em}
button:hover{color:var(--link)}
.yanked a{color:var(--soft)}
mark{display:inline-block;overflow-wrap:anywhere;margin:.2rem 0 0;padding:.05rem .5rem;border-radius:4px;color:var(--warn);background:var(--warn-wash);font-size:.8125rem}
ul{list-style:none;margin:1rem 0;padding:0;columns:16rem;column-gap:2rem}
li{padding:.2rem 0;break-inside:avoid;overflow-wrap:anywhere}
[hidden]{display:none!important}
@media (max-width:44rem){header,main{padding-left:1rem;padding-right:1rem}header{padding-top:1.75rem}h1{font-size:1.6rem}}
@media print,(max-width:52rem){thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
tr{display:block;padding:.7rem 0}tr:has(th){padding:0}tbody th{display:block}
td{display:block;padding:0}td:nth-child(n+2){display:inline-block;margin-right:.9rem}td:empty{display:none!important}
td:nth-child(2):not(:empty)::before{content:"Python "}td:nth-child(5):not(:empty)::before{content:"SHA-256 "}}
@media print{:root{--ink:#000;--soft:#444;--line:#bbb;--page:#fff;--wash:#fff;--link:#000;--warn:#000;--warn-wash:#fff;color-scheme:light}
[role=search],.back,pre button{display:none}header,main{max-width:none;padding:0}body{font-size:10pt}
section,tbody{content-visibility:visible}tr,pre{break-inside:avoid}h2,h2+p,pre,tr:has(th){break-after:avoid}
mark{padding:0}td:nth-child(5){display:block!important}td button{font-size:0;text-decoration:none}td button::after{content:attr(title);font-size:8pt}}
`.trim();
