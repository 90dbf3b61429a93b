// What console has that is long and seldom asked for.
import { inspect, kind, width } from "native:util";

function render(head, columns) {
  const widths = head.map((each, i) => Math.max(width(each), ...columns[i].map((cell) => width(cell ?? ""))));
  const rows = Math.max(0, ...columns.map((column) => column.length));
  const dividers = widths.map((each) => "─".repeat(each + 2));
  const line = (cells) => `│ ${cells.map((cell, i) => cell + " ".repeat(widths[i] - width(cell))).join(" │ ")} │`;
  const out = [`┌${dividers.join("┬")}┐`, line(head), `├${dividers.join("┼")}┤`];
  for (let row = 0; row < rows; row++) out.push(line(columns.map((column) => column[row] ?? "")));
  out.push(`└${dividers.join("┴")}┘`);
  return out.join("\n");
}

const shown = (value) => inspect(value, { depth: value !== null && typeof value === "object" && !Array.isArray(value) && Object.keys(value).length > 2 ? -1 : 0, maxArrayLength: 3,
  breakLength: Infinity });

/// The text of console.table(data, properties).
function table(data, properties) {
  const numbers = (count) => Array.from({ length: count }, (_, i) => `${i}`);
  if (kind(data) === "Map") return render(["(iteration index)", "Key", "Values"], [numbers(data.size), [...data.keys()].map(shown), [...data.values()].map(shown)]);
  if (kind(data) === "Set") return render(["(iteration index)", "Values"], [numbers(data.size), [...data].map(shown)]);
  const columns = new Map(), values = [], index = Object.keys(data);
  let hasValues = false;
  for (const [i, key] of index.entries()) {
    const item = data[key];
    if (item === null || (typeof item !== "function" && typeof item !== "object")) {
      hasValues = true;
      values[i] = shown(item);
      if (properties) for (const name of properties) columns.set(name, columns.get(name) ?? []);
      continue;
    }
    for (const name of properties ?? Object.keys(item)) {
      if (!columns.has(name)) columns.set(name, []);
      columns.get(name)[i] = Object.hasOwn(item, name) ? shown(item[name]) : "";
    }
  }
  const fill = (column) => Array.from({ length: index.length }, (_, i) => column[i] ?? "");
  const head = ["(index)", ...columns.keys()], all = [index, ...[...columns.values()].map(fill)];
  if (hasValues) {
    head.push("Values");
    all.push(fill(values));
  }
  return render(head, all);
}

export default { table };
