#include "inspect_page.hpp"

namespace bmes::tools {

const std::string_view inspect_page = R"page(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Bytes</title>
<style>
:root { color-scheme: light dark; --line: #8884; --soft: #8882; --marked: #e8590c66; }
* { box-sizing: border-box; }
body { margin: 0; font: 14px/1.4 system-ui, sans-serif; display: grid; grid-template: auto 1fr 15rem / 16rem 1fr; height: 100vh; }
header { grid-column: 1 / 3; padding: .6rem 1rem; border-bottom: 1px solid var(--line); display: flex; gap: 1rem; align-items: baseline; flex-wrap: wrap; }
h1 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; }
input, button { font: inherit; }
nav { overflow: auto; border-right: 1px solid var(--line); padding: .4rem; grid-row: 2 / 4; }
nav button { display: flex; justify-content: space-between; gap: .5rem; width: 100%; border: 0; background: none; text-align: left; cursor: pointer; }
nav button.chosen { background: var(--soft); font-weight: bold; }
main { overflow: auto; padding: 0 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
td, th { padding: 0 .7rem 0 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--soft); max-width: 40rem; overflow-wrap: anywhere; }
tbody tr { cursor: pointer; }
tr.chosen { background: var(--marked); }
tr.first td { border-top: 2px solid var(--line); }
a { color: LinkText; cursor: pointer; text-decoration: underline; }
pre { margin: 0; padding: .4rem 1rem; overflow: auto; border-top: 1px solid var(--line); font: 12px/1.4 ui-monospace, monospace; }
mark { background: var(--marked); color: inherit; }
#more { margin: .6rem 0; }
</style>
<header><h1 id="title"></h1><span id="sum"></span>
<label>search <input id="search" type="search" placeholder="a name, a text, an offset"></label></header>
<nav id="areas"></nav>
<main><table><thead><tr><th>offset</th><th>size</th><th>field</th><th>value</th></tr></thead><tbody id="rows"></tbody></table>
<button id="more">more</button></main>
<pre id="bytes"></pre>
<script type="application/json" id="fields">@FIELDS@</script>
<script type="text/plain" id="base64">@BYTES@</script>
<script>
'use strict';
const by_id = (id) => document.getElementById(id);
const file = JSON.parse(by_id('fields').textContent);
const bytes = Uint8Array.from(atob(by_id('base64').textContent), (c) => c.charCodeAt(0));
const fields = file.fields;
const page_size = 400, shown_bytes = 4096;
function element(name, text, click) {
  const out = document.createElement(name);
  if (text !== undefined) out.textContent = text;
  if (click) out.addEventListener('click', click);
  return out;
}
const hex = (n, digits) => n.toString(16).padStart(digits, '0');
const area_of = (f) => f.field.split('.')[0];

// Runs of fields of one kind; padding and payloads, which take turns, are one area each.
const areas = new Map();
const texts = new Map();
fields.forEach((f, i) => {
  f.index = i;
  const name = area_of(f);
  if (!areas.has(name)) areas.set(name, { name, fields: [], bytes: 0 });
  const area = areas.get(name);
  area.fields.push(f);
  area.bytes += f.size;
  if (name === 'string_bytes') texts.set(f.value, f);
});

let shown = [], limit = page_size, chosen = null, at = null;

function draw_areas() {
  by_id('areas').replaceChildren(...[...areas.values()].map((a) => {
    const button = element('button', undefined, () => open_area(a));
    button.append(element('span', a.name), element('span', a.bytes.toLocaleString('en')));
    button.classList.toggle('chosen', a === at);
    return button;
  }));
}

function open_area(area, field) {
  at = area;
  by_id('search').value = '';
  shown = area.fields;
  limit = page_size;
  if (field) limit = Math.max(limit, shown.indexOf(field) + page_size);
  draw_areas();
  draw_rows();
  choose(field ?? shown[0]);
}

function value_of(f) {
  const cell = element('td');
  const value = f.checksum !== undefined ? 'XXH3-128 ' + f.checksum : String(f.value ?? '');
  cell.append(value);
  if (f.meaning === undefined) return cell;
  const to = texts.get(f.meaning);
  cell.append(' = ', to ? element('a', f.meaning || '(empty)', (event) => {
    event.stopPropagation();
    open_area(areas.get('string_bytes'), to);
  }) : f.meaning);
  return cell;
}

function draw_rows() {
  const first = shown.length ? shown[0].field : '';
  by_id('rows').replaceChildren(...shown.slice(0, limit).map((f) => {
    const row = element('tr', undefined, () => choose(f));
    row.dataset.index = f.index;
    row.classList.toggle('first', f.field === first);
    row.append(element('td', '0x' + hex(f.offset, 6)), element('td', f.size), element('td', f.field), value_of(f));
    return row;
  }));
  by_id('more').hidden = shown.length <= limit;
  by_id('more').textContent = `${shown.length - limit} more`;
}

function choose(f) {
  chosen = f;
  for (const row of by_id('rows').children) {
    const is = fields[row.dataset.index] === f;
    row.classList.toggle('chosen', is);
    if (is) row.scrollIntoView({ block: 'nearest' });
  }
  const out = [];
  if (f) {
    const begin = Math.max(0, Math.floor(f.offset / 16) * 16 - 32), end = Math.min(bytes.length, Math.min(f.offset + f.size, f.offset + shown_bytes) + 48);
    for (let line = begin; line < end; line += 16) {
      const cells = element('span', hex(line, 8) + '  '), marked = (i) => i >= f.offset && i < f.offset + f.size;
      let text = '';
      for (let i = line; i < line + 16; i++) {
        if (i >= bytes.length) { cells.append('   '); continue; }
        cells.append(marked(i) ? element('mark', hex(bytes[i], 2)) : hex(bytes[i], 2), ' ');
        text += bytes[i] >= 32 && bytes[i] < 127 ? String.fromCharCode(bytes[i]) : '.';
      }
      cells.append(' ' + text + '\n');
      out.push(cells);
    }
  }
  by_id('bytes').replaceChildren(...out);
}

by_id('search').addEventListener('input', () => {
  const wanted = by_id('search').value.toLowerCase();
  if (wanted === '') return open_area(areas.values().next().value);
  at = null;
  const offset = /^(0x[0-9a-f]+|\d+)$/.test(wanted) ? Number(wanted) : -1;
  const has = (v) => v !== undefined && String(v).toLowerCase().includes(wanted);
  shown = offset >= 0 ? fields.filter((f) => f.offset <= offset && offset < f.offset + f.size) : fields.filter((f) => has(f.field) || has(f.value) || has(f.meaning));
  limit = page_size;
  draw_areas();
  draw_rows();
  choose(shown[0]);
});
by_id('more').addEventListener('click', () => {
  limit += page_size;
  draw_rows();
  choose(chosen);
});
by_id('title').textContent = document.title = file.file;
by_id('sum').textContent = `version ${file.version}, ${file.bytes.toLocaleString('en')} bytes, ${fields.length.toLocaleString('en')} fields` +
  (file.valid ? '' : `: ${file.error.code} at ${file.error.offset} in ${file.error.field}: ${file.error.message}`);
if (fields.length) open_area(areas.values().next().value);
</script>
</html>
)page";

}  // namespace bmes::tools
