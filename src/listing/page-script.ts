/**
 * What a page can do beyond being read: search, copy on a click, its own address in the install lines. Without it
 * the page still says everything. No `<` in here: uv's parser would take it for a tag.
 */
export const pageScript = `
(()=>{
const all=(selector,root=document)=>[...root.querySelectorAll(selector)];
const address=path=>new URL(path,location.href.split(/[?#]/)[0]).href.replace(/[^\\w:/.@%+~-]/g,c=>'%'+c.charCodeAt(0).toString(16));
for(const place of all('pre i'))place.textContent=address(place.dataset.path);
const search=document.querySelector('[role=search]');
if(search){
search.hidden=false;
const input=search.querySelector('input'),count=search.querySelector('output');
const entries=all('tbody tr,li').filter(entry=>!entry.querySelector('th')).map(entry=>({entry,
group:entry.closest('tbody'),section:entry.closest('section'),text:''}));
const textOf=item=>item.text||=[item.section?.id,item.group?.textContent.split('\\n')[0],item.entry.textContent].join(' ').toLowerCase();
const show=()=>{
const words=input.value.toLowerCase().split(/\\s+/).filter(Boolean),shown=new Set();
let found=0;
for(const item of entries){
const fits=words.every(word=>textOf(item).includes(word));
item.entry.hidden=!fits;
if(fits){found++;shown.add(item.group).add(item.section)}
}
for(const part of all('section,tbody'))part.hidden=words.length!==0&&!shown.has(part);
count.textContent=words.length===0?'':found+(found===1?' match':' matches');
};
let waiting;
input.addEventListener('input',()=>{clearTimeout(waiting);waiting=setTimeout(show,80)});
search.addEventListener('submit',event=>event.preventDefault());
if(input.value)show();
}
document.addEventListener('click',event=>{
const button=event.target.closest('td button');
if(!button||!navigator.clipboard)return;
const text=button.textContent;
navigator.clipboard.writeText(button.title).then(()=>{
button.textContent='copied';
setTimeout(()=>{button.textContent=text},1200);
},()=>{});
});
})();
`.trim();
