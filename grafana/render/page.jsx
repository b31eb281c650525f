// The page that is photographed: panels where the dashboard's grid has them, each drawn by the
// component that Grafana draws it with. render.mjs puts its data in place of INPUT.
import { createTheme, dateTime, FieldType, getDisplayProcessor, toDataFrame } from "@grafana/data";
import { BarGauge, BigValue, ThemeContext, TimeSeries } from "@grafana/ui";
import { TableNG } from "@grafana/ui/unstable";
import { createRoot } from "react-dom/client";
import React from "react";

const { dashboard, answers, marks, start, end, step } = INPUT;
const theme = createTheme({ colors: { mode: "dark" } });
const { text, background, border } = theme.colors;
const [ROW, GAP, HEAD, TITLE] = [30, 8, 44, 32];
const column = (window.innerWidth - GAP) / 24;
const range = { from: dateTime(start * 1000), to: dateTime(end * 1000), raw: { from: "now-6h", to: "now" } };

const legend = (target, labels) =>
  (target.legendFormat ?? "").replace(/\{\{(\w+)\}\}/g, (_, name) => labels[name] ?? "") || "value";

// What Grafana makes of a panel's defaults and overrides, as far as ours have them.
function config(panel, name) {
  const { defaults = {}, overrides = [] } = panel.fieldConfig ?? {};
  const steps = (defaults.thresholds?.steps ?? [{ color: "green" }]).map((s) => ({ ...s, value: s.value ?? -Infinity }));
  const made = {
    ...defaults,
    custom: { ...defaults.custom },
    thresholds: { mode: "absolute", steps },
    color: defaults.color ?? { mode: panel.type === "stat" ? "thresholds" : "palette-classic" },
  };
  for (const { matcher, properties } of overrides)
    if (matcher.options === name)
      for (const { id, value } of properties) {
        if (id.startsWith("custom.")) made.custom[id.slice(7)] = value;
        else if (id !== "links") made[id] = value;
      }
  return made;
}

function field(panel, name, values, type = FieldType.number) {
  const made = { name, type, values, labels: {}, config: config(panel, name) };
  return dressed(made, 0);
}

// A series has its colour by its index.
function dressed(made, index) {
  made.state = { displayName: made.name, seriesIndex: index };
  made.display = getDisplayProcessor({ field: made, theme, timeZone: "utc" });
  return made;
}

function Stat({ panel, size }) {
  const [{ series }] = answers[panel.id];
  const shown = field(panel, "value", []).display(Number(series[0]?.value[1]));
  const value = series.length ? shown : { ...shown, text: panel.fieldConfig.defaults.noValue, suffix: "" };
  return <BigValue {...size} theme={theme} value={{ ...value, title: undefined }} colorMode="value" graphMode="none" textMode="value" />;
}

function Bars({ panel, size }) {
  const [{ target, series }] = answers[panel.id];
  const rows = series
    .map(({ metric, value }) => ({ name: legend(target, metric), number: Number(value[1]) }))
    .sort((a, b) => b.number - a.number)
    .map(({ name, number }) => {
      const made = field(panel, name, [number]);
      return { made, value: { ...made.display(number), title: name } };
    });
  const { maxVizHeight } = panel.options;
  const height = Math.min(maxVizHeight, (size.height - 6 * (rows.length - 1)) / rows.length);
  const longest = (words) => words.reduce((a, b) => (b.length > a.length ? b : a), "");
  const alignmentFactors = {
    title: longest(rows.map(({ value }) => value.title)),
    text: longest(rows.map(({ value }) => value.text + (value.suffix ?? ""))),
  };
  const most = Math.max(...rows.map(({ value }) => value.numeric));
  return rows.map(({ made, value }) => (
    <div key={value.title} style={{ marginBottom: 6 }}>
      <BarGauge width={size.width} height={height} theme={theme} field={{ ...made.config, min: 0, max: most }}
        display={made.display} value={value} orientation="horizontal" displayMode="basic" showUnfilled
        itemSpacing={6} lcdCellWidth={12} alignmentFactors={alignmentFactors} />
    </div>
  ));
}

function Lines({ panel, size }) {
  const times = Array.from({ length: (end - start) / step + 1 }, (_, i) => start + i * step);
  const found = answers[panel.id].flatMap(({ target, series }) => series.map((s) => ({ target, ...s })));
  if (!found.length) return <Nothing said={panel.fieldConfig.defaults.noValue} />;
  const frames = found.map(({ target, metric, values }, index) => {
    const at = new Map(values.map(([time, value]) => [time, value === "NaN" ? null : Number(value)]));
    const time = field(panel, "Time", times.map((t) => t * 1000), FieldType.time);
    const made = field(panel, legend(target, metric), times.map((t) => at.get(t) ?? null));
    const frame = toDataFrame({ fields: [time, made] });
    dressed(frame.fields[1], index);
    return frame;
  });
  const marked = (builder) => {
    builder.addHook("draw", (plot) => {
      const { ctx, bbox } = plot;
      ctx.save();
      ctx.setLineDash([6, 4]);
      for (const { time, color } of marks) {
        const x = plot.valToPos(time, "x", true);
        ctx.strokeStyle = theme.visualization.getColorByName(color);
        ctx.beginPath();
        ctx.moveTo(x, bbox.top);
        ctx.lineTo(x, bbox.top + bbox.height);
        ctx.stroke();
      }
      ctx.restore();
    });
  };
  return <TimeSeries {...size} frames={frames} timeRange={range} timeZone="utc" legend={panel.options.legend} options={panel.options}>{marked}</TimeSeries>;
}

function Rows({ panel, size }) {
  const [{ series }] = answers[panel.id];
  const { renameByName, indexByName } = panel.transformations[0].options;
  const sorted = [...series].sort((a, b) => b.value[1] - a.value[1]);
  const fields = Object.entries(renameByName)
    .sort(([a], [b]) => indexByName[a] - indexByName[b])
    .map(([name, title]) =>
      name === "Value"
        ? field(panel, title, sorted.map(({ value }) => Number(value[1])))
        : field(panel, title, sorted.map(({ metric }) => metric[name]), FieldType.string),
    );
  return <TableNG {...size} data={toDataFrame({ fields })} />;
}

const Nothing = ({ said = "No data" }) => <div style={{ color: text.secondary, textAlign: "center", paddingTop: 40 }}>{said}</div>;
const KINDS = { stat: Stat, bargauge: Bars, timeseries: Lines, table: Rows };

function Panel({ panel }) {
  const { x, y, w, h } = panel.gridPos;
  const [width, height] = [w * column - GAP, h * (ROW + GAP) - GAP];
  const place = { position: "absolute", left: GAP + x * column, top: GAP + HEAD + y * (ROW + GAP), width, height };
  if (panel.type === "row") return <div style={{ ...place, fontSize: 16, fontWeight: 500 }}>⌄ {panel.title}</div>;
  const Kind = KINDS[panel.type];
  return (
    <div style={{ ...place, background: background.primary, border: `1px solid ${border.weak}`, borderRadius: 2, overflow: "hidden" }}>
      <div style={{ height: TITLE, lineHeight: `${TITLE}px`, paddingLeft: 8, fontWeight: 500 }}>{panel.title}</div>
      <div style={{ padding: "0 8px" }}><Kind panel={panel} size={{ width: width - 18, height: height - TITLE - 12 }} /></div>
    </div>
  );
}

const minutes = Math.round((end - start) / 60);
const span = minutes % 60 ? `last ${minutes} minutes` : `last ${minutes / 60} hours`;
document.body.style.cssText = `background: ${background.canvas}; color: ${text.primary}; font-family: Inter, Roboto, Arial, sans-serif`;
createRoot(document.getElementById("root")).render(
  <ThemeContext.Provider value={theme}>
    <div style={{ position: "absolute", left: 12, top: 10, fontSize: 18, fontWeight: 500 }}>{dashboard.title}</div>
    <div style={{ position: "absolute", right: 12, top: 13, fontSize: 13, color: text.secondary }}>
      {[...dashboard.links.map(({ title }) => title), span].join("   ·   ")}
    </div>
    {dashboard.panels.map((panel) => <Panel key={panel.id} panel={panel} />)}
  </ThemeContext.Provider>,
);
