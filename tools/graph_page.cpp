#include "graph_page.hpp"

namespace bmes::tools {

const std::string_view graph_page = R"page(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Modules</title>
<style>
:root { color-scheme: light dark; --line: #8884; --soft: #8882; --marked: #e8590c; }
* { box-sizing: border-box; }
body { margin: 0; font: 14px/1.4 system-ui, sans-serif; display: grid; grid-template: auto 1fr / 1fr 22rem; height: 100vh; }
header { grid-column: 1 / 3; padding: .6rem 1rem; border-bottom: 1px solid var(--line); display: flex; gap: 1rem; align-items: baseline; flex-wrap: wrap; }
h1 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; }
input, select, button { font: inherit; }
main { overflow: auto; padding: .6rem 1rem; display: flex; flex-direction: column; gap: .8rem; }
#flame { position: relative; max-height: 40vh; overflow: auto; border: 1px solid var(--line); }
#flame button { height: 16px; }
#map, #flame { isolation: isolate; }
#map { position: relative; flex: 0 0 60vh; border: 1px solid var(--line); overflow: hidden; }
#map button, #flame button { position: absolute; overflow: hidden; border: 1px solid #fff8; padding: 1px 3px; text-align: left; font-size: 11px; line-height: 1.2;
  color: #000; white-space: nowrap; cursor: pointer; }
button.faded { opacity: .2; }
button.chosen { outline: 3px solid var(--marked); z-index: 1; }
aside { border-left: 1px solid var(--line); overflow: auto; padding: .6rem 1rem; overflow-wrap: anywhere; }
aside h2 { font-size: 1rem; margin: 0 0 .4rem; }
aside h3 { font-size: .85rem; margin: .8rem 0 .2rem; }
aside ul { margin: 0; padding-left: 1.1rem; }
a { color: LinkText; cursor: pointer; text-decoration: underline; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { cursor: pointer; text-align: right; padding: 0 .6rem; position: sticky; top: -.6rem; background: Canvas; border-bottom: 1px solid var(--line); }
td { text-align: right; padding: 0 .6rem; border-bottom: 1px solid var(--soft); }
th:last-child, td:last-child { text-align: left; overflow-wrap: anywhere; }
td:not(:last-child), th { white-space: nowrap; }
tbody tr { cursor: pointer; }
tbody tr:hover, tr.chosen { background: var(--soft); }
</style>
<header>
  <h1 id="title"></h1><span id="sum"></span>
  <label>area <select id="by"></select></label>
  <label>search <input id="search" type="search" placeholder="part of a path"></label>
</header>
<main>
  <div id="map"></div>
  <div id="timed" hidden>
    <label>what ran when <select id="run"><option value="warm">from the cache</option><option value="cold">from sources</option></select></label>
    <button id="whole">all of it</button> <span id="shown"></span>
    <div id="flame"></div>
  </div>
  <table><thead><tr id="heads"></tr></thead><tbody id="rows"></tbody></table>
</main>
<aside id="about"></aside>
<script type="application/json" id="graph">@GRAPH@</script>
<script>
'use strict';
const graph = JSON.parse(document.getElementById('graph').textContent);
const modules = graph.modules;
const by_id = (id) => document.getElementById(id);
modules.forEach((m, i) => Object.assign(m, { index: i, cached: m.code_bytes + m.text_bytes, imported_by: [] }));
for (const m of modules) for (const to of m.imports) modules[to].imported_by.push(m.index);
for (const m of graph.runs ? modules : []) {
  for (const way of ['cold', 'warm']) {
    const t = m[way];
    Object.assign(m, { [way + '_load']: t.load_ms, [way + '_run']: t.evaluation_ms, [way + '_time']: t.load_ms + t.evaluation_ms, [way + '_total']: t.total_evaluation_ms });
  }
}

function size(bytes) {
  if (bytes < 1024) return bytes + ' B';
  let unit = 0;
  for (bytes /= 1024; bytes >= 1023.95 && unit < 3; unit++) bytes /= 1024;
  return bytes.toFixed(1) + ' ' + 'KMGT'[unit] + 'B';
}
const milliseconds = (ms) => ms.toFixed(ms < 10 ? 2 : 1) + ' ms';
function element(name, text, click) {
  const out = document.createElement(name);
  if (text !== undefined) out.textContent = text;
  if (click) out.addEventListener('click', click);
  return out;
}
const folder = (() => {
  let common = modules.length ? modules[0].url : '';
  for (const m of modules) while (!m.url.startsWith(common)) common = common.slice(0, -1);
  common = common.slice(0, common.lastIndexOf('/') + 1);
  return common === '/' ? '' : common;
})();
const short = (m) => m.url.slice(folder.length);

// A hue for each package, or each folder of the first rank.
function hue(m) {
  const parts = short(m).split('/');
  const at = parts.lastIndexOf('node_modules');
  const name = at >= 0 ? parts.slice(at + 1, parts[at + 1].startsWith('@') ? at + 3 : at + 2).join('/') : parts.length > 1 ? parts[0] : '';
  let out = 7;
  for (const c of name) out = (out * 31 + c.charCodeAt(0)) % 360;
  return out;
}

// Squarified treemap: rows are filled as long as their worst shape gets better.
function layout(items, x, y, w, h, out) {
  let rest = items.reduce((sum, i) => sum + i.area, 0);
  for (let i = 0; i < items.length && rest > 0 && w > 0 && h > 0;) {
    const side = Math.min(w, h), scale = w * h / rest;
    let sum = 0, worst = Infinity, end = i;
    for (; end < items.length; end++) {
      const next = sum + items[end].area, thick = next * scale / side;
      const bad = Math.max(...[items[i], items[end]].map((n) => { const long = n.area * scale / thick; return Math.max(long / thick, thick / long); }));
      if (bad > worst) break;
      worst = bad;
      sum = next;
    }
    const thick = sum * scale / side;
    let along = 0;
    for (; i < end; i++) {
      const long = items[i].area * scale / thick;
      out.push(w >= h ? { item: items[i], x, y: y + along, w: thick, h: long } : { item: items[i], x: x + along, y, w: long, h: thick });
      along += long;
    }
    if (w >= h) x += thick, w -= thick;
    else y += thick, h -= thick;
    rest -= sum;
  }
  return out;
}

const areas = [['cached', 'in the cache', size], ['source_bytes', 'source', size], ['code_bytes', 'bytecode', size], ['text_bytes', 'packed text', size]];
const timed_areas = [['warm_time', 'time from the cache', milliseconds], ['warm_load', 'of it, to load', milliseconds], ['warm_run', 'of it, to run', milliseconds],
  ['cold_time', 'time from sources', milliseconds], ['cold_load', 'of it, to load', milliseconds], ['cold_run', 'of it, to run', milliseconds]];
if (graph.runs) areas.push(...timed_areas);
for (const [key, name] of areas) by_id('by').append(Object.assign(element('option', name), { value: key }));

let chosen = null, sorted = 'cached', descending = true;
const wanted = () => by_id('search').value.toLowerCase();
const matches = (m) => m.url.toLowerCase().includes(wanted());

function draw_map() {
  const map = by_id('map'), key = by_id('by').value, text = areas.find(([k]) => k === key)[2];
  map.replaceChildren();
  const items = modules.map((m) => ({ m, area: m[key] })).filter((i) => i.area > 0).sort((a, b) => b.area - a.area);
  for (const { item, x, y, w, h } of layout(items, 0, 0, map.clientWidth, map.clientHeight, [])) {
    const box = element('button', w > 40 && h > 14 ? short(item.m).split('/').pop() : '', () => choose(item.m));
    box.title = item.m.url + '\n' + text(item.area);
    box.dataset.index = item.m.index;
    Object.assign(box.style, { left: x + 'px', top: y + 'px', width: w + 'px', height: h + 'px', background: `hsl(${hue(item.m)} 55% 72%)` });
    map.append(box);
  }
  mark();
}

const columns = [['source_bytes', 'source', size], ['cached', 'cached', size], ['code_bytes', 'bytecode', size], ['imports', 'imports', (l) => l.length],
  ['imported_by', 'importers', (l) => l.length], ['depth', 'depth', String],
  ...(graph.runs ? [['cold_load', 'load', milliseconds], ['cold_run', 'run', milliseconds], ['warm_load', 'cached load', milliseconds],
    ['warm_run', 'cached run', milliseconds], ['warm_total', 'in all', milliseconds]] : []), ['url', 'module', null]];
function draw_rows() {
  const value = (m) => (Array.isArray(m[sorted]) ? m[sorted].length : m[sorted]);
  const order = modules.filter(matches).sort((a, b) => (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : a.index - b.index) * (descending ? -1 : 1));
  by_id('heads').replaceChildren(...columns.map(([key, name]) => element('th', name + (key === sorted ? (descending ? ' \u2193' : ' \u2191') : ''), () => {
    descending = key === sorted ? !descending : key !== 'url';
    sorted = key;
    draw_rows();
  })));
  by_id('rows').replaceChildren(...order.map((m) => {
    const row = element('tr', undefined, () => choose(m));
    row.dataset.index = m.index;
    row.append(...columns.map(([key, , text]) => element('td', text ? text(m[key]) : short(m))));
    return row;
  }));
  mark();
}

// What lies within what was evaluated, or loaded, meanwhile. Time goes from left to right.
let zoom = null;
function draw_flame() {
  if (!graph.runs) return;
  const run = graph.runs[by_id('run').value], row = 17, flame = by_id('flame');
  for (const s of run.spans) s.depth = s.parent === null ? 0 : run.spans[s.parent].depth + 1;
  const from = zoom ? zoom.begin_ms : run.spans.length ? run.spans[0].begin_ms : 0;
  const to = zoom ? zoom.end_ms : run.spans.reduce((end, s) => Math.max(end, s.end_ms), from);
  const scale = flame.clientWidth / Math.max(to - from, 1e-6);
  let deepest = 0;
  flame.replaceChildren(...run.spans.flatMap((s) => {
    const x = (Math.max(s.begin_ms, from) - from) * scale, w = (Math.min(s.end_ms, to) - from) * scale - x;
    if (w < 0.5) return [];
    deepest = Math.max(deepest, s.depth);
    const m = modules[s.module], name = m ? short(m) : s.url, does = s.phase === 'load' ? 'load ' : '';
    const box = element('button', w > 30 ? does + name.split('/').pop() : '', () => { zoom = s; if (m) choose(m); draw_flame(); });
    box.title = `${does}${name}\n${milliseconds(s.end_ms - s.begin_ms)}, from ${milliseconds(s.begin_ms)} on`;
    if (m) box.dataset.index = m.index;
    Object.assign(box.style, { left: x + 'px', top: s.depth * row + 'px', width: w + 'px', background: m ? `hsl(${hue(m)} ${does ? 20 : 65}% ${does ? 85 : 72}%)` : '#ccc' });
    return [box];
  }));
  flame.style.height = (deepest + 1) * row + 2 + 'px';
  by_id('shown').textContent = `${milliseconds(to - from)} of ${milliseconds(run.total_ms)}; the whole loading took ${milliseconds(run.load_ms)}`;
  mark();
}

function mark() {
  for (const box of [...by_id('map').children, ...by_id('flame').children]) {
    const m = modules[box.dataset.index];
    if (!m) continue;
    box.classList.toggle('faded', !matches(m));
    box.classList.toggle('chosen', m === chosen);
  }
  for (const row of by_id('rows').children) row.classList.toggle('chosen', modules[row.dataset.index] === chosen);
}

function way_from_entry(m) {
  const out = [m];
  while (out[0].depth > 0) {
    const from = out[0].imported_by.map((i) => modules[i]).find((f) => f.depth === out[0].depth - 1);
    if (!from) break;
    out.unshift(from);
  }
  return out;
}

function choose(m) {
  chosen = m;
  const list = (title, items) => {
    if (!items.length) return [];
    const ul = element('ul');
    for (const i of items) {
      const li = element('li');
      li.append(typeof i === 'string' ? i : element('a', short(i), () => choose(i)));
      ul.append(li);
    }
    return [element('h3', `${title} (${items.length})`), ul];
  };
  by_id('about').replaceChildren(element('h2', short(m)),
    element('div', `source ${size(m.source_bytes)}, bytecode ${size(m.code_bytes)}, packed text ${size(m.text_bytes)}`),
    ...(graph.runs ? [['cold', 'from sources'], ['warm', 'from the cache']] : []).map(([way, name]) => element('div',
      `${name}: ${milliseconds(m[way + '_load'])} to load, ${milliseconds(m[way + '_run'])} to run, ${milliseconds(m[way + '_total'])} with what it imported or required`)),
    ...list('the way from the entry', way_from_entry(m)), ...list('imports', m.imports.map((i) => modules[i])),
    ...list('imported by', m.imported_by.map((i) => modules[i])), ...list('modules of the runtime', m.builtins));
  mark();
}

const total = (key) => modules.reduce((sum, m) => sum + m[key], 0);
by_id('title').textContent = document.title = graph.entry || graph.file;
by_id('sum').textContent = `${modules.length} modules, source ${size(total('source_bytes'))}, cached ${size(total('cached'))}; ${graph.engines.join('; ')}`;
by_id('by').addEventListener('change', draw_map);
by_id('search').addEventListener('input', () => { draw_rows(); });
by_id('run').addEventListener('change', () => { zoom = null; draw_flame(); });
by_id('whole').addEventListener('click', () => { zoom = null; draw_flame(); });
window.addEventListener('resize', () => { draw_map(); draw_flame(); });
by_id('timed').hidden = !graph.runs;
draw_rows();  // first: its bar for scrolling takes width
draw_map();
draw_flame();
const first = modules.find((m) => m.url === graph.entry);
if (first) choose(first);
</script>
</html>
)page";

}  // namespace bmes::tools
