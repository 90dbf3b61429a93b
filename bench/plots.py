#!/usr/bin/env python3
"""Writes docs/performance.md and its drawings from what `bench/startup all --json FILE` measured, or with --node the figures of docs/node.md,
or with --fleet the drawings of docs/fleet.md from what `bench/fleet --delay MS --json FILE` measured, a file a delay."""
import argparse
import json
import math
import os
from xml.sax.saxutils import escape, quoteattr

HERE = os.path.dirname(os.path.abspath(__file__))
# Legible on white and on GitHub's dark grey alike; what has no hue of its own follows the reader's mode.
COLOURS = {"bmes": "#3b82f6", "node": "#2f9e5b", "bun": "#d9820b", "bun exe": "#c2507a", "deno": "#8b6fd6", "redis": "#c2507a", "nginx": "#2f9e5b"}
NAMES = {"node": "Node, compile cache", "bun": "Bun, transpiler cache", "bun exe": "Bun executable, bytecode", "deno": "Deno, code cache", "redis": "from Redis",
         "nginx": "from nginx"}
STYLE = """text{font:12px system-ui,sans-serif;fill:#3d444d}.strong{font-weight:600}.grid{stroke:#d1d9e0}.bar{stroke:#1f2328;stroke-width:2}
@media(prefers-color-scheme:dark){text{fill:#c9d1d9}.grid{stroke:#3d444d}.bar{stroke:#f0f6fc}}"""


class Drawing:
    def __init__(self, width, height, label):
        self.parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
                      f'role="img" aria-label={quoteattr(label)}><style>{STYLE}</style>']

    def add(self, tag, content="", **attributes):
        value = lambda v: quoteattr(f"{v:.5g}" if isinstance(v, float) else str(v))
        named = "".join(f" {key.rstrip('_').replace('_', '-')}={value(v)}" for key, v in attributes.items())
        self.parts.append(f"<{tag}{named}>{content}</{tag}>" if content else f"<{tag}{named}/>")

    def text(self, x, y, text, anchor="start", **attributes):
        self.add("text", escape(text), x=x, y=y, text_anchor=anchor, **attributes)

    def write(self, path):
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join([*self.parts, "</svg>\n"]))


def step(top, most=6):
    """A round distance for at most `most` lines up to `top`."""
    power = 10 ** math.floor(math.log10(top / most))
    return next(power * n for n in (1, 2, 2.5, 5, 10) if top / (power * n) <= most)


def peers_of(programs):
    return [name for name in COLOURS if any(name in p["peers"] for p in programs)]


def ratio_chart(programs, path, label="Start-up time with a cache over the time without one, by program and runtime; lower is better"):
    peers = peers_of(programs)
    rows = [(p, [("bmes", p["bmes"]["warm"])] + [(n, p["peers"][n]["cached"]) for n in peers if n in p["peers"]]) for p in programs]
    top = max(1.2, max(f["ratio"] for _, bars in rows for _, f in bars))
    left, right, high, low = 40, 790, 40, 280
    y = lambda ratio: low - (low - high) * ratio / top
    out = Drawing(800, 325, label)
    x = left
    for name in ["bmes", *peers]:
        out.add("rect", x=x, y=10, width=11, height=11, fill=COLOURS[name])
        out.text(x + 16, 20, NAMES.get(name, name), **({"class_": "strong"} if name == "bmes" else {}))
        x += 40 + 6.3 * len(NAMES.get(name, name))
    for n in range(int(top / 0.2 + 1e-6) + 1):
        out.add("line", x1=left, x2=right, y1=y(n / 5), y2=y(n / 5), class_="grid", stroke_width=2 if n == 5 else 1)
        out.text(left - 6, y(n / 5) + 4, f"{n / 5:.1f}", "end")
    group = (right - left) / len(rows)
    width = group * 0.8 / (1 + len(peers))
    for i, (p, bars) in enumerate(rows):
        x = left + group * (i + 0.1)
        for name, f in bars:
            title = "<title>" + escape(f"{p['name']}, {NAMES.get(name, name)}: {f['ratio']:.2f}, {f['ms']:.1f} ms") + "</title>"
            out.add("rect", title, x=x, y=y(f["ratio"]), width=width - 1.5, height=low - y(f["ratio"]), fill=COLOURS[name])
            x += width
        if "bar" in p:
            at = left + group * (i + 0.1)
            out.add("line", x1=at - 4, x2=at + width + 2, y1=y(p["bar"]["warm"]), y2=y(p["bar"]["warm"]), class_="bar")
        out.text(left + group * (i + 0.5), low + 17, p["name"], "middle")
        out.text(left + group * (i + 0.5), low + 34, f"{p['bmes']['warm']['ratio']:.2f}", "middle", class_="strong")
    out.write(path)


def curve(programs, unit, path, of="for bmes without and with its cache and for other runtimes with theirs"):
    peers = peers_of(programs)
    lines = [("bmes, uncached", "bmes", lambda p: p["bmes"]["uncached"]), ("bmes, warm", "bmes", lambda p: p["bmes"]["warm"])]
    lines += [(NAMES[n], n, lambda p, n=n: p["peers"].get(n, {}).get("cached")) for n in peers]
    lines = [(label, name, [(p["x"], f["ms"]) for p in programs if (f := of(p))]) for label, name, of in lines]
    top_x, top = max(p["x"] for p in programs), max(ms for _, _, points in lines for _, ms in points) * 1.03
    left, right, high, low = 55, 530, 20, 280
    at = lambda point: (left + (right - left) * point[0] / top_x, low - (low - high) * point[1] / top)
    out = Drawing(770, 325, f"Start-up time in milliseconds by {unit}, {of}")
    for n in range(int(top / step(top)) + 1):
        level = at((0, n * step(top)))[1]
        out.add("line", x1=left, x2=right, y1=level, y2=level, class_="grid")
        out.text(left - 6, level + 4, f"{n * step(top):g}", "end")
    out.text(left - 6, high - 8, "ms", "end")
    for p in programs:
        if p["x"] * 12 >= top_x or p is programs[0]:
            out.text(at((p["x"], 0))[0], low + 17, f"{p['x']:,}", "middle")
    out.text((left + right) / 2, low + 36, unit, "middle")
    taken = math.inf
    for label, name, points in sorted(lines, key=lambda line: line[2][-1][1]):
        dashes = {"stroke_dasharray": "6 4"} if label.endswith("uncached") else {}
        where = [at(point) for point in points]
        out.add("polyline", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in where), fill="none", stroke=COLOURS[name],
                stroke_width=3 if name == "bmes" else 1.8, **dashes)
        for (x, y), (_, ms) in zip(where, points):
            out.add("circle", f"<title>{escape(f'{label}: {ms:.0f} ms')}</title>", cx=x, cy=y, r=3, fill=COLOURS[name])
        taken = min(where[-1][1], taken - 15)  # labels from the bottom up, none on another
        out.text(right + 10, taken + 4, f"{label}  {points[-1][1]:.0f}", **({"class_": "strong"} if name == "bmes" else {}))
    out.write(path)


def markdown(head, rows):
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] + ["---:"] * (len(head) - 1), *rows]) + "\n"


def main_table(programs):
    def row(p):
        uncached, first, warm = (p["bmes"][kind] for kind in ("uncached", "first", "warm"))
        low, high = warm["ratio_quartiles"]
        bar = ["≤ {warm:.2f}, ≤ {first:.2f}".format(**p["bar"]) + (": reached" if p["reached"] else ": **missed**")] if "bar" in p else ["–"]
        return [p["name"], f"{p['modules']:,}", f"{uncached['ms']:.1f}", f"{first['ms']:.1f}", f"{first['written_ms']:.1f}", f"{warm['ms']:.1f}", f"{first['ratio']:.2f}",
                f"**{warm['ratio']:.2f}** ({low:.2f}–{high:.2f})", *bar, f"{p['hits']:,} / {p['parsed']:,}" + ("" if p["proven"] else f" ({p['result']})"),
                f"{uncached['peak_kb'] / 1024:.0f} → {warm['peak_kb'] / 1024:.0f}", f"{uncached['faults']:,.0f} → {warm['faults']:,.0f}",
                f"{p['cache_bytes']:,}", f"{p['cache_bytes'] / p['source_bytes']:.2f}"]

    return markdown(["program", "modules", "uncached ms", "first ms", "written ms", "warm ms", "first ratio", "warm ratio (quartiles)", "bar: warm, first",
                     "hits / parsed", "peak MB", "page faults", "cache bytes", "cache / source"], map(row, programs))


def peers_table(programs):
    peers = peers_of(programs)

    def cell(off, on):
        digits = 0 if off["ms"] >= 20 else 1
        return f"{off['ms']:.{digits}f} → {on['ms']:.{digits}f} ({on['ratio']:.2f})"

    rows = [[p["name"], cell(p["bmes"]["uncached"], p["bmes"]["warm"])] + [
        cell(p["peers"][n]["uncached"], p["peers"][n]["cached"]) if n in p["peers"] else "–" for n in peers] for p in programs]
    return markdown(["program", "bmes", *(NAMES[n] for n in peers)], rows)


def document(results, groups):
    m, versions, noise = results["machine"], results["versions"], results["noise"]
    out = [f"""# Performance

Written by `bench/plots.py` from measurements of {results['date']}; nothing here is typed by hand. What is measured, and how each
runtime is run, is in [bench/README.md](../bench/README.md).

    scripts/setup bench && bench/startup all --json results.json && bench/plots.py results.json
"""]
    if programs := groups["programs"]:
        out.append(f"""## Programs

![Ratios by program](startup-ratios.svg)

Time with a filled cache over time without one; lower is better. The numbers are those of bmes, and the mark on its column is the bar.

{main_table(programs)}
*uncached* is `--cache=off`, *first* starts with an empty cache folder, *warm* finds the file. A first run ends when the program does;
*written* is when the process that writes the file in the background has ended, too. Every module of a warm run came from the cache
where *hits* is the number of modules and *parsed* is 0: told by untimed runs, before and after the timed rounds.
""")
        if peers_of(programs):
            out.append(f"""## Other runtimes

Milliseconds, uncached → cached (ratio), in the same rounds and of the same files. A Bun executable holds one *bundle* of the program,
built beforehand and without what is never used: nothing is resolved or looked up, and an edited source goes unnoticed.

{peers_table(programs)}""")
    for group, file, title, unit in (("modules", "startup-modules.svg", "More modules", "modules of 400 bytes"),
                                     ("megabytes", "startup-megabytes.svg", "More source", "megabytes of source, in modules of 50 KB, a fifth of the functions called")):
        if programs := groups[group]:
            out.append(f"## {title}\n\n![{title}]({file})\n\nBy {unit}.\n\n{main_table(programs)}")
    below = results["peak_floor_kb"] / 1024
    out.append(f"""## Method, machine, noise

- Wall time of the whole process, from spawn to wait, output to `/dev/null`; medians of {results['rounds']} rounds after a warm-up round. In each
  round every way to run the program has one turn, in an order shuffled anew. A ratio is the median of the rounds' own ratios.
- Files are in the system's page cache: the figures are of processors, not of disks. Peak memory and page faults are the kernel's, of
  the process; peaks below {below:.0f} MB can't be told.
- {m['cpu']}, {m['cores']} cores, {m['memory_mb']:,} MB, {m['kernel']}; load {m['load_before'][0]} before and {m['load_after'][0]} after.
- {', '.join(f'{name} {version}' for name, version in versions.items())}.
- Noise: the middle interquartile range is {noise['ms']:.1%} of a time, and {noise['ratio']:.3f} of a warm ratio. Differences below that mean nothing.
""")
    return "\n".join(out)


def node_table(programs):
    def row(p):
        bars = [f" (≤ {p['bar'][kind]:.2f})" if "bar" in p else "" for kind in ("plain", "compile_cache")]
        missed = ", ".join(p["missed"]).replace("_", " ") if p.get("missed") else "none"
        return [p["name"], f"{p['modules']:,}", f"{p['plain']['ms']:.1f}", f"{p['compile_cache']['ms']:.1f}", f"{p['first']['ms']:.1f}", f"{p['warm']['ms']:.1f}",
                f"**{p['warm']['ratio']:.2f}**{bars[0]}", f"{p['warm']['of_compile_cache']:.2f}{bars[1]}", f"{p['first']['ratio']:.2f}", f"{p['warm']['memory']:.2f}",
                missed if "bar" in p else "–"]

    return markdown(["program", "modules", "Node ms", "compile cache ms", "first ms", "warm ms", "of Node (bar)", "of the compile cache (bar)", "first", "memory", "missed"], map(row, programs))


def node_document(results, out):
    """The part of docs/node.md between two marks, and its drawing."""
    m = results["machine"]
    programs = [{"name": p["name"], "bmes": {"warm": p["warm"]}, "peers": {"node": {"cached": p["compile_cache"]}}} | ({"bar": {"warm": p["bar"]["plain"]}} if "bar" in p else {})
                for p in results["programs"]]
    ratio_chart(programs, os.path.join(out, "node-ratios.svg"), "Start-up time of Node with bmes and with its own compile cache over plain Node's, by program; lower is better")
    path = os.path.join(out, "node.md")
    begin, end = "<!-- bench/plots.py writes from here -->\n", "<!-- to here -->\n"
    with open(path, encoding="utf-8") as file:
        before, rest = file.read().split(begin)
    text = f"""![Ratios by program](node-ratios.svg)

Time with a filled cache over plain Node's; lower is better. The numbers are those of bmes, and the mark on its column is the bar.

{node_table(results["programs"])}
Node {results["node"]}, {results["date"]}; medians of {results["rounds"]} rounds. {m["cpu"]}, {m["cores"]} cores, {m["kernel"]}, load {m["load_before"][0]} before and {m["load_after"][0]}
after{": measured on a busy machine, so that times are longer than on an idle one, and ratios are what counts" if m["load_before"][0] > 1.5 else ""}. Every module of
every warm run came from the file, unless *hits* are said to be missed.
"""
    with open(path, "w", encoding="utf-8") as file:
        file.write(before + begin + text + end + rest.split(end)[1])


def fleet_drawings(files, out):
    rows = {}
    for path in files:
        with open(path, encoding="utf-8") as file:
            results = json.load(file)
        for name, p in results["programs"].items():
            rows.setdefault(name, []).append({"x": results["delay_ms"], "bmes": {"uncached": {"ms": p["uncached"]}, "warm": {"ms": p["local"]}},
                                              "peers": {kind: {"cached": {"ms": p[kind]}} for kind in ("redis", "nginx")}})
    for name, programs in rows.items():
        curve(sorted(programs, key=lambda p: p["x"]), "milliseconds of latency", os.path.join(out, f"fleet-{name}.svg"),
              f"of {name}: without a cache, with a local entry, and from an empty cache with a remote")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", nargs="+", help="the file that bench/startup --json wrote, or with --node bench/node --json")
    parser.add_argument("--node", action="store_true", help="write the figures of docs/node.md, and its drawing")
    parser.add_argument("--out", default=os.path.join(HERE, "../docs"), help="the folder to write to (default: docs)")
    parser.add_argument("--fleet", action="store_true", help="draw how starts from remotes depend on latency")
    asked = parser.parse_args()
    if asked.fleet:
        return fleet_drawings(asked.results, asked.out)
    with open(asked.results[0], encoding="utf-8") as file:
        results = json.load(file)
    if asked.node:
        return node_document(results, asked.out)
    groups = {group: [p for p in results["programs"] if p["group"] == group] for group in ("programs", "modules", "megabytes")}
    # The largest tree of tiny modules is a program with a bar, too.
    groups["programs"] += [p for p in groups["modules"] if "bar" in p]
    os.makedirs(asked.out, exist_ok=True)
    if groups["programs"]:
        ratio_chart(groups["programs"], os.path.join(asked.out, "startup-ratios.svg"))
    if groups["modules"]:
        curve(groups["modules"], "modules", os.path.join(asked.out, "startup-modules.svg"))
    if groups["megabytes"]:
        curve(groups["megabytes"], "megabytes of source", os.path.join(asked.out, "startup-megabytes.svg"))
    with open(os.path.join(asked.out, "performance.md"), "w", encoding="utf-8") as file:
        file.write(document(results, groups))


if __name__ == "__main__":
    main()
