/**
 * What a page can do beyond being read: search, copy on a click, its own address in the install lines. Without it
 * the page still says everything. No `<` in here: uv's parser would take it for a tag.
 */
export const pageScript = `
(()=>{
const all=(selector,root=document)=>[...root.querySelectorAll(selector)];
const{protocol,hostname,host,pathname}=location;
const address=path=>protocol+'//'+host+new URL(path,location).pathname.replace(/[^\\w:/.@%+~-]/g,c=>'%'+c.charCodeAt(0).toString(16));
const trusted=protocol!=='http:'||/^(localhost|127\\..*|\\[::1\\])$/.test(hostname);
for(const place of all('pre i')){
const line=place.closest('code'),copy=document.createElement('button');
place.textContent=address(place.dataset.path);
if(!trusted&&line.textContent.startsWith('pip '))place.after(' --trusted-host '+host);
copy.textContent='copy';
copy.title=line.textContent;
line.before(copy);
}
const page=folder=>folder+(pathname.endsWith('/index.html')?'index.html':''),back=document.querySelector('.back')?.form;
for(const link of all('li a'))link.href=page(link.href);
back?.addEventListener('submit',event=>{event.preventDefault();location.href=page(back.action)});
const search=document.querySelector('[role=search]');
if(search){
search.hidden=false;
const input=search.querySelector('input'),count=search.querySelector('output');
const entries=all('tbody tr,li').filter(entry=>!entry.querySelector('th')).map(entry=>({entry,
group:entry.closest('tbody'),section:entry.closest('section'),hash:entry.querySelector('button')?.title,text:''}));
const textOf=item=>item.text||=[item.section?.id,item.group?.textContent.split('\\n')[0],...[...item.entry.children].slice(0,4).map(cell=>cell.textContent)].join(' ').toLowerCase();
const show=()=>{
const words=input.value.toLowerCase().split(/\\s+/).filter(Boolean),shown=new Set();
let found=0;
for(const item of entries){
const fits=words.every(word=>textOf(item).includes(word)||item.hash?.startsWith(word));
item.entry.hidden=!fits;
if(fits){found++;shown.add(item.group).add(item.section)}
}
for(const part of all('section,tbody'))part.hidden=words.length!==0&&!shown.has(part);
count.textContent=words.length===0?'':found+(found===1?' match':' matches');
if(scrollY>search.parentElement.offsetTop)scrollTo(0,0);
};
let waiting;
input.addEventListener('input',()=>{clearTimeout(waiting);waiting=setTimeout(show,80)});
search.addEventListener('submit',event=>event.preventDefault());
if(input.value)show();
}
const copy=async text=>{
if(navigator.clipboard)return navigator.clipboard.writeText(text);
const area=document.createElement('textarea'),focused=document.activeElement;
area.value=text;
document.body.append(area);
area.select();
const copied=document.execCommand('copy');
area.remove();
focused.focus();
if(!copied)throw Error(text);
};
document.addEventListener('click',event=>{
const button=event.target.closest('button[title]'),text=button?.textContent;
if(!button||text==='copied')return;
copy(button.title).then(()=>{
button.textContent='copied';
setTimeout(()=>{button.textContent=text},1200);
},()=>{});
});
})();
`.trim();
