// Draws a dashboard as a picture:
// node render.mjs DASHBOARD.json PICTURE.png [PROMETHEUS] [RULE] [MINUTES]
//
// Every query is asked of the Prometheus as Grafana would, for the minutes (six hours) up to its
// newest sample; page.jsx draws the answers in a headless Chromium.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

const [file, picture, url = "http://127.0.0.1:9090", rule = "auth_before_tls", minutes = "360"] =
  process.argv.slice(2);
const dashboard = JSON.parse(readFileSync(file, "utf8"));
const WIDTH = 1360;
const SECONDS = Number(minutes) * 60;
// as Grafana chooses them for a scrape every 15 s: two points a scrape at most, four scrapes a rate
const STEP = Math.max(15, Math.round(SECONDS / 180));
const RATE = Math.max(60, 2 * STEP);

async function ask(path, parameters) {
  const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
  const answer = await response.json();
  if (answer.status !== "success") throw new Error(`${parameters.query}: ${answer.error}`);
  return answer.data.result;
}

const [newest] = await ask("query", { query: 'max(max_over_time(timestamp(up{job="smtpids"})[1d:1m]))' });
const end = Number(newest.value[1]);
const start = end - SECONDS;

const filled = (query) =>
  query
    .replaceAll("$__rate_interval", `${RATE}s`)
    .replaceAll("$__range", `${SECONDS}s`)
    .replaceAll("$job", "smtpids")
    .replaceAll("$instance", ".+")
    .replaceAll("$rule_id", rule);

const over = (query) => ask("query_range", { query: filled(query), start, end, step: STEP });
const now = (query) => ask("query", { query: filled(query), time: end });

const answers = {};
for (const panel of dashboard.panels)
  for (const target of panel.targets ?? []) {
    const series = await (target.instant ? now(target.expr) : over(target.expr));
    (answers[panel.id] ??= []).push({ target, series });
    if (!series.length) console.error(`nothing for ${panel.title}: ${filled(target.expr)}`);
  }

const marks = [];
for (const mark of dashboard.annotations.list)
  for (const { values } of await over(mark.expr))
    for (const [, time] of values)
      if (time >= start * 1000) marks.push({ time: Number(time), color: mark.iconColor });

const folder = mkdtempSync(join(tmpdir(), "smtpids-"));
const input = JSON.stringify({ dashboard, answers, marks, start, end, step: STEP });
await build({
  entryPoints: [join(import.meta.dirname, "page.jsx")],
  outfile: join(folder, "page.js"),
  bundle: true,
  minify: true,
  logLevel: "error",
  define: { "process.env.NODE_ENV": '"production"', global: "window", INPUT: input },
  loader: { ".svg": "dataurl", ".ttf": "dataurl" },
});
writeFileSync(
  join(folder, "page.html"),
  `<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="page.css">
<style>* { box-sizing: border-box } body { margin: 0; line-height: 1.5; font-size: 14px }
button { color: inherit; background: none; border: 0; padding: 0; font-size: 12px }</style>
<div id="root"></div><script src="page.js"></script>`,
);
const rows = Math.max(...dashboard.panels.map(({ gridPos: { y, h } }) => y + h));
const drawn = spawnSync("chromium", [
  "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
  "--allow-file-access-from-files", "--virtual-time-budget=8000",
  `--window-size=${WIDTH},${52 + 38 * rows}`, `--screenshot=${picture}`,
  `file://${join(folder, "page.html")}`,
]);
if (drawn.status !== 0) throw new Error(String(drawn.stderr));
