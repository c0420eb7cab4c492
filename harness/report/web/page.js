// SPDX-License-Identifier: MIT
//
// What makes the report interactive: charts that answer the pointer, filters, tables that sort, and the
// trials behind each point. Without it the page is whole: pictures and tables stand in it already.
//
// Invariant: everything from the data goes into the page as text, never as markup.

import { draw, resize } from './chart.js';
import { format, parse } from './format.js';

const data = globalThis.heapmark; // from loader.js
const hidden = { collector: new Set(), workload: new Set(), threads: new Set(), heap: new Set() };

function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

// ---- what the filters leave ----

const facets = {
  workload: (point) => point.workload,
  threads: (point) => String(point.threads),
  heap: (point) => point.heap,
};

const showsPoint = (p) =>
  p === null || p === undefined ||
  Object.entries(facets).every(([name, of]) => !hidden[name].has(of(data.points[p])));
const showsCollector = (c) => !hidden.collector.has(data.collectors[c]);

// ---- charts ----

const figures = [];

function prepare(figure) {
  const chart = data.charts[Number(figure.dataset.chart)];
  const box = element('div', undefined, { class: 'echart', role: 'img', 'aria-label': chart.label });
  const plots = figure.querySelectorAll('.plot');
  const table = figure.querySelector(':scope > .scroll');
  if (plots.length > 0) plots[0].before(box);
  else if (table) {
    const details = element('details');
    details.append(element('summary', 'These values as a table'));
    table.before(box);
    details.append(table);
    figure.append(details);
  } else figure.append(box);
  figure.classList.add('live');
  return { figure, chart, box, near: false, stale: true };
}

function drawOne(entry) {
  if (!entry.near || !entry.stale || entry.figure.hidden) return;
  const { chart } = entry;
  const visible = chart.series.map((_, s) => s).filter((s) => showsCollector(chart.series[s].look));
  const categories = chart.categories.map((_, c) => c).filter((c) => showsPoint(chart.points[c]));
  draw(entry.box, data, chart, visible, categories, showTrials);
  entry.stale = false;
}

function refreshCharts() {
  for (const entry of figures) {
    entry.stale = true;
    const { point, points } = entry.chart;
    const isOfPoints = points.some((p) => p !== null);
    entry.figure.hidden = !showsPoint(point) || (isOfPoints && !points.some(showsPoint));
    drawOne(entry);
  }
}

// Charts are drawn as they come near: a page may have hundreds.
function beginCharts() {
  const watch = new IntersectionObserver((seen) => {
    for (const { target, isIntersecting } of seen) {
      const entry = figures.find(({ figure }) => figure === target);
      entry.near = entry.near || isIntersecting;
      drawOne(entry);
    }
  }, { rootMargin: '400px' });
  for (const figure of document.querySelectorAll('figure[data-chart]')) {
    figures.push(prepare(figure));
    watch.observe(figure);
  }
  let waiting = 0;
  addEventListener('resize', () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => figures.forEach(({ box }) => resize(box)));
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', refreshCharts);
}

// ---- filters ----

function refreshRows() {
  const all = new Set(), shown = new Set(); // several tables tell of one cell
  for (const row of document.querySelectorAll('tr[data-collector], tr[data-point]')) {
    const { collector, point } = row.dataset;
    row.hidden = (collector !== undefined && !showsCollector(Number(collector))) ||
      (point !== undefined && !showsPoint(Number(point)));
    if (collector !== undefined && point !== undefined) {
      all.add(`${point} ${collector}`);
      if (!row.hidden)
        shown.add(`${point} ${collector}`);
    }
  }
  for (const cell of document.querySelectorAll('th[data-column], td[data-column]'))
    cell.hidden = !showsCollector(Number(cell.dataset.column));
  for (const item of document.querySelectorAll('.legend li[data-collector]'))
    item.hidden = !showsCollector(Number(item.dataset.collector));
  document.getElementById('shown').textContent =
    shown.size === all.size ? `All ${all.size} cells are shown.` : `${shown.size} of ${all.size} cells are shown.`;
}

function refresh() {
  refreshCharts();
  refreshRows();
}

function addFacet(form, name, words, values) {
  if (values.length < 2) return;
  const set = element('fieldset');
  set.append(element('legend', words));
  for (const value of values) {
    const label = element('label'), box = element('input', undefined, { type: 'checkbox', name });
    box.checked = true;
    box.value = value;
    box.addEventListener('change', () => {
      if (box.checked) hidden[name].delete(value);
      else hidden[name].add(value);
      refresh();
    });
    label.append(box, ` ${value}`);
    set.append(label);
  }
  form.append(set);
}

function beginFilters() {
  const form = element('form', undefined, { id: 'filters', 'aria-label': 'What is shown' });
  const unlike = (of) => [...new Set(data.points.map(of))];
  addFacet(form, 'collector', 'Collectors', data.collectors);
  addFacet(form, 'workload', 'Workloads', unlike(facets.workload));
  addFacet(form, 'threads', 'Threads', unlike(facets.threads));
  addFacet(form, 'heap', 'Heap', unlike(facets.heap));
  const all = element('button', 'Show all', { type: 'reset' });
  form.addEventListener('reset', () => {
    Object.values(hidden).forEach((set) => set.clear());
    setTimeout(refresh); // once the boxes are reset
  });
  form.addEventListener('submit', (event) => event.preventDefault());
  const shown = element('p', '', { id: 'shown', role: 'status' });
  const details = element('details', undefined, { class: 'filters' });
  details.append(element('summary', 'Show only some collectors, workloads, threads or heaps'), form);
  if (form.children.length > 0) form.append(all);
  details.append(shown);
  document.querySelector('nav').after(details);
}

// ---- tables that sort ----

// "1.5 ms" and "3 MiB [2 MiB, 4 MiB]" sort by what they stand for.
function keyOf(row, column) {
  const text = row.cells[column]?.textContent.trim() ?? '';
  return parse(text) ?? text;
}

function compare(a, b) {
  if (a === b) return 0;
  if (a === '' || b === '') return a === '' ? 1 : -1; // what is unknown comes last
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
  return a.localeCompare(b);
}

function sortBy(table, heading) {
  const column = heading.cellIndex, body = table.tBodies[0];
  const down = heading.getAttribute('aria-sort') === 'ascending';
  for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort');
  heading.setAttribute('aria-sort', down ? 'descending' : 'ascending');
  const rows = [...body.rows].map((row) => [keyOf(row, column), row]);
  rows.sort(([a], [b]) => (a === '' || b === '' ? compare(a, b) : down ? compare(b, a) : compare(a, b)));
  body.append(...rows.map(([, row]) => row));
  table.classList.add('sorted');
}

function beginTables() {
  for (const table of document.querySelectorAll('table')) {
    if (!table.tHead || table.tBodies[0].rows.length < 2) continue;
    for (const heading of table.tHead.rows[0].cells) {
      if (heading.tagName !== 'TH') continue;
      const button = element('button', heading.textContent, { type: 'button', class: 'sort' });
      button.addEventListener('click', () => sortBy(table, heading));
      heading.replaceChildren(button);
    }
  }
}

// ---- the trials behind a point ----

const cells = new Map(data.cells.map((cell) => [`${cell.point} ${cell.collector}`, cell]));
let dialog;

function trialsTable(cell) {
  const table = element('table'), head = element('tr');
  const figuresOf = [['Time', 'ns'], ['Pauses', 'plain'], ['Longest pause', 'ns'], ['Memory grown', 'bytes']];
  for (const word of ['Trial', 'Block', 'Ended', ...figuresOf.map(([word]) => word)])
    head.append(element('th', word, { scope: 'col' }));
  table.createTHead().append(head);
  const body = table.createTBody();
  for (const [id, block, outcome, ...values] of cell.trials) {
    const row = body.insertRow();
    for (const text of [id, block, data.outcomes[outcome]]) row.append(element('td', text ?? ''));
    values.forEach((value, i) => row.append(element('td', format(figuresOf[i][1], value), { class: 'n' })));
  }
  return table;
}

function showTrials(p, c) {
  const cell = cells.get(`${p} ${c}`), point = data.points[p];
  if (!cell) return;
  dialog ??= document.body.appendChild(element('dialog', undefined, { id: 'trials' }));
  const close = element('button', 'Close', { type: 'button' });
  close.addEventListener('click', () => dialog.close());
  const where = element('p', `${point.workload} ${point.parameters}: ${point.dispatch}, ` +
    `${point.threads} thread${point.threads === 1 ? '' : 's'}, heap ${point.heap}`);
  const scroll = element('div', undefined, { class: 'scroll' });
  scroll.append(trialsTable(cell));
  const environment = element('a', 'The machine they ran on', { href: '#environment' });
  environment.addEventListener('click', () => dialog.close());
  const more = element('p');
  more.append(environment);
  dialog.replaceChildren(element('h2', data.collectors[c]), where, scroll,
    element('p', 'Each alone, in the foreground:'),
    element('pre', cell.command.map((word) => data.words[word]).join(' ')), more, close);
  dialog.showModal();
}

function beginTrials() {
  for (const row of document.querySelectorAll('tr[data-point][data-collector]')) {
    const last = row.cells[row.cells.length - 1];
    const button = element('button', last.textContent, { type: 'button', class: 'trials' });
    button.title = 'Its trials, and the command that repeats them';
    button.addEventListener('click', () => showTrials(Number(row.dataset.point), Number(row.dataset.collector)));
    last.replaceChildren(button);
  }
}

beginFilters();
beginCharts();
beginTables();
beginTrials();
refreshRows();
document.documentElement.dataset.live = '';

performance.mark('heapmark-live');
