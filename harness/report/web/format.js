// SPDX-License-Identifier: MIT
//
// Values of charts for people, as chart_format of report/chart.c writes them.

const scales = {
  ns: [[1e9, 's'], [1e6, 'ms'], [1e3, 'µs'], [1, 'ns']],
  bytes: [[2 ** 40, 'TiB'], [2 ** 30, 'GiB'], [2 ** 20, 'MiB'], [2 ** 10, 'KiB'], [1, 'B']],
};

const short = (value) => String(Number(value.toPrecision(3)));

export function format(unit, value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return '';
  if (unit === 'times') return `${short(value)}×`;
  if (unit === 'share') return `${short(100 * value)} %`;
  const scale = scales[unit];
  if (!scale) return short(value);
  const [size, word] = scale.find(([least]) => Math.abs(value) >= least) ?? scale.at(-1);
  return `${short(value / size)} ${word}`;
}

const sizes = new Map([...scales.ns, ...scales.bytes].map(([size, word]) => [word, size]));

// The number at the beginning of a cell, in ns or bytes if it has such a unit; null where there is none.
export function parse(text) {
  const found = /^([\d.]+(?:e[+-]?\d+)?)(?:\s?([µa-zA-Z]+|×|%))?(?=$|\s)/.exec(text);
  if (!found) return null;
  const [, number, unit] = found;
  if (unit === undefined || unit === '×' || unit === '%') return Number(number);
  return sizes.has(unit) ? Number(number) * sizes.get(unit) : null;
}
