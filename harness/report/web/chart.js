// SPDX-License-Identifier: MIT
//
// The second renderer of the chart model (report/chart.h): options for ECharts.
//
// The value axis is linear over what `place` makes of a value (its logarithm where the chart's axis
// is one), so that its ticks are those that the model chose, also in the static pictures.

import * as echarts from 'echarts/core';
import { CustomChart } from 'echarts/charts';
import { GridComponent, TooltipComponent } from 'echarts/components';
import { SVGRenderer } from 'echarts/renderers';
import { format } from './format.js';

echarts.use([CustomChart, GridComponent, TooltipComponent, SVGRenderer]);

const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const LANE = 18; // pixels of a lane of dots
const SECOND_LOWER = 0.4; // lanes that a second figure stands below the first, as in gnuplot_marks.c

// Room for labels, in pixels. ECharts would measure them, but not those at ticks of our own.
function room(labels, most) {
  const pen = document.createElement('canvas').getContext('2d');
  pen.font = `12px ${getComputedStyle(document.body).fontFamily}`;
  return Math.ceil(Math.min(most, 8 + 1.05 * Math.max(0, ...labels.map((label) => pen.measureText(label).width))));
}

// Rows with names at their left, over an axis of values.
function lying(chart, look, names, left) {
  return {
    grid: { left: left + 12, right: 20, top: 6, bottom: 46 },
    xAxis: valueAxis(chart, look, 'x'),
    yAxis: {
      type: 'category', inverse: true, data: names,
      axisLine: { show: false }, axisTick: { show: false },
      axisLabel: { color: look.ink, width: left, overflow: 'truncate' },
    },
  };
}

function palette(data) {
  const colours = [];
  for (let i = 0; i < data.colours; i++) colours.push(style(`--c${i}`));
  return { colours, ink: style('--ink'), muted: style('--muted'), grid: style('--grid'), bad: style('--bad') };
}

const place = (chart, value) => (chart.log ? Math.log(value) : value);
const drawn = (chart, value) => Number.isFinite(value) && value !== null && !(chart.log && value <= 0);
// As data.c writes them.
const ACROSS = 5, ACCENT = 6;

// A marker's outline, as in look.c, as an element of a picture.
function marker(data, series, colour, x, y, size) {
  return {
    type: 'path',
    shape: { pathData: data.markers[series.look % data.markers.length], x: -1, y: -1, width: 2, height: 2 },
    x, y, scaleX: size, scaleY: size,
    style: { fill: series.hollow ? style('--raised') : colour, stroke: colour, lineWidth: 1.5 / size },
  };
}

function tooltip(chart, shown) {
  return {
    trigger: 'item',
    confine: true,
    backgroundColor: style('--paper'),
    borderColor: style('--line'),
    textStyle: { color: style('--ink'), fontSize: 13 },
    // An element, never markup: names are data.
    formatter: (at) => {
      const { s, c } = shown[at.dataIndex];
      const series = chart.series[s], mark = series.marks[c], box = document.createElement('div');
      const line = (text, bold) => {
        const part = document.createElement(bold ? 'b' : 'div');
        part.textContent = text;
        box.append(part);
      };
      line(series.name, true);
      line(chart.categories[c]);
      const [value, low, high, note] = mark;
      if (chart.across && drawn(chart.across, mark[ACROSS]))
        line(`${chart.across.axis}: ${format(chart.across.unit, mark[ACROSS])}`);
      if (drawn(chart, value)) line(format(chart.unit, value), true);
      if (drawn(chart, low) && drawn(chart, high) && low < high)
        line(`${format(chart.unit, low)} to ${format(chart.unit, high)}`);
      if (note) line(note);
      return box;
    },
  };
}

// Series that share a lane follow their first one.
function lanes(chart, visible) {
  const own = visible.filter((s) => chart.series[s].follows === s);
  return new Map(visible.map((s) => [s, Math.max(0, own.indexOf(chart.series[s].follows))]));
}

function valueAxis(chart, look, along) {
  const ticks = chart.ticks.map(([value]) => place(chart, value));
  return {
    type: 'value',
    min: place(chart, chart.low),
    max: place(chart, chart.high),
    name: along === 'x' ? chart.axis : undefined,
    nameLocation: 'middle',
    nameGap: 26,
    nameTextStyle: { color: look.muted },
    axisLine: { show: false },
    axisTick: { show: false, customValues: ticks },
    splitLine: { show: false },
    axisLabel: {
      color: look.muted,
      hideOverlap: true,
      customValues: ticks,
      formatter: (value) => chart.ticks[ticks.findIndex((tick) => Math.abs(tick - value) < 1e-9)]?.[1] ?? '',
    },
  };
}

// Lines across at the ticks and at the reference, beneath all marks.
function ruler(chart, look, across) {
  const values = chart.ticks.map(([value]) => [place(chart, value), look.grid, 1]);
  if (drawn(chart, chart.reference)) values.push([place(chart, chart.reference), look.muted, 1.5]);
  return {
    type: 'custom',
    silent: true,
    z: 1,
    data: values.map(([value], i) => [value, i]),
    encode: across === 'x' ? { x: 0 } : { y: 0 },
    renderItem: (params, api) => {
      const { x, y, width, height } = params.coordSys;
      const [value, colour, lineWidth] = values[params.dataIndex];
      const at = api.coord(across === 'x' ? [value, 0] : [0, value]);
      const line = across === 'x'
        ? { x1: at[0], x2: at[0], y1: y, y2: y + height } : { x1: x, x2: x + width, y1: at[1], y2: at[1] };
      return { type: 'line', shape: line, style: { stroke: colour, lineWidth } };
    },
  };
}

// All marks of the series and categories that are shown.
function listMarks(chart, visible, categories) {
  const shown = [];
  categories.forEach((c, row) => visible.forEach((s) => {
    const [value, , , note, failed] = chart.series[s].marks[c];
    if (drawn(chart, value) || failed) shown.push({ s, c, row, note });
  }));
  return shown;
}

function dots(data, chart, visible, categories, look, wide, isBars) {
  const shown = listMarks(chart, visible, categories);
  const lane = isBars ? new Map() : lanes(chart, visible);
  const count = Math.max(1, new Set(lane.values()).size);
  const end = place(chart, chart.high), start = place(chart, chart.low);
  const renderItem = (params, api) => {
    const { s, c, row } = shown[params.dataIndex];
    const series = chart.series[s], [value, low, high] = series.marks[c];
    const colour = look.colours[series.look % look.colours.length];
    const band = api.size([0, 1])[1];
    const lower = !isBars && series.follows !== s && drawn(chart, value) ? SECOND_LOWER : 0;
    const y = api.coord([start, row])[1] + band * (((lane.get(s) ?? 0) + 0.5 + lower) / count - 0.5) * 0.8;
    const x = (v) => api.coord([Math.min(end, Math.max(start, place(chart, v))), row])[0];
    if (!drawn(chart, value)) {
      const at = api.coord([end, row])[0] - 6;
      return { type: 'path', shape: { pathData: 'M-1,-1L1,1M1,-1L-1,1', x: -1, y: -1, width: 2, height: 2 },
        x: at, y, scaleX: 4.5, scaleY: 4.5, style: { stroke: look.bad, fill: 'none', lineWidth: 0.45 } };
    }
    const children = [];
    if (isBars) {
      const from = x(Math.max(chart.low, 0)), tall = Math.min(16, (band / count) * 0.62);
      children.push({ type: 'rect', shape: { x: from, y: y - tall / 2, width: x(value) - from, height: tall },
        style: { fill: colour, opacity: 0.85 } });
    }
    if (drawn(chart, low) && drawn(chart, high) && low < high)
      children.push({ type: 'line', shape: { x1: x(low), x2: x(high), y1: y, y2: y },
        style: { stroke: isBars ? look.ink : colour, lineWidth: 2 } });
    if (!isBars) children.push(marker(data, series, colour, x(value), y, 5.5));
    return { type: 'group', children };
  };
  const names = isBars ? visible.map((s) => chart.series[s].name) : categories.map((c) => chart.categories[c]);
  const left = room(names, wide * 0.4);
  return {
    ...lying(chart, look, names, left),
    height: isBars ? visible.length * 26 + 56 : Math.max(1, categories.length) * Math.max(30, count * LANE) + 56,
    series: [
      ruler(chart, look, 'x'),
      { type: 'custom', z: 3, renderItem, encode: { x: 0, y: 1 },
        data: shown.map(({ s, c, row }) => {
          const value = chart.series[s].marks[c][0];
          return [drawn(chart, value) ? place(chart, value) : end, isBars ? visible.indexOf(s) : row];
        }) },
    ],
    tooltip: tooltip(chart, shown),
    shown,
  };
}

// In bars, a row is a series of the one category.
function bars(data, chart, visible, categories, look, wide) {
  const option = dots(data, chart, visible, categories, look, wide, true);
  option.shown.forEach((at) => { at.row = visible.indexOf(at.s); });
  return option;
}

function lines(data, chart, visible, categories, look) {
  const shown = listMarks(chart, visible, categories).filter(({ s, c }) => drawn(chart, chart.series[s].marks[c][0]));
  const dense = categories.length > 24;
  const curves = visible.map((s) => shown.filter((at) => at.s === s));
  const colour = (s) => look.colours[chart.series[s].look % look.colours.length];
  const point = (api, { s, c, row }) => api.coord([row, place(chart, chart.series[s].marks[c][0])]);
  // The ends of intervals, there and back.
  const area = (api, curve) => {
    const end = ({ s, c, row }, which) => {
      const [value, low, high] = chart.series[s].marks[c], at = which < 0 ? low : high;
      return api.coord([row, place(chart, drawn(chart, at) ? at : value)]);
    };
    return [...curve.map((at) => end(at, -1)), ...[...curve].reverse().map((at) => end(at, 1))];
  };
  return {
    grid: { left: room(chart.ticks.map(([, label]) => label), 120) + 14, right: 20, top: 10, bottom: 46 },
    height: 260,
    xAxis: {
      type: 'category', data: categories.map((c) => chart.categories[c]), boundaryGap: !dense,
      axisLine: { lineStyle: { color: look.grid } }, axisTick: { show: false },
      axisLabel: { color: look.muted, hideOverlap: true },
      name: chart.axis, nameLocation: 'middle', nameGap: 26, nameTextStyle: { color: look.muted },
    },
    yAxis: { ...valueAxis(chart, look, 'y') },
    series: [
      ruler(chart, look, 'y'),
      { type: 'custom', silent: true, z: 2, data: curves.map((_, i) => [0, i]), encode: {},
        renderItem: (params, api) => {
          const curve = curves[params.dataIndex], s = visible[params.dataIndex];
          const line = { type: 'polyline', shape: { points: curve.map((at) => point(api, at)) },
            style: { stroke: colour(s), fill: 'none', lineWidth: 2, lineDash: chart.series[s].hollow ? [2, 4] : null } };
          if (!chart.bands || curve.length < 2) return line;
          return { type: 'group', children: [
            { type: 'polygon', shape: { points: area(api, curve) }, style: { fill: colour(s), opacity: 0.15 } }, line] };
        } },
      { type: 'custom', z: 3, encode: { x: 0, y: 1 },
        data: shown.map(({ s, c, row }) => [row, place(chart, chart.series[s].marks[c][0])]),
        renderItem: (params, api) => {
          const at = shown[params.dataIndex], [x, y] = point(api, at);
          const small = dense && !chart.series[at.s].marks[at.c][ACCENT];
          const made = marker(data, chart.series[at.s], colour(at.s), x, y, small ? 3 : 4.5);
          if (small) made.style.opacity = 0; // only for the pointer
          return made;
        } },
    ],
    tooltip: tooltip(chart, shown),
    shown,
  };
}

// Values in both directions. What nothing beats in both lies on a dashed line, down and to the right.
function scatter(data, chart, visible, categories, look) {
  const across = { ...chart.across, reference: null };
  const both = ({ s, c }) => drawn(chart, chart.series[s].marks[c][0]) && drawn(across, chart.series[s].marks[c][ACROSS]);
  const shown = listMarks(chart, visible, categories).filter(both);
  const at = ({ s, c }) => [place(across, chart.series[s].marks[c][ACROSS]), place(chart, chart.series[s].marks[c][0])];
  const colour = (s) => look.colours[chart.series[s].look % look.colours.length];
  const front = shown.filter(({ s, c }) => chart.series[s].marks[c][ACCENT]).map(at).sort((a, b) => a[0] - b[0]);
  const steps = [];
  front.forEach(([x, y], i) => steps.push([x, i > 0 ? front[i - 1][1] : place(chart, chart.high)], [x, y]));
  if (front.length > 0) steps.push([place(across, across.high), front.at(-1)[1]]);
  const curves = [{ points: steps, style: { stroke: look.muted, lineWidth: 1.5, lineDash: [6, 4] } }];
  if (across.joined)
    for (const s of visible)
      curves.push({ points: shown.filter((one) => one.s === s).map(at), style: { stroke: colour(s), lineWidth: 1, opacity: 0.7 } });
  return {
    grid: { left: room(chart.ticks.map(([, label]) => label), 120) + 14, right: 24, top: 30, bottom: 46 },
    height: 320,
    xAxis: valueAxis(across, look, 'x'),
    yAxis: {
      ...valueAxis(chart, look, 'y'),
      name: chart.axis, nameLocation: 'end', nameGap: 10,
      nameTextStyle: { color: look.muted, align: 'left', padding: [0, 0, 0, -40] },
    },
    series: [
      ruler(chart, look, 'y'),
      ruler(across, look, 'x'),
      { type: 'custom', silent: true, z: 2, data: curves.map((_, i) => [0, i]), encode: {},
        renderItem: (params, api) => {
          const { points, style } = curves[params.dataIndex];
          return { type: 'polyline', shape: { points: points.map((point) => api.coord(point)) }, style: { fill: 'none', ...style } };
        } },
      { type: 'custom', z: 3, encode: { x: 0, y: 1 }, data: shown.map(at),
        renderItem: (params, api) => {
          const one = shown[params.dataIndex], [x, y] = api.coord(at(one)), [, low, high] = chart.series[one.s].marks[one.c];
          const end = (value) => api.coord([at(one)[0], place(chart, value)])[1];
          const children = [];
          if (drawn(chart, low) && drawn(chart, high) && low < high)
            children.push({ type: 'line', shape: { x1: x, x2: x, y1: end(low), y2: end(high) }, style: { stroke: colour(one.s), lineWidth: 1.5 } });
          children.push(marker(data, chart.series[one.s], colour(one.s), x, y, 5));
          return { type: 'group', children };
        } },
    ],
    tooltip: tooltip(chart, shown),
    shown,
  };
}

// A row a series; its parts are the categories, one after the other.
function stack(data, chart, visible, categories, look, wide) {
  const shown = [];
  visible.forEach((s, row) => {
    let end = 0;
    categories.forEach((c) => {
      const [value, , , note, failed] = chart.series[s].marks[c];
      if (drawn(chart, value)) shown.push({ s, c, row, note, from: end, end: end += value });
      else if (failed) shown.push({ s, c, row, note, from: 0, end: 0 });
    });
  });
  const names = visible.map((s) => chart.series[s].name);
  const left = room(names, wide * 0.4);
  const renderItem = (params, api) => {
    const one = shown[params.dataIndex], tall = Math.min(18, api.size([0, 1])[1] * 0.62);
    const [x, y] = api.coord([one.end, one.row]), from = api.coord([one.from, one.row])[0];
    if (one.end === 0 && one.note)
      return { type: 'text', x: x + 4, y, style: { text: one.note, fill: look.bad, verticalAlign: 'middle' } };
    return { type: 'rect', shape: { x: from, y: y - tall / 2, width: Math.max(0, x - from - 1), height: tall },
      style: { fill: look.colours[chart.series[one.s].look % look.colours.length], opacity: chart.opacities[one.c] } };
  };
  return {
    ...lying(chart, look, names, left),
    height: visible.length * 28 + 56,
    series: [
      ruler(chart, look, 'x'),
      { type: 'custom', z: 3, renderItem, encode: { x: 0, y: 1 }, data: shown.map((one) => [one.end, one.row]) },
    ],
    tooltip: tooltip(chart, shown),
    shown,
  };
}

const makers = { dots, bars, lines, scatter, stack };

// Draw into `box`, or draw anew. `pick` is called with a point and a collector that were clicked.
export function draw(box, data, chart, visible, categories, pick) {
  const { height, shown, ...option } =
    makers[chart.form](data, chart, visible, categories, palette(data), box.clientWidth);
  box.style.height = `${height}px`;
  const picture = echarts.getInstanceByDom(box) ?? echarts.init(box, null, { renderer: 'svg' });
  picture.resize();
  picture.setOption({ animation: false, textStyle: { fontFamily: getComputedStyle(document.body).fontFamily }, ...option }, true);
  picture.off('click');
  picture.on('click', (at) => {
    const mark = shown[at.dataIndex];
    const target = mark && (chart.points[mark.c] ?? chart.point);
    if (target !== null && target !== undefined) pick(target, chart.series[mark.s].look);
  });
  return shown.length;
}

export function resize(box) {
  echarts.getInstanceByDom(box)?.resize();
}
